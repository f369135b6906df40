// An index comes from an integer.
// expect: an index comes from an integer
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Scalar<f32> s) const { to_index(s); }
};
std::string text() { return trace(Wrong{}); }
