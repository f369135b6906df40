// Nothing is converted silently.
// expect: the element types of the operands differ
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { auto x = zeros<f32>(n, n) + zeros<f16>(n, n); }
};
std::string text() { return trace(Wrong{}); }
