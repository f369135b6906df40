// Indices of parallel do not name tiles of a tensor.
// expect: a position is an Index
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    auto A = a.tiled(n, n);
    parallel(n, n, [&](auto i, auto j) { A(i, j) = 0; });
  }
};
std::string text() { return trace(Wrong{}); }
