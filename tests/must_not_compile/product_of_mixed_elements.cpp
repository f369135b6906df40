// dot multiplies equal types.
// expect: dot and mma multiply f64, f32
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { dot(zeros<f16>(n, n), zeros<bf16>(n, n)); }
};
std::string text() { return trace(Wrong{}); }
