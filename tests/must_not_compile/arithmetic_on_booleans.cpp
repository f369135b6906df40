// Booleans have logic, no arithmetic.
// expect: booleans have &, |, ^, ~ and ==
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    auto c = zeros<f32>(n) > 0;
    c + c;
  }
};
std::string text() { return trace(Wrong{}); }
