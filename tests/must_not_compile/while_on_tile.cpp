// A tile has no truth value.
// expect: use when(condition,
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    Tile<f32> x = a.tile_at({0, 0}, n, n);
    while (x > 0) x -= 1;
  }
};
std::string text() { return trace(Wrong{}); }
