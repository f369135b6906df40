// A branch takes one condition for the whole block.
// expect: no matching function
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    when(zeros<f32>(n) > 0, [] {});
  }
};
std::string text() { return trace(Wrong{}); }
