// Reads and writes NumPy's .npy files (format versions 1.0, 2.0 and 3.0).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace tw::rt {

/// The tensor in a .npy image. Little-endian element types only; a Fortran-order file becomes a tensor with
/// column-major strides. Files know no bf16, e4m3, e5m2: they come as u16 or u8, see `HostTensor::reinterpreted`.
/// `where` names the image in messages. Errors: damaged or truncated images, big-endian or structured types.
Result<HostTensor> parse_npy(std::span<const std::byte> image, const std::string &where);
/// Reads the .npy file at `path`; errors as `parse_npy`, and files that cannot be read.
Result<HostTensor> read_npy(const std::string &path);

/// The .npy image (version 1.0, C order, dense) of a tensor; bf16, e4m3 and e5m2 as '<u2', '|u1'; tf32 as '<f4'; bool
/// as '|b1'. The same tensor gives the same bytes.
std::vector<std::byte> format_npy(const HostTensor &tensor);
/// Writes that image through a temporary file and a rename: the file appears whole or not at all.
Status write_npy(const std::string &path, const HostTensor &tensor);

} // namespace tw::rt
