// 8-bit floats are for storage and products.
// expect: 8-bit floats are for storage and dot only
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { zeros<e4m3>(n) + zeros<e4m3>(n); }
};
std::string text() { return trace(Wrong{}); }
