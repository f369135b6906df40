// A kernel takes tensors and scalars.
// expect: a kernel takes Tensor<...> and Scalar<...> parameters
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(int a) const {}
};
std::string text() { return trace(Wrong{}); }
