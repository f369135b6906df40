// ColumnMajor is a layout of matrices.
// expect: ColumnMajor is defined for rank 2
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 3, ColumnMajor> a) const {}
};
std::string text() { return trace(Wrong{}); }
