// Products of bf16 accumulate in f32.
// expect: the element types of the operands differ
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { dot(zeros<bf16>(n, n), zeros<bf16>(n, n), zeros<bf16>(n, n)); }
};
std::string text() { return trace(Wrong{}); }
