// A store does not convert.
// expect: the element types of the operands differ
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { a.tile_at({0, 0}, n, n) = zeros<bf16>(n, n); }
};
std::string text() { return trace(Wrong{}); }
