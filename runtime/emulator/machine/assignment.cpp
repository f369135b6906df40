// Definite assignment of registers over the blocks of a function, and the check of the instructions it leaves in doubt.
#include "machine/assignment.hpp"

#include <bit>
#include <unordered_set>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {
namespace {

/// Opcodes whose results are d and, for vectors, the further operands; all else of them is only read.
bool writesOnlyResults(std::string_view opcode) {
  static const std::unordered_set<std::string_view> known = {
      "abs", "add",  "addc", "and", "atom", "bfe",  "bfi",   "brev", "clz",  "cnot", "copysign", "cos", "cvt", "cvta",
      "div", "dp4a", "ex2",  "fma", "ld",   "lg2",  "lop3",  "mad",  "max",  "min",  "mov",      "mul", "neg", "not",
      "or",  "popc", "prmt", "rcp", "red",  "rem",  "rsqrt", "sad",  "selp", "set",  "setp",     "shf", "shl", "shr",
      "sin", "slct", "sqrt", "st",  "sub",  "subc", "tanh",  "xor",  "bra",  "ret",  "exit",     "bar", "shfl"};
  return known.count(opcode.substr(0, opcode.find('.'))) != 0;
}

using Bits = std::vector<uint64_t>;

class Assignment {
public:
  Assignment(Program &program, Function &function) : program(program), function(function) {}

  void run() {
    if (function.code.empty()) return;
    findBlocks();
    numberRegisters();
    Bits start(words, 0);
    for (auto [special, word] : function.specials) set(start, word);
    before.assign(starts.size(), {});
    before[0] = start;
    std::vector<uint32_t> work{0};
    while (!work.empty()) {
      uint32_t block = work.back();
      work.pop_back();
      Bits state = before[block];
      uint32_t last = end(block) - 1;
      for (uint32_t pc = starts[block]; pc <= last; ++pc) apply(state, pc);
      successors(last, [&](uint32_t pc) {
        if (pc < function.code.size() && meet(blockAt[pc], state)) work.push_back(blockAt[pc]);
      });
    }
    for (uint32_t block = 0; block < starts.size(); ++block) {
      if (before[block].empty()) continue; // not reached
      Bits state = before[block];
      for (uint32_t pc = starts[block]; pc < end(block); ++pc) {
        inspect(state, function.code[pc]);
        apply(state, pc);
      }
    }
  }

private:
  void findBlocks() {
    std::vector<bool> leads(function.code.size(), false);
    leads[0] = true;
    for (uint32_t pc = 0; pc < function.code.size(); ++pc) {
      Flow flow = function.code[pc].flow;
      if (flow == Flow::Plain || flow == Flow::Heavy || flow == Flow::Barrier || flow == Flow::Collective) continue;
      if (pc + 1 < leads.size()) leads[pc + 1] = true;
      successors(pc, [&](uint32_t target) {
        if (target < leads.size()) leads[target] = true;
      });
    }
    blockAt.resize(leads.size());
    for (uint32_t pc = 0; pc < leads.size(); ++pc) {
      if (leads[pc]) starts.push_back(pc);
      blockAt[pc] = static_cast<uint32_t>(starts.size() - 1);
    }
  }

  uint32_t end(uint32_t block) const {
    return block + 1 < starts.size() ? starts[block + 1] : static_cast<uint32_t>(function.code.size());
  }

  template <class F> void successors(uint32_t pc, F f) {
    const Instruction &in = function.code[pc];
    bool always = !in.guard;
    if (in.flow == Flow::Branch)
      f(in.target);
    else if (in.flow == Flow::BranchIndexed)
      for (uint32_t target : function.branchTables[in.target]) f(target);
    else if (in.flow != Flow::Return && in.flow != Flow::Exit && in.flow != Flow::Trap)
      always = false;
    if (!always) f(pc + 1);
  }

  static bool isRegister(Slot slot) { return slot && !slot.constant; }
  void set(Bits &state, uint32_t word) const { state[numbers[word] / 64] |= uint64_t{1} << numbers[word] % 64; }
  void clear(Bits &state, uint32_t word) const { state[numbers[word] / 64] &= ~(uint64_t{1} << numbers[word] % 64); }
  bool has(const Bits &state, Slot slot) const { return state[numbers[slot.word] / 64] >> numbers[slot.word] % 64 & 1; }

  /// Registers in use get consecutive numbers; number 0 is shared by those that nothing names.
  void numberRegisters() {
    numbers.assign(function.registerWords + 1, 0);
    uint32_t next = 1;
    auto number = [&](Slot slot) {
      if (isRegister(slot) && numbers[slot.word] == 0) numbers[slot.word] = next++;
    };
    for (const Instruction &in : function.code)
      for (Slot slot : {in.d, in.a, in.b, in.c, in.e, in.guard}) number(slot);
    for (Slot slot : function.slots) number(slot);
    words = (next + 63) / 64;
  }

  void apply(Bits &state, uint32_t pc) {
    const Instruction &in = function.code[pc];
    const std::string &name = program.opcodes[in.opcode];
    bool narrow = writesOnlyResults(name), store = name.starts_with("st.") || name.starts_with("red.");
    // A guarded write may not happen. A move carries over what is known of its source.
    if (narrow && in.guard) return;
    auto assign = [&](Slot slot) {
      if (isRegister(slot)) set(state, slot.word);
    };
    if (narrow && name.starts_with("mov") && isRegister(in.a) && isRegister(in.d) && in.extraCount == 0 &&
        in.a.kind == in.d.kind) {
      if (has(state, in.a))
        assign(in.d);
      else
        clear(state, in.d.word);
      return;
    }
    assign(in.d);
    if (!(narrow && store))
      for (uint32_t i = 0; i < in.extraCount; ++i) assign(function.slots[in.extra + i]);
    if (!narrow)
      for (Slot slot : {in.a, in.b, in.c, in.e}) assign(slot);
  }

  bool meet(uint32_t block, const Bits &state) {
    Bits &known = before[block];
    if (known.empty()) {
      known = state;
      return true;
    }
    bool changed = false;
    for (size_t i = 0; i < words; ++i) {
      uint64_t both = known[i] & state[i];
      changed |= both != known[i];
      known[i] = both;
    }
    return changed;
  }

  void inspect(const Bits &state, Instruction &in) {
    auto doubtful = [&](Slot slot) { return isRegister(slot) && !has(state, slot); };
    Program::DoubtfulUse use;
    const std::string &name = program.opcodes[in.opcode];
    bool memory = in.memory.bytes != 0 && (name.starts_with("ld") || name.starts_with("st") ||
                                           name.starts_with("atom") || name.starts_with("red."));
    if (memory && doubtful(in.a)) use.slots.push_back({in.a, Program::Role::Address});
    bool outward =
        in.memory.space == Space::Generic || in.memory.space == Space::Global || in.memory.space == Space::Shared;
    if (memory && outward && !name.starts_with("ld")) {
      if (doubtful(in.b)) use.slots.push_back({in.b, Program::Role::Value});
      if (name.starts_with("st"))
        for (uint32_t i = 0; i < in.extraCount; ++i)
          if (Slot slot = function.slots[in.extra + i]; doubtful(slot))
            use.slots.push_back({slot, Program::Role::Value});
    }
    if ((memory || in.flow == Flow::Branch) && doubtful(in.guard))
      use.slots.push_back({in.guard, Program::Role::Guard});
    if (use.slots.empty() || (in.flow != Flow::Plain && in.flow != Flow::Heavy && in.flow != Flow::Branch)) return;
    use.handler = in.handler;
    in.handler = &check;
    if (in.flow == Flow::Branch) in.flow = Flow::CheckedBranch;
    program.doubtful.emplace(in.place, std::move(use));
  }

  /// Reports the lanes whose register still holds what it held at the start, then runs the instruction.
  static void check(Warp &w, const Instruction &in, uint32_t mask) {
    const Program::DoubtfulUse &use = w.execution->program.doubtful.at(in.place);
    for (auto [slot, role] : use.slots) {
      uint32_t untouched = 0;
      if (slot.kind == Slot::Predicate)
        untouched = w.predicate(slot) == kUnwritten ? mask : 0;
      else
        for (uint32_t m = mask; m; m &= m - 1) {
          uint32_t lane = static_cast<uint32_t>(std::countr_zero(m));
          uint64_t poison = slot.kind == Slot::Lane64 ? uint64_t{kUnwritten} << 32 | kUnwritten : kUnwritten;
          if (w.value(slot, lane) == poison) untouched |= 1u << lane;
        }
      if (!untouched || !w.execution->config.checks.uninitialised) continue;
      static constexpr const char *kWhat[] = {"the address", "the stored value", "the guard"};
      w.execution->report(
          FindingKind::Uninitialised, "uninit.register", in, w, static_cast<uint32_t>(std::countr_zero(untouched)),
          fmt::format("{} of this instruction is a register that nobody wrote", kWhat[static_cast<int>(role)]),
          "give the register a value on every path that leads here", "5.3");
    }
    if (use.handler) use.handler(w, in, mask);
  }

  Program &program;
  Function &function;
  std::vector<uint32_t> starts, blockAt, numbers;
  std::vector<Bits> before;
  size_t words = 0;
};

} // namespace

void checkAssignments(Program &program, Function &function) { Assignment(program, function).run(); }

} // namespace tw::emu
