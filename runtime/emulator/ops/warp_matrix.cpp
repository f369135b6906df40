// mma.sync, ldmatrix, stmatrix, movmatrix: decoding, and the way from registers and memory to the pure functions.
#include <cstring>

#include "checks/bank_conflicts.hpp"
#include "ops/form_table.hpp"
#include "ops/matrix_form.hpp"
#include "ops/matrix_mma.hpp"
#include "ops/matrix_move.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

using emulator::LaneWords;
using emulator::MatrixElement;
using emulator::MmaForm;

/// .aligned needs all lanes of the warp (PTX ISA: "all threads in the warp must execute the same instruction").
void requireAllLanes(Warp &w, const Instruction &in, uint32_t mask, const char *section) {
  if (mask == kAllLanes) return;
  w.execution->report(FindingKind::Misuse, "matrix.lanes", in, w, static_cast<uint32_t>(std::countr_zero(mask)),
                      "only some lanes of the warp execute a warp-wide matrix instruction",
                      "let all 32 lanes execute it", section);
  throw LaunchAbort{};
}

LaneWords readWords(Warp &w, Slot slot) {
  LaneWords words;
  for (uint32_t l = 0; l < 32; ++l) words[l] = w.value(slot, l);
  return words;
}
void writeWords(Warp &w, Slot slot, const LaneWords &words) {
  for (uint32_t l = 0; l < 32; ++l) w.setValue(slot, l, words[l]);
}

/// The forms of all mma instructions; Instruction::target is an index.
FormTable<MmaForm> &forms() {
  static FormTable<MmaForm> table;
  return table;
}

// option: registers of d, a, b, c; slots follow in that order.
void mma(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask, "9.7.14.5.14");
  const MmaForm &form = forms()[in.target];
  w.execution->charge(static_cast<uint64_t>(form.m) * form.n * form.k / 64);
  const Slot *slots = w.currentFrame().function->slots.data() + in.extra;
  LaneWords words[4][16];
  const Slot *s = slots;
  for (int operand = 0; operand < 4; ++operand)
    for (int i = 0; i < in.option[operand]; ++i, ++s)
      if (operand > 0) words[operand][i] = readWords(w, *s);
  auto span = [&](int operand) { return std::span<const LaneWords>(words[operand], in.option[operand]); };
  emulator::execute_mma(form, span(1), span(2), span(3), std::span<LaneWords>(words[0], in.option[0]),
                        w.execution->accumulation());
  for (int i = 0; i < in.option[0]; ++i) writeWords(w, slots[i], words[0][i]);
}

MatrixElement takeElement(Builder &b, size_t at) {
  auto element = emulator::parse_matrix_element(b.statement.modifiers[at]);
  if (!element) b.unsupported("matrix element '." + b.statement.modifiers[at] + "'");
  return *element;
}

void decodeMma(Builder &b) {
  if (!b.flag("sync") || !b.flag("aligned")) b.fail("mma needs .sync.aligned", "write mma.sync.aligned");
  std::optional<std::string> shape = b.takePrefixed("m");
  MmaForm form;
  if (!shape || std::sscanf(shape->c_str(), "%dn%dk%d", &form.m, &form.n, &form.k) != 3)
    b.fail("mma has no shape", "add .m16n8k16 or another");
  std::vector<std::string_view> layouts;
  for (const std::string &m : b.statement.modifiers)
    if (m == "row" || m == "col") {
      layouts.push_back(m);
      b.flag(m);
    }
  if (layouts.size() != 2) b.fail("mma needs two layouts", "add .row.col");
  form.a_layout = layouts[0] == "row" ? emulator::MatrixLayout::row : emulator::MatrixLayout::col;
  form.b_layout = layouts[1] == "row" ? emulator::MatrixLayout::row : emulator::MatrixLayout::col;
  form.satfinite = b.flag("satfinite");
  if (b.flag("popc"))
    form.bit_operation =
        b.flag("xor") ? emulator::BitOperation::xor_popc : (b.flag("and"), emulator::BitOperation::and_popc);
  std::vector<MatrixElement> elements;
  for (size_t i = 0; i < b.statement.modifiers.size(); ++i)
    if (emulator::parse_matrix_element(b.statement.modifiers[i])) {
      elements.push_back(takeElement(b, i));
      b.flag(b.statement.modifiers[i]);
    }
  if (elements.size() != 4) b.fail("mma needs four element types", "write .d.a.b.c types");
  form.d = elements[0], form.a = elements[1], form.b = elements[2], form.c = elements[3];
  if (auto refusal = emulator::mma_refusal(form, b.targetNumber())) b.unsupported(*refusal);
  b.expectOperands(4);
  std::vector<Slot> slots;
  static constexpr emulator::MmaOperand kOperands[] = {emulator::MmaOperand::d, emulator::MmaOperand::a,
                                                       emulator::MmaOperand::b, emulator::MmaOperand::c};
  const MatrixElement kinds[] = {form.d, form.a, form.b, form.c};
  for (int operand = 0; operand < 4; ++operand) {
    int count = emulator::fragment_registers(form, kOperands[operand]);
    auto list = Builder::elements(b.operand(static_cast<size_t>(operand)));
    if (static_cast<int>(list.size()) != count)
      b.fail("operand " + std::to_string(operand) + " of '" + b.fullName() + "' has " + std::to_string(list.size()) +
                 " registers, not " + std::to_string(count),
             "list them all");
    MatrixElement e = kinds[operand];
    Type t = e == MatrixElement::f64 ? Type::F64 : e == MatrixElement::f32 ? Type::F32 : Type::B32;
    for (const ast::Operand *o : list) slots.push_back(operand == 0 ? b.destination(*o, t) : b.source(*o, t));
    b.out.option[operand] = static_cast<uint8_t>(count);
  }
  b.extras(slots);
  b.out.target = forms().intern(form);
  b.out.flow = Flow::Heavy;
  b.out.handler = &mma;
}

/// Checks the rows of ldmatrix or stmatrix and gives their host addresses; false when any is bad.
bool resolveRows(Warp &w, const Instruction &in, int matrices, std::array<uint64_t, 32> &rows, ResolvedAccess &access,
                 AccessType type) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, kAllLanes, addresses);
  uint32_t used = matrices == 4 ? kAllLanes : (1u << (8 * matrices)) - 1;
  access = resolveAccess(w, in, used, addresses, 16, type);
  for (uint32_t l = 0; l < 32; ++l) rows[l] = addresses[l];
  if (in.memory.space == Space::Generic)
    for (uint64_t &row : rows) row -= address::kShared;
  return access.lanes == used;
}

void tellRaces(Warp &w, const Instruction &in, int matrices, const std::array<uint64_t, 32> &rows) {
  LaunchStats &stats = w.execution->result.stats;
  if (w.execution->config.checks.bank_conflicts) {
    ++stats.ldmatrix;
    stats.ldmatrix_conflicts += emulator::count_matrix_wavefronts(rows, static_cast<uint32_t>(matrices)).conflicts();
  }
  if (!w.execution->races) return;
  for (int r = 0; r < 8 * matrices; ++r)
    w.execution->races->collective_access({w.globalIndex}, {in.place}, {w.cta->index}, rows[static_cast<size_t>(r)],
                                          16);
}

// option[0]: matrices; option[1]: transposed.
void ldmatrix(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask, "9.7.14.5.15");
  int matrices = in.option[0];
  std::array<uint64_t, 32> rows;
  ResolvedAccess access;
  if (!resolveRows(w, in, matrices, rows, access, AccessType::CollectiveLoad)) return;
  tellRaces(w, in, matrices, rows);
  LaneWords result[4];
  const uint8_t *shared = w.cta->shared.data();
  emulator::execute_ldmatrix(
      matrices, in.option[1], rows,
      [&](uint64_t at) {
        emulator::MatrixRow row;
        std::memcpy(row.data(), shared + at, 16);
        return row;
      },
      std::span<LaneWords>(result, static_cast<size_t>(matrices)));
  const Slot *d = w.currentFrame().function->slots.data() + in.extra;
  for (int i = 0; i < matrices; ++i) writeWords(w, d[i], result[i]);
}

void stmatrix(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask, "9.7.14.5.16");
  int matrices = in.option[0];
  std::array<uint64_t, 32> rows;
  ResolvedAccess access;
  if (!resolveRows(w, in, matrices, rows, access, AccessType::CollectiveStore)) return;
  tellRaces(w, in, matrices, rows);
  LaneWords source[4];
  const Slot *s = w.currentFrame().function->slots.data() + in.extra;
  for (int i = 0; i < matrices; ++i) source[i] = readWords(w, s[i]);
  uint8_t *shared = w.cta->shared.data();
  emulator::execute_stmatrix(
      matrices, in.option[1], rows, std::span<const LaneWords>(source, static_cast<size_t>(matrices)),
      [&](uint64_t at, const emulator::MatrixRow &row) { std::memcpy(shared + at, row.data(), 16); });
}

void movmatrix(Warp &w, const Instruction &in, uint32_t mask) {
  requireAllLanes(w, in, mask, "9.7.14.5.17");
  writeWords(w, in.d, emulator::execute_movmatrix(readWords(w, in.a)));
}

void decodeMatrixMove(Builder &b) {
  const std::string &name = b.statement.name;
  if (!b.flag("sync") || !b.flag("aligned")) b.fail(name + " needs .sync.aligned", "write " + name + ".sync.aligned");
  std::optional<std::string> shape = b.takePrefixed("m");
  if (!shape) b.fail(name + " has no shape", "add .m8n8");
  bool trans = b.flag("trans");
  int count = b.choice({"x1", "x2", "x4"});
  bool moves = name == "movmatrix";
  b.out.memory.space = moves ? Space::Shared : takeSpace(b);
  if (b.out.memory.space != Space::Shared && b.out.memory.space != Space::Generic)
    b.unsupported(name + " outside shared memory");
  std::string type = b.statement.modifiers.back();
  if (auto refusal = emulator::matrix_move_refusal(name, "m" + *shape, type, b.targetNumber())) b.unsupported(*refusal);
  b.flag(type);
  b.expectOperands(2);
  if (moves) {
    b.out.d = b.destination(0, Type::B32);
    b.out.a = b.source(1, Type::B32);
    b.out.handler = &movmatrix;
    return;
  }
  if (count < 0) b.fail(name + " has no count", "add .x1, .x2 or .x4");
  int matrices = 1 << count;
  bool loads = name == "ldmatrix";
  b.out.option[0] = static_cast<uint8_t>(matrices);
  b.out.option[1] = trans;
  b.out.memory.bytes = 16;
  auto list = Builder::elements(b.operand(loads ? 0 : 1));
  if (static_cast<int>(list.size()) != matrices)
    b.fail("'" + b.fullName() + "' needs " + std::to_string(matrices) + " registers", "list them all");
  std::vector<Slot> slots;
  for (const ast::Operand *o : list) slots.push_back(loads ? b.destination(*o, Type::B32) : b.source(*o, Type::B32));
  b.extras(slots);
  b.address(b.operand(loads ? 1 : 0), b.out.memory.space, b.out.a);
  b.out.handler = loads ? &ldmatrix : &stmatrix;
}

} // namespace

void registerMatrixOps(OpcodeTable &table) {
  table["mma"] = decodeMma;
  table["ldmatrix"] = table["stmatrix"] = table["movmatrix"] = decodeMatrixMove;
}

} // namespace tw::emu
