// bra, brx.idx, call, ret, exit, trap, brkpt, nanosleep and other control (PTX ISA sections 9.7.12 and 9.7.19).
#include <algorithm>

#include <fmt/format.h>

#include "machine/decoder.hpp"
#include "machine/execution.hpp"
#include "ops/builtins.hpp"
#include "ops/lanes.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

void decodeBranch(Builder &b) {
  b.accept({"uni"});
  b.expectOperands(1);
  b.out.flow = Flow::Branch;
  b.out.target = b.label(b.operand(0));
}

void decodeBranchIndexed(Builder &b) {
  if (!b.flag("idx")) b.unsupported("brx without .idx");
  b.accept({"uni"});
  b.expectOperands(2);
  b.out.flow = Flow::BranchIndexed;
  b.out.a = b.source(0, Type::U32);
  b.out.target = b.branchTable(b.operand(1));
}

std::vector<Placement> placements(Builder &b, const ast::Operand &list) {
  std::vector<Placement> result;
  for (const ast::Operand &o : list.elements) result.push_back(b.function().paramPlacement(b, o));
  return result;
}

void decodeCall(Builder &b) {
  b.accept({"uni"});
  CallSite site;
  size_t at = 0;
  if (b.operandCount() > 0 && b.operand(0).kind == ast::Operand::Kind::List)
    site.results = placements(b, b.operand(at++));
  if (at >= b.operandCount()) b.fail("call names no function", "write call (result), function, (arguments)");
  const ast::Operand &callee = b.operand(at++);
  if (at < b.operandCount() && b.operand(at).kind == ast::Operand::Kind::List)
    site.arguments = placements(b, b.operand(at++));
  Symbol *symbol = b.find(callee.text);
  if (symbol && symbol->kind == Symbol::Kind::Register) {
    b.out.a = b.source(callee, Type::U64);
  } else if (!symbol || symbol->kind != Symbol::Kind::Function) {
    b.fail(fmt::format("'{}' is not a function", callee.text), "declare it with .func first");
  } else if (auto builtin = builtinNumber(callee.text); builtin && !b.isDefined(callee.text)) {
    site.builtin = *builtin;
    if (site.arguments.size() < (*builtin == 0 ? 2u : 4u))
      b.fail(fmt::format("'{}' has too few arguments", callee.text), "pass them all");
  } else {
    if (!b.isDefined(callee.text))
      b.unsupported(fmt::format("call of the external function '{}'", callee.text), "link its module first");
    site.callee = static_cast<int32_t>(symbol->offset);
  }
  b.out.flow = Flow::Call;
  b.out.target = static_cast<uint32_t>(b.function().program.calls.size());
  b.function().program.calls.push_back(std::move(site));
}

void decodeReturn(Builder &b) {
  b.accept({"uni"});
  b.expectOperands(0);
  b.out.flow = Flow::Return;
}

void decodeExit(Builder &b) {
  b.expectOperands(0);
  b.out.flow = Flow::Exit;
}

void decodeTrap(Builder &b) {
  b.expectOperands(0);
  b.out.flow = Flow::Trap;
  b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) {
    w.execution->report(FindingKind::Misuse, "trap", in, w, static_cast<uint32_t>(std::countr_zero(mask)),
                        "the kernel executed trap", "", "9.7.19.4");
  };
}

void nothing(Warp &, const Instruction &, uint32_t) {}

void decodeBreakpoint(Builder &b) {
  b.expectOperands(0);
  b.out.handler = &nothing;
}

/// PTX ISA 9.7.19.3.
constexpr uint64_t kLongestSleep = 1'000'000;

void decodeNanosleep(Builder &b) {
  Type t = b.type();
  if (t != Type::U32) b.unsupported("type '." + std::string(typeName(t)) + "'");
  b.expectOperands(1);
  b.out.a = b.source(0, t);
  b.out.flow = Flow::Yield;
  b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) {
    // Each thread sleeps between nothing and twice its time, and at most a millisecond: one time for all that fits.
    uint64_t least = kLongestSleep, most = 0;
    forLanes(mask, [&](uint32_t l) {
      uint64_t t = std::min<uint64_t>(w.value(in.a, l), kLongestSleep);
      least = std::min(least, t), most = std::max(most, t);
    });
    w.sleepFor(std::min(most, 2 * least));
  };
}

/// griddepcontrol: launch_dependents changes nothing here, since grids run one after the other.
void decodeGridDependence(Builder &b) {
  if (b.targetNumber() < 90) b.unsupported("griddepcontrol below sm_90");
  int what = b.choice({"wait", "launch_dependents"});
  if (what < 0) b.fail("griddepcontrol has no action", "add .wait or .launch_dependents");
  b.expectOperands(0);
  b.out.handler = &nothing;
  if (what == 0)
    b.out.handler = [](Warp &w, const Instruction &, uint32_t mask) {
      if (w.execution->dependence) w.execution->dependence->wait(w, mask);
    };
}

void decodePmevent(Builder &b) {
  b.accept({"mask"});
  b.out.handler = &nothing;
}

} // namespace

void registerControlOps(OpcodeTable &table) {
  table["bra"] = decodeBranch;
  table["brx"] = decodeBranchIndexed;
  table["call"] = decodeCall;
  table["ret"] = decodeReturn;
  table["exit"] = decodeExit;
  table["trap"] = decodeTrap;
  table["brkpt"] = decodeBreakpoint;
  table["nanosleep"] = decodeNanosleep;
  table["pmevent"] = decodePmevent;
  table["griddepcontrol"] = decodeGridDependence;
}

} // namespace tw::emu
