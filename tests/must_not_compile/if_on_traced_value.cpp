// A traced condition is not known while C++ runs.
// expect: use when(condition,
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    if (a.rows() < 4) a.tile_at({0, 0}, n, n) = 1;
  }
};
std::string text() { return trace(Wrong{}); }
