// The arithmetic of wgmma.mma_async on plain values, and the register layouts of its operands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "matrix_accumulate.hpp"
#include "wgmma_form.hpp"

namespace tw::emulator {

/// Values of a 16 x k slice of A or of all of B, in the order the product wants them. Integer and bit forms use
/// `integers` (bits: one word of 32 elements each), the others `floats`.
struct WgmmaValues {
  std::vector<double> floats;
  std::vector<std::int32_t> integers;
  /// Of a sparse A: where along k each stored element belongs, in the order of the values. Empty: the n-th at n.
  std::vector<std::uint8_t> positions;
};

/// Row (of the 64) and column of element `i` of thread `lane` of warp `warp` (0-3) of the accumulator; i counts
/// elements [PTX ISA 9.7.15.5.1.1, figures of D].
struct WgmmaIndex {
  int row = 0, column = 0;
};
WgmmaIndex wgmma_accumulator_index(int warp, int lane, int i);
/// The same for element `i` of A in registers (1-bit elements: groups of 32 count as one).
WgmmaIndex wgmma_a_index(const WgmmaForm &form, int warp, int lane, int i);

/// A in registers: `words[r * 32 + lane]` of one warp to its 16 rows, [row * depth + kk] with the depth stored.
WgmmaValues wgmma_a_from_registers(const WgmmaForm &form, std::span<const std::uint32_t> words);
/// Rows of A in shared memory from their pieces (16 bytes each, in the order of wgmma_operand_pieces), rows
/// 16 * warp .. +15, [row * depth + kk].
WgmmaValues wgmma_a_from_pieces(const WgmmaForm &form, int warp, std::span<const std::uint8_t> bytes);
/// B from its pieces, [k * n + column].
WgmmaValues wgmma_b_from_pieces(const WgmmaForm &form, std::span<const std::uint8_t> bytes);

/// Sparsity metadata of one warp: fills `a.positions` from the word of each lane [PTX ISA 9.7.15.6.2, figures of the
/// metadata]. A row of 8-bit elements is described by lanes 4 * (row % 8) + row / 8 (columns 0-31) and two further
/// (columns 32-63); rows r and r + 8 of the other types by the low and high half of lanes 4r + 2 * selector (first half
/// of k) and the next. Four bits describe a chunk of four elements (two indices) or of two (.tf32: 0b0100 or 0b1110).
/// Returns the lane of a word with an index pair that must not occur, or nothing.
std::optional<int> wgmma_place_sparse(const WgmmaForm &form, std::span<const std::uint32_t> metadata, WgmmaValues &a);

/// Multiplies one warp's 16 rows: `registers[r * 32 + lane]` are the accumulators, read unless `scale_d` is false.
/// Arithmetic where the ISA leaves it open: with Accumulation::hopper see there (of a sparse A, the stored elements);
/// else the exact products are added in double by ascending k, then the old accumulator, and the sum is rounded once
/// (to nearest even); tf32 loses its low 13 bits first. Integers wrap, or clamp with .satfinite.
void wgmma_multiply(const WgmmaForm &form, const WgmmaValues &a, const WgmmaValues &b, bool scale_d,
                    std::span<std::uint32_t> registers, Accumulation accumulation = Accumulation::exact);

} // namespace tw::emulator
