// `!` would ask for the value; `~` negates a condition.
// expect: the negation of a condition is ~condition
#include <tilewright/tilewright.hpp>
using namespace tw;
struct Wrong {
  int n = 8;
  void operator()(Tensor<f32, 2> a) const {
    when(!(a.rows() < 4), [] {});
  }
};
std::string text() { return trace(Wrong{}); }
