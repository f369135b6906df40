// A kernel is an aggregate, so that its members can be read and set.
// expect: a kernel is a plain struct
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n;
  Wrong() : n(1) {}
  void operator()(Tensor<f32, 2>) const {}
};
std::string text() { return trace(Wrong{}); }
