// A shared buffer is a place.
// expect: use of deleted function
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    shared<f32> s(n, n);
    auto t = s;
  }
};
std::string text() { return trace(Wrong{}); }
