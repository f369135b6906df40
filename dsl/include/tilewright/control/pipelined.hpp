// Loops whose loads run ahead of their arithmetic.
#pragma once

#include "tilewright/control/range.hpp"

namespace tw {

/// A loop over 0 .. count - 1 whose copies from global memory run ahead; the number of stages is the compiler's choice.
inline detail::LoopRange pipelined(detail::IndexOperand count) {
  return {"pipelined", detail::IndexOperand(0, count.where), count, "} {tile.stages = 0 : i32}"};
}
/// The same, with the number of stages stated.
inline detail::LoopRange pipelined(detail::IndexOperand count, stages number) {
  if (number.count < 1 || number.count > 8)
    detail::fail(detail::code::stages, number.where, "pipelined: stages is " + std::to_string(number.count), "",
                 "give 1 to 8 stages, or leave them to the compiler: pipelined(n)");
  return {"pipelined", detail::IndexOperand(0, count.where), count,
          "} {tile.stages = " + std::to_string(number.count) + " : i32}"};
}

} // namespace tw
