// What an observer of a launch sees.
#include "tilewright/emulator/observer.hpp"

#include <algorithm>

#include "machine/assignment.hpp"
#include "machine/execution.hpp"

namespace tw::emu {

Moment::Moment(Warp &warp, const Instruction &instruction, uint32_t lanes)
    : who(warp), instruction(instruction), executing(lanes) {}

const Extent &Moment::block() const { return who.cta->position; }
uint32_t Moment::warp() const { return who.index; }
uint32_t Moment::live() const { return who.live; }
int Moment::ptx_line() const { return static_cast<int>(instruction.line); }
std::string_view Moment::opcode() const { return who.execution->program.opcodes[instruction.opcode]; }

std::vector<RegisterValues> Moment::registers() const {
  std::vector<RegisterValues> list;
  for (const NamedRegister &named : who.currentFrame().function->registers) {
    RegisterValues values{named.name, std::string(typeName(named.type)), {}};
    bool written = false;
    for (uint32_t lane = 0; lane < 32; ++lane) {
      uint64_t value =
          named.slot.kind == Slot::Predicate ? who.predicate(named.slot) >> lane & 1 : who.value(named.slot, lane);
      values.lanes[lane] = value;
      written |= static_cast<uint32_t>(value) != kUnwritten;
    }
    if (named.slot.kind == Slot::Predicate) written = who.predicate(named.slot) != kUnwritten;
    if (written) list.push_back(std::move(values));
  }
  return list;
}

std::vector<SharedBuffer> Moment::shared() const {
  std::vector<SharedBuffer> list;
  const Cta &cta = *who.cta;
  const Program &program = who.execution->program;
  auto add = [&](std::string name, uint64_t first, uint64_t bytes) {
    if (bytes == 0) return;
    SharedBuffer buffer{std::move(name), std::span(cta.shared).subspan(first, bytes), {}};
    for (uint64_t i = 0; i < bytes; ++i)
      buffer.written.push_back(!cta.sharedShadow.first_uninitialised(first + i, 1).has_value());
    list.push_back(std::move(buffer));
  };
  for (const auto &[place, owner] : program.sharedVariables)
    if (owner.empty() || owner == who.execution->entry.name) add(place.name, place.offset, place.bytes);
  uint64_t dynamic = who.execution->entry.dynamicShared;
  add("dynamic shared memory", dynamic, who.execution->totalSharedBytes - dynamic);
  return list;
}

} // namespace tw::emu
