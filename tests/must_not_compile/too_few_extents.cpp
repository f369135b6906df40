// A tiling gives one extent for each axis.
// expect: one extent for each axis of the tensor
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { a.tiled(n); }
};
std::string text() { return trace(Wrong{}); }
