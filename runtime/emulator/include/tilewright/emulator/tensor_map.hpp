// Tensor maps of the emulator: the arguments of the driver's encode call, checked, as 128 opaque bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tw::emu {

/// Element types in the numbering of tensormap.replace (PTX ISA, table of .elemtype). The driver API's differs from f64
/// on.
enum class TensorMapType : uint8_t { U8, U16, U32, S32, U64, S64, F16, F32, F32Ftz, F64, BF16, TF32, TF32Ftz };
/// Bytes of one element.
uint32_t bytes_of(TensorMapType type);
/// "u8", "bf16", ...; nothing for other names. e4m3, e5m2 and i8 travel as u8.
bool tensor_map_type(std::string_view name, TensorMapType &type);

/// What a map in im2col mode has instead of a box (PTX ISA 5.5.4): the tensor is a batch of images, channels innermost,
/// and a copy takes `channels` of each of `pixels` pixels on the way of a filter's base through its bounding box. The
/// corners are those of W, H, D; the upper one counts from the last element of its dimension.
struct Im2colSpec {
  std::array<int32_t, 3> lower{0, 0, 0}, upper{0, 0, 0};
  uint32_t channels = 1, pixels = 1;
};

/// What a tensor map describes: a tensor in global memory and the box that one copy moves. Dimension 0 is innermost.
struct TensorMapSpec {
  TensorMapType type = TensorMapType::U8;
  uint32_t rank = 1;
  uint64_t address = 0;
  std::array<uint64_t, 5> dims{1, 1, 1, 1, 1};
  std::array<uint64_t, 4> strides{0, 0, 0, 0}; ///< bytes, of dimensions 1 and up
  std::array<uint32_t, 5> box{1, 1, 1, 1, 1};  ///< elements
  std::array<uint32_t, 5> element_strides{1, 1, 1, 1, 1};
  std::optional<Im2colSpec> im2col; ///< set: the box is not used
  uint32_t swizzle = 0;             ///< span in bytes: 0, 32, 64 or 128
  /// Bytes of a slice of channels in memory: 0, 16 or 32. Maps with slices can be encoded, so that their constraints
  /// are checked, but copies through them are not executed (a finding of kind `unsupported`).
  uint32_t interleave = 0;
  bool nan_fill = false; ///< what lies outside the tensor reads as NaN instead of zero
};

/// The 128 bytes that a kernel sees. The format is the emulator's own.
struct alignas(64) TensorMap {
  std::array<std::byte, 128> bytes{};
};

/// Encodes a map, or says which documented constraint of cuTensorMapEncodeTiled (or Im2col) is broken, with the values.
std::variant<TensorMap, std::string> encode_tensor_map(const TensorMapSpec &spec);

} // namespace tw::emu
