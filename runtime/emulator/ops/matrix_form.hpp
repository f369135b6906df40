// Which mma.sync instructions exist: shapes, types and layouts, and the targets that have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::emulator {

/// Element types of matrix operands.
enum class MatrixElement : std::uint8_t { f16, bf16, tf32, f32, f64, s8, u8, s4, u4, b1, e4m3, e5m2, s32 };

/// PTX spelling without the dot: "f16", "e4m3", ...
std::string_view to_string(MatrixElement element);
/// The element of a PTX type name without the dot; nothing if it is no matrix element.
std::optional<MatrixElement> parse_matrix_element(std::string_view name);
/// Bits of one element in a register fragment (tf32 occupies 32).
int element_bits(MatrixElement element);

/// The operation between single bits (.b1 only), followed by a population count.
enum class BitOperation : std::uint8_t { none, and_popc, xor_popc };

/// Order of a matrix in the instruction name.
enum class MatrixLayout : std::uint8_t { row, col };

/// The qualifiers of one mma.sync instruction: D (m x n) = A (m x k) * B (k x n) + C.
struct MmaForm {
  int m = 16, n = 8, k = 16;
  MatrixLayout a_layout = MatrixLayout::row, b_layout = MatrixLayout::col;
  MatrixElement d = MatrixElement::f32, a = MatrixElement::f16, b = MatrixElement::f16, c = MatrixElement::f32;
  bool satfinite = false; ///< integers only: clamp to the s32 range instead of wrapping
  BitOperation bit_operation = BitOperation::none;
  friend bool operator==(const MmaForm &, const MmaForm &) = default;
};

/// PTX name: "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32".
std::string to_string(const MmaForm &form);

/// Why the form cannot be executed for target sm_<target> (80, 89, 90), or nothing if it is legal. The text names
/// what is missing and from which target on it exists [PTX ISA 9.7.14.5.14].
/// The quad-pair form m8n8k4 with f16 is refused on purpose: it is made for sm_70.
std::optional<std::string> mma_refusal(const MmaForm &form, int target);

} // namespace tw::emulator
