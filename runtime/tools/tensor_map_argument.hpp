// Tensor maps on the command line: `tmap:ARG:TYPE[dims]{byte strides}:box[..]:swizzle=..:fill=..`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "tilewright/emulator/tensor_map.hpp"

namespace tw::tools {

/// A map over the buffer of another argument; its address is filled in by the caller.
struct TensorMapArgument {
  std::size_t argument = 0; ///< counted from 0 over all arguments
  emu::TensorMapSpec spec;
};

/// Parses a specification (with its `tmap:`): dims, strides and box innermost first, strides of dimensions 1 and up in
/// bytes (dense without them), `swizzle=none|32|64|128`,
/// `interleave=none|16|32` (checked, not executed) and `fill=zero|nan` optional. In place of the box
/// `im2col[CHANNELSxPIXELS]{LOWER,..}{UPPER,..}` with the corners of W, H, D. Or says what is wrong.
std::variant<TensorMapArgument, std::string> parse_tensor_map_argument(std::string_view text);

} // namespace tw::tools
