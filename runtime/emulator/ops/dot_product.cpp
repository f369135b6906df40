// dp4a and dp2a (PTX ISA section 9.7.1).
#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

int64_t byteOf(uint32_t word, int i, bool isSigned) {
  uint8_t b = static_cast<uint8_t>(word >> (8 * i));
  return isSigned ? int64_t{static_cast<int8_t>(b)} : b;
}
int64_t halfOf(uint32_t word, int i, bool isSigned) {
  uint16_t h = static_cast<uint16_t>(word >> (16 * i));
  return isSigned ? int64_t{static_cast<int16_t>(h)} : h;
}

// option[0], [1]: a, b signed; option[2]: for dp2a 0 low, 1 high bytes of b, 2 for dp4a.
void dotProduct(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, uint32_t, uint32_t, uint32_t>(w, in, m, [&](uint32_t a, uint32_t b, uint32_t c) {
    int64_t sum = c;
    if (in.option[2] == 2) {
      for (int i = 0; i < 4; ++i) sum += byteOf(a, i, in.option[0]) * byteOf(b, i, in.option[1]);
    } else {
      for (int i = 0; i < 2; ++i) sum += halfOf(a, i, in.option[0]) * byteOf(b, i + 2 * in.option[2], in.option[1]);
    }
    return static_cast<uint32_t>(sum);
  });
}

void decodeDot(Builder &b) {
  bool four = b.statement.name == "dp4a";
  int half = four ? 2 : b.choice({"lo", "hi"});
  if (half < 0) b.fail("dp2a needs .lo or .hi", "add .lo");
  Type ta = b.type(), tb = b.type();
  requireType(b, ta, {Type::U32, Type::S32});
  requireType(b, tb, {Type::U32, Type::S32});
  b.out.option[0] = ta == Type::S32, b.out.option[1] = tb == Type::S32, b.out.option[2] = static_cast<uint8_t>(half);
  ternaryOperands(b, Type::B32);
  b.out.handler = &dotProduct;
}

} // namespace

void registerDotProductOps(OpcodeTable &table) { table["dp4a"] = table["dp2a"] = decodeDot; }

} // namespace tw::emu
