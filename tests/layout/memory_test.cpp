// Shared-memory layouts: distinct offsets, the swizzle formula of the PTX ISA, vectors, sizes.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

namespace {

std::vector<Coord> ordersOf(int rank) {
  std::vector<int> dims;
  for (int d = 0; d < rank; ++d) dims.push_back(d);
  std::vector<Coord> result;
  do {
    Coord order;
    for (int d : dims) order.push(d);
    result.push_back(order);
  } while (std::next_permutation(dims.begin(), dims.end()));
  return result;
}

std::vector<Coord> memoryShapes() {
  std::vector<Coord> shapes = sampleShapes();
  for (const Coord &shape : {Coord{5}, Coord{96}, Coord{2, 3, 8}, Coord{3, 24, 64}, Coord{4, 2, 32}, Coord{3, 5, 16}})
    shapes.push_back(shape);
  return shapes;
}

template <class F> void forEachMemory(F f) {
  for (const Coord &shape : memoryShapes())
    for (const Coord &order : ordersOf(shape.size())) {
      for (int pad : {0, 1, 4, 8, 32}) f(Memory::padded(shape, order, pad), 2);
      for (int bytes : {1, 2, 4, 8})
        if (auto memory = Memory::swizzled(shape, order, bytes)) f(*memory, bytes);
    }
}

} // namespace

TEST_CASE("elements have distinct offsets inside the buffer, the last one at its end") {
  forEachMemory([](const Memory &memory, int) {
    CAPTURE(memory.toString());
    std::set<uint32_t> offsets;
    int count = memory.shape().product();
    for (int i = 0; i < count; ++i) offsets.insert(memory.offset(coordinatesOf(memory.shape(), i)));
    REQUIRE(int(offsets.size()) == count);
    if (memory.swizzle() == Swizzle::none)
      REQUIRE(int(*offsets.rbegin()) == memory.elements() - 1);
    else
      REQUIRE(int(*offsets.rbegin()) < memory.elements());
  });
}

TEST_CASE("the parts of coordinates with disjoint bits combine to the offset of the sum") {
  forEachMemory([](const Memory &memory, int) {
    CAPTURE(memory.toString());
    bool agree = true;
    for (int i = 0; i < memory.shape().product(); ++i) {
      Coord c = coordinatesOf(memory.shape(), i);
      for (int mask : {1, 2, 5, 10, 0x55}) {
        Coord low = c, high = c;
        for (int d = 0; d < c.size(); ++d) {
          low[d] &= mask;
          high[d] &= ~mask;
        }
        agree &= (memory.split(low) + memory.split(high)).value() == memory.offset(c);
      }
    }
    REQUIRE(agree);
  });
}

TEST_CASE("rowMajor and padded are the plain formulas") {
  for (const Coord &shape : memoryShapes())
    for (const Coord &order : ordersOf(shape.size()))
      for (int pad : {0, 1, 4, 8, 32}) {
        Memory memory = pad == 0 ? Memory::rowMajor(shape, order) : Memory::padded(shape, order, pad);
        bool agree = true;
        for (int i = 0; i < shape.product(); ++i) {
          Coord c = coordinatesOf(shape, i);
          int expected = 0;
          for (int k = order.size() - 1; k >= 0; --k)
            expected = expected * (shape[order[k]] + (k == 0 ? pad : 0)) + c[order[k]];
          agree &= int(memory.offset(c)) == expected;
        }
        REQUIRE(agree);
      }
  REQUIRE(Memory::rowMajor({4, 6}) == Memory::rowMajor({4, 6}, {1, 0}));
}

TEST_CASE("swizzleAddress is the permutation of the PTX ISA") {
  for (uint32_t a = 0; a < 4096; ++a) {
    uint32_t chunk = a / 16 % 8, line = a / 128 % 8;
    auto withChunk = [&](uint32_t c) { return a / 128 * 128 + c * 16 + a % 16; };
    REQUIRE(swizzleAddress(Swizzle::none, a) == a);
    REQUIRE(swizzleAddress(Swizzle::b32, a) == withChunk(chunk ^ (line & 1)));
    REQUIRE(swizzleAddress(Swizzle::b64, a) == withChunk(chunk ^ (line & 3)));
    REQUIRE(swizzleAddress(Swizzle::b128, a) == withChunk(chunk ^ line));
  }
}

TEST_CASE("a swizzle is no wider than asked for") {
  for (Swizzle widest : {Swizzle::b32, Swizzle::b64, Swizzle::b128}) {
    REQUIRE(Memory::swizzled({64, 64}, {1, 0}, 2, widest)->swizzle() == widest);
    REQUIRE(Memory::swizzled({64, 16}, {1, 0}, 2, widest)->swizzle() == Swizzle::b32);
  }
  REQUIRE(Memory::swizzled({64, 64}, {1, 0}, 2, Swizzle::b32)->panelElements() == 16);
}

TEST_CASE("a swizzled tile is the formula applied to dense panels") {
  for (int bytes : {1, 2, 4, 8})
    for (int rowBytes : {16, 32, 48, 64, 96, 128, 192, 256, 384, 1152})
      for (int rows : {1, 3, 7, 8, 12, 64, 96}) {
        if (rowBytes % bytes != 0) continue;
        int columns = rowBytes / bytes;
        Memory memory = *Memory::swizzled({rows, columns}, {1, 0}, bytes);
        CAPTURE(memory.toString());
        int span = std::min(powerOfTwoPart(rowBytes), 128);
        REQUIRE(int(memory.swizzle()) == (span == 16 ? 0 : span));
        REQUIRE(memory.panelElements() * bytes == span);
        REQUIRE((memory.panelStride() == 0) == (rowBytes == span));
        int panelBytes = (rows + 7) / 8 * 8 * span;
        bool agree = true;
        for (int r = 0; r < rows; ++r)
          for (int c = 0; c < columns; ++c) {
            uint32_t dense = r * span + c * bytes % span;
            uint32_t panel = c * bytes / span * panelBytes;
            agree &= memory.offset({r, c}) * bytes == panel + swizzleAddress(memory.swizzle(), dense);
          }
        REQUIRE(agree);
        REQUIRE(Memory::swizzled({columns, rows}, {0, 1}, bytes)->offset({columns - 1, rows - 1}) ==
                memory.offset({rows - 1, columns - 1}));
      }
}

TEST_CASE("tiles of three dimensions swizzle as one column of rows where extents fit the pattern") {
  for (int outer : {1, 2, 3})
    for (int inner : {1, 2, 4, 8, 24}) {
      Memory memory = *Memory::swizzled({outer, inner, 64}, {2, 1, 0}, 2);
      bool agree = true;
      for (int i = 0; i < memory.shape().product(); ++i) {
        Coord c = coordinatesOf(memory.shape(), i);
        uint32_t dense = (c[0] * inner + c[1]) * 128 + c[2] * 2;
        agree &= memory.offset(c) * 2 == swizzleAddress(Swizzle::b128, dense);
      }
      REQUIRE(agree);
    }
}

TEST_CASE("swizzles need two dimensions and rows of whole 16-byte chunks") {
  REQUIRE_FALSE(Memory::swizzled({64}, {0}, 2).has_value());
  REQUIRE_FALSE(Memory::swizzled({8, 12}, {1, 0}, 2).has_value());
  REQUIRE_FALSE(Memory::swizzled({8, 1}, {1, 0}, 4).has_value());
}

TEST_CASE("alignment is the period of the pattern") {
  REQUIRE(Memory::rowMajor({8, 64}).alignment() == 128);
  REQUIRE(Memory::swizzled({8, 64}, {}, 2)->alignment() == 1024);
  REQUIRE(Memory::swizzled({8, 32}, {}, 2)->alignment() == 512);
  REQUIRE(Memory::swizzled({8, 16}, {}, 2)->alignment() == 256);
}

TEST_CASE("sizes count padding between rows, not after the last") {
  REQUIRE(Memory::rowMajor({7, 96}).bytes(2) == 7 * 96 * 2);
  REQUIRE(Memory::padded({4, 16}, {1, 0}, 8).elements() == 3 * 24 + 16);
  REQUIRE(Memory::swizzled({16, 128}, {}, 2)->bytes(2) == 16 * 256);
  REQUIRE(Memory::swizzled({12, 128}, {}, 2)->bytes(2) == 16 * 128 + 12 * 128);
  REQUIRE(Memory::rowMajor({}).elements() == 1);
}

TEST_CASE("maxVectorBytes is the widest aligned contiguous access") {
  forEachMemory([](const Memory &memory, int bytes) {
    CAPTURE(memory.toString(), bytes);
    int contiguous = memory.contiguousDim();
    auto holds = [&](int width) {
      if (memory.shape()[contiguous] % width != 0) return false;
      for (int i = 0; i < memory.shape().product(); ++i) {
        Coord c = coordinatesOf(memory.shape(), i), first = c;
        first[contiguous] -= c[contiguous] % width;
        uint32_t start = memory.offset(first);
        if (start % width != 0 || memory.offset(c) != start + c[contiguous] % width) return false;
      }
      return true;
    };
    int width = memory.maxVectorBytes(bytes) / bytes;
    REQUIRE(holds(width));
    if (width * bytes < 16) REQUIRE_FALSE(holds(width * 2));
  });
}

TEST_CASE("the text of a memory layout") {
  REQUIRE(Memory::swizzled({64, 128}, {}, 2)->toString() ==
          "shape=[64,128] order=[1,0] core=[8,64] stride=[512,4096] swizzle=128");
}
