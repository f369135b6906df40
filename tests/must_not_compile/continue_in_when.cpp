// A branch is a lambda: continue has no loop in it.
// expect: continue statement not within a loop
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    for (Index k : range(4)) {
      when(k < 2, [&] { continue; });
    }
  }
};
std::string text() { return trace(Wrong{}); }
