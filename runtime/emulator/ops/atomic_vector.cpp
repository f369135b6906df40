// atom and red of vectors of floats: .v2, .v4 and .v8 of f32, f16, bf16 and their pairs (PTX ISA 9.7.13.5, sm_90).
// Elements are updated one by one; only each element is atomic.
#include <array>
#include <cstring>

#include "ops/atomic.hpp"
#include "ops/float_format.hpp"
#include "ops/memory.hpp"

namespace tw::emu {
namespace {

enum class Op : uint8_t { Add, Min, Max };

/// One element of f16 or bf16. A NaN operand of min and max yields the other (PTX ISA: as min.f16).
template <class Format> uint32_t combineSmall(Op op, uint32_t old, uint32_t value) {
  return Format::apply(0, old, value, 0, [&](double x, double y, double) {
    if (op == Op::Add) return narrow(Format::kFormat, addToOdd(x, y), Rounding::NearestEven);
    double r = x != x          ? y
               : y != y        ? x
               : op == Op::Min ? (x < y || (x == y && std::signbit(x)) ? x : y)
                               : (x > y || (x == y && !std::signbit(x)) ? x : y);
    return narrow(Format::kFormat, r, Rounding::NearestEven);
  });
}

uint32_t combine(Type type, Op op, uint32_t old, uint32_t value) {
  switch (type) {
  case Type::F16: return combineSmall<FormatF16>(op, old, value);
  case Type::BF16: return combineSmall<FormatBf16>(op, old, value);
  case Type::F16x2:
    return combineSmall<FormatF16>(op, old & 0xffff, value & 0xffff) |
           combineSmall<FormatF16>(op, old >> 16, value >> 16) << 16;
  case Type::BF16x2:
    return combineSmall<FormatBf16>(op, old & 0xffff, value & 0xffff) |
           combineSmall<FormatBf16>(op, old >> 16, value >> 16) << 16;
  default: // .add.f32 on global memory flushes subnormals.
    return std::bit_cast<uint32_t>(flushSubnormal(
        canonicalNan(flushSubnormal(std::bit_cast<float>(old)) + flushSubnormal(std::bit_cast<float>(value)))));
  }
}

// option[0]: Op; option[1]: red; option[2]: Type. extras: values, then destinations unless red.
void atomicVector(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  uint32_t count = in.memory.vector, bytes = in.memory.bytes;
  ResolvedAccess access =
      resolveAccess(w, in, mask, addresses, bytes * count, in.option[1] ? AccessType::Reduce : AccessType::Atomic);
  const Slot *slots = w.currentFrame().function->slots.data() + in.extra;
  forLanes(access.lanes, [&](uint32_t l) {
    // Sources may be destinations too: take all of them first.
    std::array<uint32_t, 8> values{};
    for (uint32_t i = 0; i < count; ++i) values[i] = static_cast<uint32_t>(w.value(slots[i], l));
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t old = 0;
      std::memcpy(&old, access.host[l] + i * bytes, bytes);
      uint32_t updated = combine(static_cast<Type>(in.option[2]), static_cast<Op>(in.option[0]), old, values[i]);
      std::memcpy(access.host[l] + i * bytes, &updated, bytes);
      if (!in.option[1]) w.setValue(slots[count + i], l, old);
    }
  });
}

} // namespace

void decodeAtomicVector(Builder &b, int count, int op, bool noftz, bool hint, Type t) {
  bool red = b.statement.name == "red";
  if (b.targetNumber() < 90) b.unsupported("a vector atomic below sm_90");
  if (b.out.memory.space == Space::Shared) b.unsupported("a vector atomic in .shared", "use .global");
  bool small = t == Type::F16 || t == Type::BF16, pair = t == Type::F16x2 || t == Type::BF16x2;
  bool legal = t == Type::F32 ? op == 0 && count <= 4 : small ? count <= 8 : pair && count <= 4;
  if (!legal || op < 0)
    b.unsupported("'" + b.statement.name + "' of a vector of " + std::to_string(count) + " elements of type '." +
                  std::string(typeName(t)) + "' with this operation");
  if (noftz != (small || pair)) b.fail("'" + b.fullName() + "' needs .noftz for f16 and bf16 only", "check .noftz");
  b.expectOperands((red ? 2u : 3u) + hint);
  size_t first = red ? 0 : 1;
  b.address(b.operand(first), b.out.memory.space, b.out.a);
  Type element = small ? Type::B16 : t == Type::F32 ? Type::F32 : Type::B32;
  std::vector<Slot> slots;
  auto add = [&](size_t operand, bool written) {
    auto list = Builder::elements(b.operand(operand));
    if (static_cast<int>(list.size()) != count)
      b.fail("'" + b.fullName() + "' works on " + std::to_string(count) + " elements but names " +
                 std::to_string(list.size()),
             "match the vector with its .v modifier");
    for (const ast::Operand *e : list) slots.push_back(written ? b.destination(*e, element) : b.source(*e, element));
  };
  add(first + 1, false);
  if (!red) add(0, true);
  b.extras(slots);
  b.out.memory.bytes = static_cast<uint8_t>(bytesOf(t));
  b.out.memory.vector = static_cast<uint8_t>(count);
  b.out.option[0] = static_cast<uint8_t>(op);
  b.out.option[1] = red;
  b.out.option[2] = static_cast<uint8_t>(t);
  b.out.handler = &atomicVector;
}

} // namespace tw::emu
