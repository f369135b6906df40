// exp is defined for floats.
// expect: this function is defined for floats
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { exp(zeros<i32>(n)); }
};
std::string text() { return trace(Wrong{}); }
