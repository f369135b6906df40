// wgmma: decoding and the way to the warpgroup's records (PTX ISA section 9.7.15).
#include <algorithm>

#include <fmt/format.h>

#include "machine/decoder.hpp"
#include "machine/execution.hpp"
#include "ops/opcodes.hpp"
#include "ops/wgmma_form.hpp"

namespace tw::emu {
namespace {

using emulator::MatrixElement;
using emulator::WgmmaForm;

/// .sync.aligned: all threads of the warp execute the same instruction.
void requireWarp(Warp &w, const Instruction &in, uint32_t mask) {
  if (mask == kAllLanes) return;
  w.execution->report(FindingKind::Misuse, "wgmma.lanes", in, w, static_cast<uint32_t>(std::countr_zero(mask)),
                      fmt::format("only lanes 0x{:08x} of the warp execute a wgmma instruction", mask),
                      "let all threads of the warpgroup execute it", "9.7.15.5.2");
  throw LaunchAbort{};
}

WarpgroupTable &tableOf(Warp &w) {
  if (!w.cta->warpgroups) w.cta->warpgroups = std::make_unique<WarpgroupTable>(*w.execution, *w.cta);
  return *w.cta->warpgroups;
}

uint64_t uniform(Warp &w, const Instruction &in, Slot slot, const char *what) {
  uint64_t first = w.value(slot, 0);
  for (uint32_t l = 1; l < 32; ++l) {
    uint64_t value = w.value(slot, l);
    if (value == first) continue;
    w.execution->report(FindingKind::Misuse, "wgmma.warpgroup", in, w, l,
                        fmt::format("{} of wgmma is 0x{:x} in lane 0 and 0x{:x} in lane {}", what, first, value, l),
                        "compute it from values that are equal in all 128 threads", "9.7.15.5.2");
    throw LaunchAbort{};
  }
  return first;
}

// a, b: descriptors (a empty with A in registers); c: scale-d, option[1] negated; option[0]: registers of A, which
// follow the accumulators in extras; target: index of the form; e: sparsity metadata.
void multiply(Warp &w, const Instruction &in, uint32_t mask) {
  requireWarp(w, in, mask);
  const Slot *slots = w.currentFrame().function->slots.data() + in.extra;
  WgmmaIssue issue;
  issue.instruction = &in;
  issue.form = &w.execution->program.wgmmaForms[in.target];
  // One of the four warps charges for all.
  if (w.index % 4 == 0) w.execution->charge(static_cast<uint64_t>(issue.form->n) * issue.form->k);
  issue.accumulators = slots;
  issue.accumulatorCount = in.extraCount - in.option[0];
  if (in.option[0])
    issue.operands = slots + issue.accumulatorCount;
  else
    issue.a = uniform(w, in, in.a, "the descriptor of A");
  issue.b = uniform(w, in, in.b, "the descriptor of B");
  if (issue.form->sparse) issue.metadata = in.e;
  uint32_t scale = w.predicate(in.c) ^ (in.option[1] ? kAllLanes : 0);
  if (scale != 0 && scale != kAllLanes) {
    w.execution->report(FindingKind::Misuse, "wgmma.warpgroup", in, w, 0,
                        fmt::format("scale-d of wgmma is true in lanes 0x{:08x} only", scale),
                        "compute it from values that are equal in all 128 threads", "9.7.15.5.2");
    throw LaunchAbort{};
  }
  issue.scaleD = scale != 0;
  tableOf(w).issue(w, issue);
}

void fence(Warp &w, const Instruction &in, uint32_t mask) {
  requireWarp(w, in, mask);
  tableOf(w).fence(w);
}

void commit(Warp &w, const Instruction &in, uint32_t mask) {
  requireWarp(w, in, mask);
  tableOf(w).commit(w);
}

void wait(Warp &w, const Instruction &in, uint32_t mask) {
  requireWarp(w, in, mask);
  tableOf(w).wait(w, static_cast<uint32_t>(in.immediate));
}

std::vector<MatrixElement> takeElements(Builder &b) {
  std::vector<MatrixElement> elements;
  for (const std::string &m : b.statement.modifiers)
    if (auto element = emulator::parse_matrix_element(m)) {
      elements.push_back(*element);
      b.flag(m);
    }
  if (elements.size() != 3) b.fail("wgmma needs three element types", "write .d.a.b types");
  return elements;
}

/// imm-scale: 1 or -1; imm-trans: 0 or 1.
bool flagOperand(Builder &b, size_t at, const char *what, int64_t off, int64_t on) {
  int64_t value = b.immediate(at, what);
  if (value != off && value != on)
    b.fail(fmt::format("{} of wgmma is {}", what, value), fmt::format("write {} or {}", off, on));
  return value == on;
}

void decodeMultiply(Builder &b, bool sparse) {
  WgmmaForm form;
  std::optional<std::string> shape = b.takePrefixed("m64n");
  if (!shape || std::sscanf(shape->c_str(), "%dk%d", &form.n, &form.k) != 2)
    b.fail("wgmma has no shape", "add .m64n128k16 or another");
  form.sparse = sparse;
  form.satfinite = b.flag("satfinite");
  if (b.flag("popc"))
    form.bit_operation = b.flag("and") ? emulator::BitOperation::and_popc : emulator::BitOperation::xor_popc;
  std::vector<MatrixElement> elements = takeElements(b);
  form.d = elements[0], form.a = elements[1], form.b = elements[2];
  bool integer = form.d == MatrixElement::s32;
  bool half = form.a == MatrixElement::f16 || form.a == MatrixElement::bf16;
  b.expectOperands(3, 10);
  form.a_in_registers = b.operand(1).kind == ast::Operand::Kind::Vector;
  size_t fixed = sparse ? 5 : 3, trans = half ? form.a_in_registers ? 1 : 2 : 0;
  b.expectOperands(fixed + 1 + (integer ? 0 : 2 + trans));
  if (!integer) {
    form.negate_a = flagOperand(b, fixed + 1, "imm-scale-a", 1, -1);
    form.negate_b = flagOperand(b, fixed + 2, "imm-scale-b", 1, -1);
    if (trans == 2) form.a_mn_major = flagOperand(b, fixed + 3, "imm-trans-a", 0, 1);
    if (trans != 0) form.b_mn_major = flagOperand(b, fixed + 2 + trans, "imm-trans-b", 0, 1);
  }
  if (sparse) form.selector = static_cast<int>(std::clamp<int64_t>(b.immediate(4, "the sparsity selector"), -1, 99));
  if (auto refusal = emulator::wgmma_refusal(form)) b.unsupported(*refusal);

  auto list = Builder::elements(b.operand(0));
  int count = emulator::wgmma_accumulator_registers(form);
  if (static_cast<int>(list.size()) != count)
    b.fail(fmt::format("the accumulator of '{}' has {} registers, not {}", b.fullName(), list.size(), count),
           "list them all");
  Type type = form.d == MatrixElement::f32 ? Type::F32 : Type::B32;
  std::vector<Slot> slots;
  for (const ast::Operand *o : list) slots.push_back(b.destination(*o, type));
  if (form.a_in_registers) {
    auto registers = Builder::elements(b.operand(1));
    if (registers.size() != emulator::kWgmmaARegisters)
      b.fail(fmt::format("operand A of '{}' has {} registers, not 4", b.fullName(), registers.size()), "list them all");
    for (const ast::Operand *o : registers) slots.push_back(b.source(*o, Type::B32));
    b.out.option[0] = emulator::kWgmmaARegisters;
  } else {
    b.out.a = b.source(1, Type::B64);
  }
  b.extras(slots);
  b.out.b = b.source(2, Type::B64);
  if (sparse) b.out.e = b.source(3, Type::B32);
  bool negated = false;
  b.out.c = b.predicateSource(b.operand(fixed), negated);
  b.out.option[1] = negated;
  auto &forms = b.function().program.wgmmaForms;
  b.out.target = static_cast<uint32_t>(forms.size());
  forms.push_back(form);
  b.out.flow = Flow::Heavy;
  b.out.handler = &multiply;
}

void decodeWgmma(Builder &b) {
  const std::string &target = b.function().program.target;
  if (target != "sm_90a") b.unsupported(fmt::format("wgmma under .target {}", target), "compile for sm_90a");
  int what = b.choice({"mma_async", "fence", "commit_group", "wait_group"});
  if (what < 0) b.unsupported("this form of wgmma");
  bool sparse = b.flag("sp");
  if (!b.flag("sync") || !b.flag("aligned")) b.fail("wgmma needs .sync.aligned", "add .sync.aligned");
  if (what == 0) return decodeMultiply(b, sparse);
  b.expectOperands(what == 3 ? 1 : 0);
  if (what == 3) {
    b.out.immediate = b.immediate(0, "the number of groups");
    if (b.out.immediate < 0) b.fail("wgmma.wait_group of a negative number", "write 0 or more");
    b.out.flow = Flow::Blocking;
  }
  b.out.handler = what == 1 ? &fence : what == 2 ? &commit : &wait;
}

} // namespace

bool isWgmma(const Instruction &in) { return in.handler == &multiply; }
bool isWgmmaFence(const Instruction &in) { return in.handler == &fence; }

void registerWgmmaOps(OpcodeTable &table) { table["wgmma"] = decodeWgmma; }

} // namespace tw::emu
