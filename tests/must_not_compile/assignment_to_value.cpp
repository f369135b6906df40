// A scalar value is a value; var is the variable.
// expect: use of deleted function
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Scalar<f32> s) const {
    Value<f32> x = s;
    x = x + 1;
  }
};
std::string text() { return trace(Wrong{}); }
