// An index is a value.
// expect: use of deleted function
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    Index i = 0;
    for (Index k : range(4)) i = i + k;
  }
};
std::string text() { return trace(Wrong{}); }
