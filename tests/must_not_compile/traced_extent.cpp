// Extents of tiles are plain integers.
// expect: the extent of a tile is a plain integer
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { zeros<f32>(a.rows(), n); }
};
std::string text() { return trace(Wrong{}); }
