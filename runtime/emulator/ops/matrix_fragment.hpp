// Where the elements of a matrix live in the registers of a warp.
#pragma once

#include "matrix_form.hpp"

#include <array>
#include <cstdint>

namespace tw::emulator {

/// One register across the warp: lane i in slot i, in the low 32 bits (all 64 for f64).
using LaneWords = std::array<std::uint64_t, 32>;

/// A matrix operand of mma.sync.
enum class MmaOperand : std::uint8_t { a, b, c, d };

/// Row and column of an element; for B the row is the k index and the column the n index.
struct MatrixIndex {
  int row = 0;
  int column = 0;
  friend bool operator==(const MatrixIndex &, const MatrixIndex &) = default;
};

/// Elements that each lane holds of the operand.
int fragment_elements(const MmaForm &form, MmaOperand operand);
/// Registers that each lane holds of the operand: 32-bit ones, or 64-bit ones for f64.
int fragment_registers(const MmaForm &form, MmaOperand operand);
/// The matrix element that is element `i` of lane `lane`; elements fill registers from the low bits up
/// [PTX ISA 9.7.14.5, "Matrix Fragments"].
MatrixIndex fragment_index(const MmaForm &form, MmaOperand operand, int lane, int i);

} // namespace tw::emulator
