// Members of a kernel are plain values.
// expect: the members of a kernel are its tunables
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Name {
  const char *text = "";
};
struct Wrong {
  Name name = {};
  void operator()(Tensor<f32, 2>) const {}
};
std::string text() { return trace(Wrong{}); }
