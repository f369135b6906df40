// Which wgmma.mma_async instructions exist: shapes, types, majors and operand kinds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "matrix_form.hpp"

namespace tw::emulator {

/// The qualifiers of one wgmma.mma_async: D (64 x n) = A (64 x k) * B (k x n), plus D when scale-d is true. With
/// `sparse` half of each row of A is zero and not stored.
struct WgmmaForm {
  int n = 8, k = 16;
  MatrixElement d = MatrixElement::f32, a = MatrixElement::f16, b = MatrixElement::f16;
  bool sparse = false;
  int selector = 0; ///< sp-sel: which threads of a quad hold the metadata
  bool satfinite = false;
  BitOperation bit_operation = BitOperation::none;
  bool a_in_registers = false;
  bool a_mn_major = false, b_mn_major = false; ///< imm-trans
  bool negate_a = false, negate_b = false;     ///< imm-scale of -1
  friend bool operator==(const WgmmaForm &, const WgmmaForm &) = default;
};

/// PTX shape and types: "m64n128k16.f32.bf16.bf16".
std::string to_string(const WgmmaForm &form);

/// Why the form does not exist on sm_90a, or nothing if it is legal [PTX ISA 9.7.15.2 and 9.7.15.5.2].
std::optional<std::string> wgmma_refusal(const WgmmaForm &form);

/// Stored elements of a row of A: k, or half of it with .sp.
int wgmma_a_depth(const WgmmaForm &form);
/// 32-bit registers of D per thread.
int wgmma_accumulator_registers(const WgmmaForm &form);
/// 32-bit registers of A per thread, when A is in registers: always 4.
inline constexpr int kWgmmaARegisters = 4;

} // namespace tw::emulator
