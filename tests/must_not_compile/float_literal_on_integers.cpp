// A literal with a point needs floats.
// expect: a literal with a point meets integers
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const { zeros<i32>(n) + 0.5; }
};
std::string text() { return trace(Wrong{}); }
