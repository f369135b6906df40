// Text of coordinates.
#include "tilewright/Layout/Coord.h"

namespace tilewright::layout {

std::string Coord::toString() const {
  std::string text = "[";
  for (int d = 0; d < size_; ++d) {
    if (d > 0) text += ',';
    text += std::to_string(values_[d]);
  }
  return text + "]";
}

} // namespace tilewright::layout
