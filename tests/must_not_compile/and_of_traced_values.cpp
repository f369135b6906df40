// Both sides of && are always recorded; & says so.
// expect: both of two are a & b
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    when(a.rows() < 4 && a.cols() < 4, [] {});
  }
};
std::string text() { return trace(Wrong{}); }
