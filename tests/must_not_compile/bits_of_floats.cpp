// Shifts and bit operations are for integers.
// expect: this operator is defined for integers
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { zeros<f32>(n) & zeros<f32>(n); }
};
std::string text() { return trace(Wrong{}); }
