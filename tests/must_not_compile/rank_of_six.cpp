// Tensors have up to five axes.
// expect: the rank of a tensor is 1 to 5
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 6> a) const {}
};
std::string text() { return trace(Wrong{}); }
