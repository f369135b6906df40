// arguments[] names all parameters or none.
// expect: arguments[] names every parameter
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  static constexpr const char *arguments[] = {"a"};
  void operator()(Tensor<f32, 2>, Tensor<f32, 2>) const {}
};
std::string text() { return trace(Wrong{}); }
