// Extended-precision arithmetic with the carry flag: add.cc, addc, sub.cc, subc, mad.cc, madc (PTX ISA section 9.7.2).
// The flag is one predicate register of the frame, named `%cc.carry`.
#include "ops/carry.hpp"

#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// option[0]: carry in, option[1]: carry out. Slot e is the flag.
template <class T, bool Subtract> void addSub(Warp &w, const Instruction &in, uint32_t mask) {
  auto *d = lanesOf<T>(w, in.d);
  const auto *a = lanesOf<T>(w, in.a), *b = lanesOf<T>(w, in.b);
  uint32_t &flag = w.predicate(in.e);
  uint32_t carries = flag;
  forLanes(mask, [&](uint32_t l) {
    unsigned __int128 carry = in.option[0] ? (flag >> l & 1) : 0;
    unsigned __int128 wide = Subtract ? static_cast<unsigned __int128>(T(a[l])) - T(b[l]) - carry
                                      : static_cast<unsigned __int128>(T(a[l])) + T(b[l]) + carry;
    d[l] = static_cast<T>(wide);
    uint32_t out = static_cast<uint32_t>(wide >> (sizeof(T) * 8)) & 1;
    carries = (carries & ~(1u << l)) | out << l;
  });
  if (in.option[1]) flag = carries;
}

template <class T, bool Signed, bool High> void multiplyAdd(Warp &w, const Instruction &in, uint32_t mask) {
  auto *d = lanesOf<T>(w, in.d);
  const auto *a = lanesOf<T>(w, in.a), *b = lanesOf<T>(w, in.b), *c = lanesOf<T>(w, in.c);
  uint32_t &flag = w.predicate(in.e);
  uint32_t carries = flag;
  using S = std::make_signed_t<T>;
  forLanes(mask, [&](uint32_t l) {
    unsigned __int128 product = Signed ? static_cast<unsigned __int128>(static_cast<__int128>(S(a[l])) * S(b[l]))
                                       : static_cast<unsigned __int128>(T(a[l])) * T(b[l]);
    T part = static_cast<T>(High ? product >> (sizeof(T) * 8) : product);
    unsigned __int128 sum = static_cast<unsigned __int128>(part) + T(c[l]) + (in.option[0] ? (flag >> l & 1) : 0);
    d[l] = static_cast<T>(sum);
    carries = (carries & ~(1u << l)) | (static_cast<uint32_t>(sum >> (sizeof(T) * 8)) & 1) << l;
  });
  if (in.option[1]) flag = carries;
}

void decode(Builder &b, bool carryIn, bool multiply, bool subtract) {
  b.out.option[0] = carryIn;
  b.out.option[1] = b.flag("cc");
  int part = multiply ? b.choice({"lo", "hi"}) : 0;
  if (part < 0) b.fail("'" + b.fullName() + "' needs .lo or .hi", "add .lo");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::S32, Type::U64, Type::S64});
  bool wide = bitsOf(t) == 64;
  if (multiply) {
    auto select = [&]<class T>() -> Handler {
      if (isSigned(t)) return part ? &multiplyAdd<T, true, true> : &multiplyAdd<T, true, false>;
      return part ? &multiplyAdd<T, false, true> : &multiplyAdd<T, false, false>;
    };
    b.out.handler = wide ? select.operator()<uint64_t>() : select.operator()<uint32_t>();
    ternaryOperands(b, t);
  } else {
    if (wide)
      b.out.handler = subtract ? &addSub<uint64_t, true> : &addSub<uint64_t, false>;
    else
      b.out.handler = subtract ? &addSub<uint32_t, true> : &addSub<uint32_t, false>;
    binaryOperands(b, t);
  }
  b.out.e = b.carryFlag();
}

} // namespace

bool decodeCarryOut(Builder &b, bool multiply, bool subtract) {
  for (const std::string &m : b.statement.modifiers)
    if (m == "cc") {
      decode(b, false, multiply, subtract);
      return true;
    }
  return false;
}

void registerCarryOps(OpcodeTable &table) {
  table["addc"] = [](Builder &b) { decode(b, true, false, false); };
  table["subc"] = [](Builder &b) { decode(b, true, false, true); };
  table["madc"] = [](Builder &b) { decode(b, true, true, false); };
}

} // namespace tw::emu
