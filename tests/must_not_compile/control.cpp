// The control: the same shape of file compiles, so that a failure of the others has the reason they state.
// expect: success
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Right {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { a.tile_at({0, 0}, n, n) = 1; }
};
std::string text() { return trace(Right{}); }
