// ldmatrix, stmatrix and movmatrix: 8x8 matrices of 16-bit elements between shared memory and the registers of a warp.
#pragma once

#include "matrix_fragment.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>

namespace tw::emulator {

/// One row of an 8x8 matrix of 16-bit elements, as it lies in memory.
using MatrixRow = std::array<std::uint8_t, 16>;
/// Reads the 16 bytes at an address.
using ReadRow = std::function<MatrixRow(std::uint64_t address)>;
/// Writes the 16 bytes at an address.
using WriteRow = std::function<void(std::uint64_t address, const MatrixRow &row)>;

/// ldmatrix.sync.aligned.m8n8.x{matrices}{.trans}.shared.b16. `address` holds the address operand of all 32 lanes:
/// lanes 8j..8j+7 name the rows of matrix j, the others are ignored. `result` has one register per matrix (1, 2 or 4);
/// lane l gets columns 2(l%4) and 2(l%4)+1 of row l/4, with .trans rows 2(l%4) and 2(l%4)+1 of column l/4
/// [PTX ISA 9.7.14.5.15].
void execute_ldmatrix(int matrices, bool transposed, std::span<const std::uint64_t, 32> address, const ReadRow &read,
                      std::span<LaneWords> result);

/// stmatrix.sync.aligned.m8n8.x{matrices}{.trans}.shared.b16 (sm_90): the exact inverse of ldmatrix
/// [PTX ISA 9.7.14.5.16].
void execute_stmatrix(int matrices, bool transposed, std::span<const std::uint64_t, 32> address,
                      std::span<const LaneWords> source, const WriteRow &write);

/// movmatrix.sync.aligned.m8n8.trans.b16: the transposed fragment of one matrix [PTX ISA 9.7.14.5.17].
LaneWords execute_movmatrix(const LaneWords &source);

/// The lowest lane whose row address is used and not a multiple of 16, if there is one.
std::optional<int> misaligned_row(int matrices, std::span<const std::uint64_t, 32> address);

/// Why the target lacks the instruction ("ldmatrix", "stmatrix" or "movmatrix" with shape and type spelt as in PTX
/// without dots, for example "m8n8", "b16"), or nothing if it has it.
std::optional<std::string> matrix_move_refusal(std::string_view instruction, std::string_view shape,
                                               std::string_view type, int target);

} // namespace tw::emulator
