// wmma.load, wmma.store and wmma.mma (PTX ISA section 9.7.14.4). The ISA leaves the layout of fragments open; here
// element e of a matrix, counted by rows, lies in register e / 32 / P of lane e / P % 32 for P elements per register.
// Elements of less than a byte are counted along k, as they lie in memory, in B too.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "ops/form_table.hpp"
#include "ops/matrix_number.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

using emulator::MatrixElement;

/// One operand of a wmma shape.
struct Fragment {
  MatrixElement element = MatrixElement::f16;
  int rows = 16, columns = 16;
  int registers = 8;
  int bits() const { return emulator::element_bits(element); }
  bool isSmall() const { return bits() < 8; }
  int perRegister() const { return bits() == 64 ? 1 : 32 / bits(); }
  int count() const { return rows * columns; }
  friend bool operator==(const Fragment &, const Fragment &) = default;
};

struct WmmaForm {
  Fragment d, a, b, c;
  bool rowMajor = true; ///< of load and store
  bool satfinite = false;
  emulator::BitOperation bitOperation = emulator::BitOperation::none;
  friend bool operator==(const WmmaForm &, const WmmaForm &) = default;
};

FormTable<WmmaForm> &forms() {
  static FormTable<WmmaForm> table;
  return table;
}

/// Element e of a fragment for one lane: f16 operands A and B are held twice, so e wraps around.
int elementOf(const Fragment &f, int reg, int lane, int j) {
  return ((reg * 32 + lane) * f.perRegister() + j) % f.count();
}

uint64_t elementAt(Warp &w, const Fragment &f, const Slot *slots, int e) {
  int per = f.perRegister(), lane = e / per % 32, reg = e / per / 32;
  uint64_t word = w.value(slots[reg], static_cast<uint32_t>(lane));
  return per == 1 ? word : word >> (e % per * f.bits()) & ((1u << f.bits()) - 1);
}

void setElement(Warp &w, const Fragment &f, const Slot *slots, int e, uint64_t bits) {
  int per = f.perRegister(), reg = e / per / 32, shift = e % per * f.bits();
  uint32_t lane = static_cast<uint32_t>(e / per % 32);
  if (per == 1) return w.setValue(slots[reg], lane, bits);
  uint64_t keep = ((uint64_t{1} << f.bits()) - 1) << shift;
  w.setValue(slots[reg], lane, (w.value(slots[reg], lane) & ~keep) | (bits << shift & keep));
}

void requireAllLanes(Warp &w, const Instruction &in, uint32_t mask) {
  if (mask == kAllLanes) return;
  w.execution->report(FindingKind::Misuse, "matrix.lanes", in, w, static_cast<uint32_t>(std::countr_zero(mask)),
                      "only some lanes of the warp execute a warp-wide matrix instruction",
                      "let all 32 lanes execute it", "9.7.14.4");
  throw LaunchAbort{};
}

// a: address; b: stride in elements (empty: dense); target: form, whose d is the fragment; option[0]: store.
void move(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask);
  const WmmaForm &form = forms()[in.target];
  const Fragment &f = form.d;
  w.execution->charge(static_cast<uint64_t>(f.count()) / 16);
  const Slot *slots = w.currentFrame().function->slots.data() + in.extra;
  uint64_t start[32], addresses[32];
  laneAddresses(w, in, in.a, mask, start);
  // Elements of less than a byte travel a register at a time.
  int perAccess = f.isSmall() ? f.perRegister() : 1;
  uint32_t bits = static_cast<uint32_t>(f.bits() * perAccess), bytes = bits / 8;
  for (int r = 0; r < f.registers; ++r)
    for (int j = 0; j < f.perRegister(); j += perAccess) {
      for (int l = 0; l < 32; ++l) {
        int e = elementOf(f, r, l, j), row = e / f.columns, column = e % f.columns;
        uint64_t stride =
            in.b ? w.value(in.b, static_cast<uint32_t>(l)) : static_cast<uint64_t>(form.rowMajor ? f.columns : f.rows);
        uint64_t index = form.rowMajor ? static_cast<uint64_t>(row) * stride + static_cast<uint64_t>(column)
                                       : static_cast<uint64_t>(column) * stride + static_cast<uint64_t>(row);
        addresses[l] = start[l] + index * static_cast<uint64_t>(f.bits()) / 8;
      }
      ResolvedAccess access =
          resolveAccess(w, in, mask, addresses, bytes, in.option[0] ? AccessType::Store : AccessType::Load);
      forLanes(access.lanes, [&](uint32_t l) {
        int shift = j * f.bits();
        uint64_t word = w.value(slots[r], l), value = 0;
        if (in.option[0]) {
          value = word >> shift;
          std::memcpy(access.host[l], &value, bytes);
          return;
        }
        std::memcpy(&value, access.host[l], bytes);
        uint64_t keep = bits == 64 ? ~uint64_t{0} : ((uint64_t{1} << bits) - 1) << shift;
        w.setValue(slots[r], l, (word & ~keep) | value << shift);
      });
    }
}

/// All elements of a fragment as numbers of `T`.
template <class T, class F> std::vector<T> numbersOf(Warp &w, const Fragment &f, const Slot *slots, F number) {
  std::vector<T> all(static_cast<size_t>(f.count()));
  for (int e = 0; e < f.count(); ++e) all[static_cast<size_t>(e)] = number(f.element, elementAt(w, f, slots, e));
  return all;
}

/// d = a * b + c over numbers of `T`; `sum` makes the bits of an element of d from its row of a, column of b and c.
template <class T, class Number, class Sum>
void multiplyAll(Warp &w, const WmmaForm &f, const Slot *d, Number number, Sum sum) {
  const Slot *a = d + f.d.registers, *b = a + f.a.registers, *c = b + f.b.registers;
  auto m = static_cast<size_t>(f.d.rows), n = static_cast<size_t>(f.d.columns), k = static_cast<size_t>(f.a.columns);
  std::vector<T> left = numbersOf<T>(w, f.a, a, number), right = numbersOf<T>(w, f.b, b, number),
                 start = numbersOf<T>(w, f.c, c, number);
  if (!f.b.isSmall()) {
    std::vector<T> turned(right.size());
    for (size_t x = 0; x < k; ++x)
      for (size_t j = 0; j < n; ++j) turned[j * k + x] = right[x * n + j];
    right = std::move(turned);
  }
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < n; ++j)
      setElement(w, f.d, d, static_cast<int>(i * n + j),
                 sum(std::span<const T>(&left[i * k], k), std::span<const T>(&right[j * k], k), start[i * n + j]));
}

void multiply(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask);
  const WmmaForm &f = forms()[in.target];
  w.execution->charge(static_cast<uint64_t>(f.d.count()) * static_cast<uint64_t>(f.a.columns) / 64);
  const Slot *d = w.currentFrame().function->slots.data() + in.extra;
  if (f.d.element == MatrixElement::s32) {
    bool isXor = f.bitOperation == emulator::BitOperation::xor_popc;
    return multiplyAll<int64_t>(w, f, d, &emulator::matrix_integer_value,
                                [&](std::span<const int64_t> a, std::span<const int64_t> b, int64_t sum) {
                                  for (size_t x = 0; x < a.size(); ++x) sum += isXor ? a[x] ^ b[x] : a[x] * b[x];
                                  if (f.satfinite)
                                    sum = std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                                                              std::numeric_limits<int32_t>::max());
                                  return uint64_t{static_cast<uint32_t>(sum)};
                                });
  }
  bool wide = f.d.element == MatrixElement::f64;
  bool asHopper = !wide && w.execution->accumulation() == emulator::Accumulation::hopper;
  multiplyAll<double>(w, f, d, &emulator::matrix_float_value,
                      [&](std::span<const double> a, std::span<const double> b, double sum) -> uint64_t {
                        if (asHopper)
                          return emulator::fused_dot(emulator::hopper_sum(f.a.element, f.b.element, f.d.element, false),
                                                     a, b, sum);
                        for (size_t x = 0; x < a.size(); ++x)
                          sum = wide ? std::fma(a[x], b[x], sum) : sum + a[x] * b[x];
                        return emulator::matrix_accumulator_bits(f.d.element, sum);
                      });
}

/// Registers of a fragment [PTX ISA 9.7.14.4.1]; 0 when the shape does not exist for the element.
int registersOf(char operand, MatrixElement e, int m, int n, int k) {
  bool square = m == 16 && n == 16, known = k == 16 && (square || (m == 8 && n == 32) || (m == 32 && n == 8));
  int size = operand == 'a' ? m * k : operand == 'b' ? k * n : m * n;
  switch (e) {
  case MatrixElement::f16: return !known ? 0 : operand == 'c' ? 4 : 8;
  case MatrixElement::bf16: return known && operand != 'c' ? size / 64 : 0;
  case MatrixElement::s8:
  case MatrixElement::u8: return known && operand != 'c' ? size / 128 : 0;
  case MatrixElement::tf32: return square && k == 8 && operand != 'c' ? 4 : 0;
  case MatrixElement::f64: return m == 8 && n == 8 && k == 4 ? (operand == 'c' ? 2 : 1) : 0;
  case MatrixElement::f32: return (known || (square && k == 8)) && operand == 'c' ? 8 : 0;
  case MatrixElement::s4:
  case MatrixElement::u4: return m == 8 && n == 8 && k == 32 && operand != 'c' ? 1 : 0;
  case MatrixElement::b1: return m == 8 && n == 8 && k == 128 && operand != 'c' ? 1 : 0;
  case MatrixElement::s32:
    if (m == 8 && n == 8 && (k == 32 || k == 128) && operand == 'c') return 2;
    return known && operand == 'c' ? 8 : 0;
  default: return 0;
  }
}

Fragment fragmentOf(Builder &b, char operand, MatrixElement e, const std::array<int, 3> &mnk) {
  auto [m, n, k] = mnk;
  int registers = registersOf(operand, e, m, n, k);
  if (registers == 0)
    b.unsupported("wmma of shape m" + std::to_string(m) + "n" + std::to_string(n) + "k" + std::to_string(k) +
                  " with '." + std::string(to_string(e)) + "'");
  Fragment f{e, operand == 'b' ? k : m, operand == 'a' ? k : n, registers};
  if (f.isSmall() && operand == 'b') std::swap(f.rows, f.columns);
  return f;
}

void takeSlots(Builder &b, const ast::Operand &operand, const Fragment &f, bool written, std::vector<Slot> &slots) {
  auto list = Builder::elements(operand);
  if (static_cast<int>(list.size()) != f.registers)
    b.fail("a fragment of '" + b.fullName() + "' has " + std::to_string(list.size()) + " registers, not " +
               std::to_string(f.registers),
           "list them all");
  Type t = f.element == MatrixElement::f64 ? Type::F64 : f.element == MatrixElement::f32 ? Type::F32 : Type::B32;
  for (const ast::Operand *o : list) slots.push_back(written ? b.destination(*o, t) : b.source(*o, t));
}

void decodeMove(Builder &b, bool stores, const std::array<int, 3> &mnk, const std::vector<MatrixElement> &elements,
                char operand) {
  int layout = b.choice({"row", "col"});
  if (layout < 0 || elements.size() != 1)
    b.fail("'" + b.fullName() + "' needs a layout and one type", "write .row or .col");
  WmmaForm form;
  form.d = fragmentOf(b, operand == 'd' ? 'c' : operand, elements[0], mnk);
  if (form.d.isSmall() && (layout == 0) != (operand == 'a'))
    b.unsupported("wmma of '." + std::string(to_string(elements[0])) + "' with this layout", "load a .row and b .col");
  form.rowMajor = layout == 0 || form.d.isSmall();
  b.out.memory.space = takeSpace(b);
  if (b.out.memory.space != Space::Shared && b.out.memory.space != Space::Global &&
      b.out.memory.space != Space::Generic)
    b.unsupported("wmma in this state space");
  b.expectOperands(2, 3);
  std::vector<Slot> slots;
  takeSlots(b, b.operand(stores ? 1 : 0), form.d, !stores, slots);
  b.extras(slots);
  b.address(b.operand(stores ? 0 : 1), b.out.memory.space, b.out.a);
  if (b.operandCount() == 3) b.out.b = b.source(2, Type::U32);
  b.out.memory.bytes = static_cast<uint8_t>(form.d.isSmall() ? 4 : form.d.bits() / 8);
  b.out.option[0] = stores;
  b.out.target = forms().intern(form);
  b.out.flow = Flow::Heavy;
  b.out.handler = &move;
}

void decodeMultiply(Builder &b, const std::array<int, 3> &mnk, std::vector<MatrixElement> e) {
  for (int i = 0; i < 2; ++i)
    if (b.choice({"row", "col"}) < 0) b.fail("wmma.mma needs two layouts", "add .row.col");
  b.accept({"rn", "rz", "rm", "rp"});
  if (e.size() == 2) e = {e[0], MatrixElement::f16, MatrixElement::f16, e[1]};
  if (e.size() != 4) b.fail("'" + b.fullName() + "' needs two or four types", "write .d.c or .d.a.b.c types");
  WmmaForm form;
  int operation = b.choice({"and", "xor"});
  if (operation >= 0)
    form.bitOperation = operation == 0 ? emulator::BitOperation::and_popc : emulator::BitOperation::xor_popc;
  bool bit = e[1] == MatrixElement::b1;
  if (b.flag("popc") != bit || (operation >= 0) != bit)
    b.unsupported("this bit operation of wmma.mma", "write .and.popc or .xor.popc for .b1");
  bool isWhole = emulator::element_bits(e[1]) <= 8;
  MatrixElement sum = isWhole                      ? MatrixElement::s32
                      : e[1] == MatrixElement::f64 ? MatrixElement::f64
                                                   : MatrixElement::f32;
  auto fits = [&](MatrixElement x) { return x == sum || (x == MatrixElement::f16 && e[1] == MatrixElement::f16); };
  if (e[1] != e[2] || !fits(e[0]) || !fits(e[3])) b.unsupported("this combination of types of wmma.mma");
  form.d = fragmentOf(b, 'c', e[0], mnk), form.c = fragmentOf(b, 'c', e[3], mnk);
  form.a = fragmentOf(b, 'a', e[1], mnk), form.b = fragmentOf(b, 'b', e[2], mnk);
  form.satfinite = b.flag("satfinite");
  if (form.a.isSmall() && b.fullName().find(".row.col") == std::string::npos)
    b.unsupported("wmma.mma of '." + std::string(to_string(e[1])) + "' with these layouts", "write .row.col");
  b.expectOperands(4);
  std::vector<Slot> slots;
  takeSlots(b, b.operand(0), form.d, true, slots);
  takeSlots(b, b.operand(1), form.a, false, slots);
  takeSlots(b, b.operand(2), form.b, false, slots);
  takeSlots(b, b.operand(3), form.c, false, slots);
  b.extras(slots);
  b.out.target = forms().intern(form);
  b.out.flow = Flow::Heavy;
  b.out.handler = &multiply;
}

void decodeWmma(Builder &b) {
  int what = b.choice({"load", "store", "mma"});
  if (what < 0 || !b.flag("sync") || !b.flag("aligned"))
    b.fail("wmma needs .load, .store or .mma and .sync.aligned", "write wmma.mma.sync.aligned");
  int operand = what == 2 ? -1 : b.choice({"a", "b", "c", "d"});
  std::array<int, 3> mnk{};
  std::optional<std::string> shape = b.takePrefixed("m");
  if (!shape || std::sscanf(shape->c_str(), "%dn%dk%d", &mnk[0], &mnk[1], &mnk[2]) != 3)
    b.fail("wmma has no shape", "add .m16n16k16 or another");
  std::vector<MatrixElement> elements;
  for (const std::string &m : b.statement.modifiers)
    if (auto e = emulator::parse_matrix_element(m)) {
      elements.push_back(*e);
      b.flag(m);
    }
  if (what == 2) return decodeMultiply(b, mnk, std::move(elements));
  if (operand < 0 || (what == 1) != (operand == 3))
    b.fail("wmma.load takes a, b or c, and wmma.store d", "write wmma.load.a or wmma.store.d");
  decodeMove(b, what == 1, mnk, elements, "abcd"[operand]);
}

} // namespace

void registerWmmaOps(OpcodeTable &table) { table["wmma"] = decodeWmma; }

} // namespace tw::emu
