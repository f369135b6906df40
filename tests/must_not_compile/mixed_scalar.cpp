// Nothing is converted silently, scalars included.
// expect: the element types of the operands differ
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a, Scalar<f64> s) const {
    Tile<f32> x = a.tile_at({0, 0}, n, n);
    x *= s;
  }
};
std::string text() { return trace(Wrong{}); }
