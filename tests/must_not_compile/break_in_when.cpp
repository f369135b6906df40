// A branch is a lambda: break has no loop in it.
// expect: break statement not within loop
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    for (Index k : range(4)) {
      when(k < 2, [&] { break; });
    }
  }
};
std::string text() { return trace(Wrong{}); }
