// ldmatrix, stmatrix and movmatrix share one picture: lane l holds two neighbours of a row, or of a column with .trans.
#include "matrix_move.hpp"

#include <fmt/format.h>

namespace tw::emulator {

namespace {

/// Place of half `half` (0 low, 1 high) of lane `lane` in the 8x8 matrix.
MatrixIndex place_of(bool transposed, int lane, int half) {
  MatrixIndex at{lane / 4, 2 * (lane % 4) + half};
  return transposed ? MatrixIndex{at.column, at.row} : at;
}

std::uint32_t element(const MatrixRow &row, int column) { return row[2 * column] | row[2 * column + 1] << 8; }

} // namespace

void execute_ldmatrix(int matrices, bool transposed, std::span<const std::uint64_t, 32> address, const ReadRow &read,
                      std::span<LaneWords> result) {
  for (int matrix = 0; matrix < matrices; ++matrix) {
    std::array<MatrixRow, 8> rows;
    for (int row = 0; row < 8; ++row) rows[row] = read(address[8 * matrix + row]);
    for (int lane = 0; lane < 32; ++lane) {
      MatrixIndex low = place_of(transposed, lane, 0);
      MatrixIndex high = place_of(transposed, lane, 1);
      result[matrix][lane] = element(rows[low.row], low.column) | element(rows[high.row], high.column) << 16;
    }
  }
}

void execute_stmatrix(int matrices, bool transposed, std::span<const std::uint64_t, 32> address,
                      std::span<const LaneWords> source, const WriteRow &write) {
  for (int matrix = 0; matrix < matrices; ++matrix) {
    std::array<MatrixRow, 8> rows;
    for (int lane = 0; lane < 32; ++lane) {
      for (int half = 0; half < 2; ++half) {
        MatrixIndex at = place_of(transposed, lane, half);
        std::uint64_t bits = source[matrix][lane] >> (16 * half);
        rows[at.row][2 * at.column] = static_cast<std::uint8_t>(bits);
        rows[at.row][2 * at.column + 1] = static_cast<std::uint8_t>(bits >> 8);
      }
    }
    for (int row = 0; row < 8; ++row) write(address[8 * matrix + row], rows[row]);
  }
}

LaneWords execute_movmatrix(const LaneWords &source) {
  LaneWords result{};
  for (int lane = 0; lane < 32; ++lane) {
    for (int half = 0; half < 2; ++half) {
      MatrixIndex from = place_of(true, lane, half);
      std::uint64_t bits = source[4 * from.row + from.column / 2] >> (16 * (from.column % 2)) & 0xffff;
      result[lane] |= bits << (16 * half);
    }
  }
  return result;
}

std::optional<int> misaligned_row(int matrices, std::span<const std::uint64_t, 32> address) {
  for (int lane = 0; lane < 8 * matrices; ++lane)
    if (address[lane] % 16 != 0) return lane;
  return std::nullopt;
}

std::optional<std::string> matrix_move_refusal(std::string_view instruction, std::string_view shape,
                                               std::string_view type, int target) {
  int since = instruction == "stmatrix" ? 90 : 75;
  if (instruction != "ldmatrix" && instruction != "stmatrix" && instruction != "movmatrix")
    return fmt::format("{}: no such matrix move; there are ldmatrix, stmatrix and movmatrix", instruction);
  if (target < since)
    return fmt::format("{}.{}.{}: needs sm_{} or newer, the target is sm_{}", instruction, shape, type, since, target);
  if (shape != "m8n8" || type != "b16")
    return fmt::format("{}.{}.{}: only m8n8 with b16 exists on sm_{}; the 8-, 6- and 4-bit forms need sm_100a",
                       instruction, shape, type, target);
  return std::nullopt;
}

} // namespace tw::emulator
