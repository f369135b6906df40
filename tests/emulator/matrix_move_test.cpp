// ldmatrix, stmatrix, movmatrix: which lane gets which element.
#include "ops/matrix_move.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

using namespace tw::emulator;

namespace {

/// Element (row, column) of matrix m is 0x100 * m + 0x10 * row + column.
std::uint16_t element(int matrix, int row, int column) {
  return static_cast<std::uint16_t>(0x100 * matrix + 0x10 * row + column);
}

/// Rows scattered in memory, in no particular order.
std::uint64_t row_address(int matrix, int row) {
  return 16 * static_cast<std::uint64_t>((matrix * 8 + row) * 37 % 32) + 4096;
}

struct Memory {
  std::map<std::uint64_t, MatrixRow> rows;
  std::array<std::uint64_t, 32> address{};
  std::set<std::uint64_t> touched;

  explicit Memory(int matrices) {
    address.fill(0xdead); // lanes beyond the matrices must not be looked at
    for (int matrix = 0; matrix < matrices; ++matrix) {
      for (int row = 0; row < 8; ++row) {
        MatrixRow bytes;
        for (int column = 0; column < 8; ++column) {
          bytes[2 * column] = static_cast<std::uint8_t>(element(matrix, row, column));
          bytes[2 * column + 1] = static_cast<std::uint8_t>(element(matrix, row, column) >> 8);
        }
        rows[row_address(matrix, row)] = bytes;
        address[8 * matrix + row] = row_address(matrix, row);
      }
    }
  }
  ReadRow reader() {
    return [this](std::uint64_t at) {
      touched.insert(at);
      return rows.at(at);
    };
  }
};

} // namespace

TEST_CASE("ldmatrix gives each lane two neighbours of a row, or of a column with trans") {
  for (int matrices : {1, 2, 4}) {
    for (bool transposed : {false, true}) {
      Memory memory(matrices);
      std::vector<LaneWords> result(static_cast<std::size_t>(matrices));
      execute_ldmatrix(matrices, transposed, memory.address, memory.reader(), result);
      CHECK(memory.touched.size() == static_cast<std::size_t>(8 * matrices));
      for (int matrix = 0; matrix < matrices; ++matrix) {
        for (int lane = 0; lane < 32; ++lane) {
          int fixed = lane / 4, moving = 2 * (lane % 4);
          std::uint32_t low = transposed ? element(matrix, moving, fixed) : element(matrix, fixed, moving);
          std::uint32_t high = transposed ? element(matrix, moving + 1, fixed) : element(matrix, fixed, moving + 1);
          REQUIRE(result[static_cast<std::size_t>(matrix)][lane] == (low | high << 16));
        }
      }
    }
  }
}

TEST_CASE("stmatrix is the inverse of ldmatrix") {
  for (int matrices : {1, 2, 4}) {
    for (bool transposed : {false, true}) {
      Memory memory(matrices);
      std::vector<LaneWords> fragment(static_cast<std::size_t>(matrices));
      execute_ldmatrix(matrices, transposed, memory.address, memory.reader(), fragment);
      std::map<std::uint64_t, MatrixRow> written;
      execute_stmatrix(matrices, transposed, memory.address, fragment,
                       [&](std::uint64_t at, const MatrixRow &row) { written[at] = row; });
      CHECK(written == memory.rows);
    }
  }
}

TEST_CASE("movmatrix transposes a fragment") {
  Memory memory(1);
  LaneWords plain, transposed;
  execute_ldmatrix(1, false, memory.address, memory.reader(), std::span(&plain, 1));
  execute_ldmatrix(1, true, memory.address, memory.reader(), std::span(&transposed, 1));
  CHECK(execute_movmatrix(plain) == transposed);
  CHECK(execute_movmatrix(transposed) == plain);
}

TEST_CASE("row addresses must be multiples of 16, those that count") {
  Memory memory(2);
  CHECK(!misaligned_row(2, memory.address)); // lanes 16-31 hold odd addresses
  CHECK(misaligned_row(4, memory.address) == 16);
  memory.address[9] += 8;
  CHECK(misaligned_row(2, memory.address) == 9);
  CHECK(!misaligned_row(1, memory.address));
}

TEST_CASE("matrix moves are refused where the target lacks them") {
  CHECK(!matrix_move_refusal("ldmatrix", "m8n8", "b16", 80));
  CHECK(!matrix_move_refusal("movmatrix", "m8n8", "b16", 80));
  CHECK(!matrix_move_refusal("stmatrix", "m8n8", "b16", 90));
  CHECK(matrix_move_refusal("stmatrix", "m8n8", "b16", 89) ==
        "stmatrix.m8n8.b16: needs sm_90 or newer, the target is sm_89");
  CHECK(matrix_move_refusal("ldmatrix", "m16n16", "b8", 90) ==
        "ldmatrix.m16n16.b8: only m8n8 with b16 exists on sm_90; the 8-, 6- and 4-bit forms need sm_100a");
  CHECK(matrix_move_refusal("mvmatrix", "m8n8", "b16", 90) ==
        "mvmatrix: no such matrix move; there are ldmatrix, stmatrix and movmatrix");
}
