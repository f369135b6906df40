// A const tile is not assigned.
// expect: an element of a const tile is assigned
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    const auto x = zeros<f32>(n);
    parallel(n, [&](auto i) { x(i) = 1; });
  }
};
std::string text() { return trace(Wrong{}); }
