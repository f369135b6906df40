// Modifiers and operands of one instruction.
#include "machine/builder.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "machine/address_map.hpp"
#include "machine/decoder.hpp"

namespace tw::emu {
namespace {

using ast::Operand;

const std::unordered_map<std::string_view, Special> &specialNames() {
  static const std::unordered_map<std::string_view, Special> names = {
      {"%tid.x", Special::TidX},
      {"%tid.y", Special::TidY},
      {"%tid.z", Special::TidZ},
      {"%ntid.x", Special::NtidX},
      {"%ntid.y", Special::NtidY},
      {"%ntid.z", Special::NtidZ},
      {"%ctaid.x", Special::CtaidX},
      {"%ctaid.y", Special::CtaidY},
      {"%ctaid.z", Special::CtaidZ},
      {"%nctaid.x", Special::NctaidX},
      {"%nctaid.y", Special::NctaidY},
      {"%nctaid.z", Special::NctaidZ},
      {"%laneid", Special::LaneId},
      {"%warpid", Special::WarpId},
      {"%nwarpid", Special::NWarpId},
      {"%smid", Special::SmId},
      {"%nsmid", Special::NSmId},
      {"%gridid", Special::GridId},
      {"%lanemask_eq", Special::LanemaskEq},
      {"%lanemask_le", Special::LanemaskLe},
      {"%lanemask_lt", Special::LanemaskLt},
      {"%lanemask_ge", Special::LanemaskGe},
      {"%lanemask_gt", Special::LanemaskGt},
      {"%dynamic_smem_size", Special::DynamicSharedSize},
      {"%total_smem_size", Special::TotalSharedSize},
      {"%aggr_smem_size", Special::AggregateSharedSize},
      {"%reserved_smem_offset_begin", Special::ReservedSharedBegin},
      {"%reserved_smem_offset_end", Special::ReservedSharedEnd},
      {"%reserved_smem_offset_cap", Special::ReservedSharedCap},
      {"%clusterid.x", Special::ClusterIdX},
      {"%clusterid.y", Special::ClusterIdY},
      {"%clusterid.z", Special::ClusterIdZ},
      {"%nclusterid.x", Special::NClusterIdX},
      {"%nclusterid.y", Special::NClusterIdY},
      {"%nclusterid.z", Special::NClusterIdZ},
      {"%cluster_ctaid.x", Special::ClusterCtaidX},
      {"%cluster_ctaid.y", Special::ClusterCtaidY},
      {"%cluster_ctaid.z", Special::ClusterCtaidZ},
      {"%cluster_nctaid.x", Special::ClusterNctaidX},
      {"%cluster_nctaid.y", Special::ClusterNctaidY},
      {"%cluster_nctaid.z", Special::ClusterNctaidZ},
      {"%cluster_ctarank", Special::ClusterCtaRank},
      {"%envreg1", Special::GridWorkspaceHigh},
      {"%envreg2", Special::GridWorkspaceLow},
      {"%cluster_nctarank", Special::ClusterNctaRank}};
  return names;
}

uint64_t lowBits(uint64_t value, int bits) { return bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1); }

} // namespace

Builder::Builder(FunctionDecoder &decoder, const ast::Statement &statement, Instruction &instruction)
    : statement(statement), out(instruction), decoder(decoder),
      modifiers(statement.modifiers.begin(), statement.modifiers.end()) {}

bool Builder::flag(std::string_view modifier) {
  auto found = std::find(modifiers.begin(), modifiers.end(), modifier);
  if (found == modifiers.end()) return false;
  modifiers.erase(found);
  return true;
}

int Builder::choice(std::initializer_list<std::string_view> choices) {
  int index = 0;
  for (std::string_view c : choices) {
    if (flag(c)) return index;
    ++index;
  }
  return -1;
}

std::optional<std::string> Builder::takePrefixed(std::string_view prefix) {
  for (auto m = modifiers.begin(); m != modifiers.end(); ++m) {
    if (m->substr(0, prefix.size()) != prefix) continue;
    std::string rest(m->substr(prefix.size()));
    modifiers.erase(m);
    return rest;
  }
  return std::nullopt;
}

std::optional<Type> Builder::optionalType() {
  for (auto m = modifiers.begin(); m != modifiers.end(); ++m) {
    std::optional<Type> type = typeFromName(*m);
    if (!type) continue;
    modifiers.erase(m);
    return type;
  }
  return std::nullopt;
}

Type Builder::type() {
  if (std::optional<Type> t = optionalType()) return *t;
  fail(fmt::format("'{}' has no type", fullName()), "add a type such as .u32");
}

void Builder::accept(std::initializer_list<std::string_view> hints) {
  for (std::string_view hint : hints) flag(hint);
}

std::string Builder::fullName() const {
  std::string name = statement.name;
  for (const std::string &m : statement.modifiers) name += "." + m;
  return name;
}

void Builder::fail(std::string message, std::string fix) const {
  throw SyntaxError{statement.line, std::move(message), std::move(fix)};
}

void Builder::unsupported(std::string what, std::string fix) const {
  throw SyntaxError{statement.line, fmt::format("{} is not supported (in '{}')", what, fullName()), std::move(fix),
                    true};
}

void Builder::finish() {
  if (!modifiers.empty()) unsupported(fmt::format("modifier '.{}' of '{}'", modifiers.front(), statement.name));
}

void Builder::expectOperands(size_t least, size_t most) {
  size_t n = operandCount();
  if (n >= least && n <= most) return;
  std::string wanted = least == most ? std::to_string(least) : fmt::format("{} to {}", least, most);
  fail(fmt::format("'{}' takes {} operands but has {}", fullName(), wanted, n), "check the operand list");
}

int Builder::targetNumber() const { return decoder.program.targetNumber; }
void Builder::requireArchitectureSpecific(std::string_view what, int number) const {
  const std::string &target = decoder.program.target;
  char suffix = target.empty() ? 0 : target.back();
  if (decoder.program.targetNumber >= number && (suffix == 'a' || suffix == 'f')) return;
  unsupported(fmt::format("{} under .target {}", what, target), fmt::format("compile for sm_{}a", number));
}
Symbol *Builder::find(const std::string &name) { return decoder.symbols.find(name); }
int Builder::registerBits(const Operand &operand) {
  Symbol *symbol = operand.kind == Operand::Kind::Name ? find(operand.text) : nullptr;
  return symbol && symbol->kind == Symbol::Kind::Register ? bitsOf(symbol->type) : 32;
}
Slot Builder::constant(uint64_t bits, bool wide) { return decoder.constant(bits, wide); }
uint64_t Builder::constantValue(Slot slot) const {
  uint64_t low = decoder.out.constants[slot.word];
  return slot.kind == Slot::Lane64 ? low | static_cast<uint64_t>(decoder.out.constants[slot.word + 1]) << 32 : low;
}
bool Builder::isDefined(const std::string &name) const {
  auto found = decoder.program.functionIndex.find(name);
  return found != decoder.program.functionIndex.end() && decoder.program.functions[found->second]->defined;
}
int64_t Builder::parameterBytes() const { return decoder.out.parameterBytes; }
Slot Builder::special(Special which) { return decoder.special(which); }
Slot Builder::scratch(Type type) { return decoder.allocate(type); }
Slot Builder::carryFlag() {
  if (!decoder.carry) decoder.carry = decoder.allocate(Type::Pred);
  return decoder.carry;
}

Slot Builder::registerOperand(const Operand &operand, Type type, bool relaxed, bool written) {
  if (operand.kind != Operand::Kind::Name)
    fail(fmt::format("'{}' needs a register here", fullName()), "write a register");
  Symbol *symbol = find(operand.text);
  if (!symbol) fail(fmt::format("'{}' is not declared", operand.text), "declare it with .reg or correct the name");
  if (symbol->kind != Symbol::Kind::Register) {
    if (written) fail(fmt::format("'{}' is not a register", operand.text), "write to a register");
    return symbolAddress(operand, *symbol, type);
  }
  if (symbol->type == Type::Pred)
    fail(fmt::format("predicate '{}' stands where a value of type .{} is needed", operand.text, typeName(type)),
         "use selp");
  int have = bitsOf(symbol->type), need = bitsOf(type);
  if (have == 128)
    fail(fmt::format("'{}' has 128 bits, which only ld, st, mov and atom of .b128 take", operand.text),
         "split it with mov.b128");
  // 8-bit values live in registers of any width.
  bool fits = relaxed ? have >= need || need == 8 : have == need || (need == 8 && have <= 32);
  if (!fits)
    fail(fmt::format("register '{}' has {} bits but '{}' needs {}", operand.text, have, fullName(), need),
         fmt::format("use a {}-bit register", need));
  return decoder.slotOf(*symbol, operand.text);
}

Slot Builder::symbolAddress(const Operand &operand, const Symbol &symbol, Type type) {
  uint64_t add = static_cast<uint64_t>(operand.offset);
  switch (symbol.kind) {
  case Symbol::Kind::Shared:
  case Symbol::Kind::Const:
  case Symbol::Kind::EntryParam: return constant(lowBits(symbol.offset + add, bitsOf(type)), bitsOf(type) == 64);
  case Symbol::Kind::Global: return constant(address::variableBase(static_cast<uint32_t>(symbol.offset)) + add, true);
  case Symbol::Kind::Function: return constant((symbol.offset + 1) * 16, true);
  default: unsupported(fmt::format("address of '{}' as an operand", operand.text), "take it with mov first");
  }
}

Slot Builder::destination(const Operand &operand, Type type) {
  if (operand.kind == Operand::Kind::Sink) return scratch(type);
  return registerOperand(operand, type, false, true);
}

Slot Builder::wideDestination(const Operand &operand, Type type) {
  if (operand.kind == Operand::Kind::Sink) return scratch(type);
  return registerOperand(operand, type, true, true);
}

Slot Builder::wideSource(const Operand &operand, Type type) {
  if (operand.kind == Operand::Kind::Name && !specialNames().count(operand.text))
    return registerOperand(operand, type, true, false);
  return source(operand, type);
}

Slot Builder::source(const Operand &operand, Type type) {
  int bits = bitsOf(type);
  if (operand.negated && operand.kind == Operand::Kind::Name)
    fail(fmt::format("'{}' takes no sign before '{}'", fullName(), operand.text), "negate it with neg first");
  switch (operand.kind) {
  case Operand::Kind::Integer:
    if (type == Type::F32 || type == Type::F64)
      fail(fmt::format("'{}' takes a floating-point constant but has an integer", fullName()),
           "write it as 0f... or with a decimal point");
    return constant(lowBits(operand.bits, bits), bits == 64);
  case Operand::Kind::Float32:
    if (bits == 32) return constant(operand.bits, false);
    if (type == Type::F64)
      return constant(
          std::bit_cast<uint64_t>(static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(operand.bits)))),
          true);
    fail(fmt::format("a 32-bit float constant stands where '{}' needs .{}", fullName(), typeName(type)),
         "write the bits as hex");
  case Operand::Kind::Float64:
    if (bits == 64) return constant(operand.bits, true);
    if (type == Type::F32)
      return constant(std::bit_cast<uint32_t>(static_cast<float>(std::bit_cast<double>(operand.bits))), false);
    fail(fmt::format("a 64-bit float constant stands where '{}' needs .{}", fullName(), typeName(type)),
         "write the bits as hex");
  case Operand::Kind::Name: {
    auto special = specialNames().find(operand.text);
    if (special == specialNames().end()) return registerOperand(operand, type, false, false);
    if (bits != 32)
      fail(fmt::format("{} has 32 bits but '{}' needs {}", operand.text, fullName(), bits),
           "move it into a 32-bit register first");
    return decoder.special(special->second);
  }
  default: fail(fmt::format("'{}' needs a register or constant here", fullName()), "write a register or constant");
  }
}

std::array<Slot, 2> Builder::halves(const Operand &operand, bool written) {
  if (written && operand.kind == Operand::Kind::Sink) return {scratch(Type::B64), scratch(Type::B64)};
  Symbol *symbol = operand.kind == Operand::Kind::Name ? find(operand.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::Register || symbol->type != Type::B128)
    fail(fmt::format("'{}' needs a .b128 register here", fullName()), "declare it with .reg .b128");
  Slot low = decoder.slotOf(*symbol, operand.text), high = low;
  high.word += 64;
  return {low, high};
}

Slot Builder::predicateDestination(const Operand &operand) {
  if (operand.kind == Operand::Kind::Sink) return {};
  bool negated = false;
  return predicateSource(operand, negated);
}

Slot Builder::predicateSource(const Operand &operand, bool &negated) {
  negated = operand.negated;
  if (operand.kind == Operand::Kind::Integer) {
    Slot slot = constant(operand.bits & 1 ? 0xffffffffu : 0u, false);
    slot.kind = Slot::Predicate;
    return slot;
  }
  Symbol *symbol = operand.kind == Operand::Kind::Name ? find(operand.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::Register || symbol->type != Type::Pred)
    fail(fmt::format("'{}' is not a declared predicate", operand.text), "declare it with .reg .pred");
  return decoder.slotOf(*symbol, operand.text);
}

int64_t Builder::immediate(size_t i, std::string_view what) {
  if (operand(i).kind != Operand::Kind::Integer)
    fail(fmt::format("{} of '{}' must be a constant", what, fullName()), "write an integer");
  return static_cast<int64_t>(operand(i).bits);
}

void Builder::address(const Operand &operand, Space space, Slot &base) {
  if (operand.kind != Operand::Kind::Address)
    fail(fmt::format("'{}' needs an address here", fullName()), "write [register+offset]");
  const Operand &first = operand.elements[0];
  out.immediate = first.offset;
  if (first.kind == Operand::Kind::Integer) {
    base = constant(first.bits, true);
    return;
  }
  Symbol *symbol = first.kind == Operand::Kind::Name ? find(first.text) : nullptr;
  if (!symbol) fail(fmt::format("'{}' is not declared", first.text), "declare it or correct the name");
  auto need = [&](std::initializer_list<Space> allowed, std::string_view kind) {
    if (std::find(allowed.begin(), allowed.end(), space) == allowed.end())
      fail(fmt::format("'{}' lies in .{} but '{}' accesses another space", first.text, kind, fullName()),
           fmt::format("use the .{} form", kind));
  };
  switch (symbol->kind) {
  case Symbol::Kind::Register:
    if (symbol->type == Type::Pred || bitsOf(symbol->type) < 32)
      fail(fmt::format("'{}' cannot hold an address", first.text), "use a 64-bit register");
    if (bitsOf(symbol->type) == 32 && (space == Space::Generic || space == Space::Global))
      fail(fmt::format("'{}' has 32 bits but addresses of '{}' have 64", first.text, fullName()),
           "use a 64-bit register");
    base = decoder.slotOf(*symbol, first.text);
    return;
  case Symbol::Kind::Shared:
    need({Space::Shared, Space::Generic}, "shared");
    base = constant(symbol->offset + (space == Space::Generic ? address::kShared : 0), true);
    return;
  case Symbol::Kind::Const:
    need({Space::Const, Space::Generic}, "const");
    base = constant(symbol->offset + (space == Space::Generic ? address::kConst : 0), true);
    return;
  case Symbol::Kind::Global:
    need({Space::Global, Space::Generic}, "global");
    base = constant(address::variableBase(static_cast<uint32_t>(symbol->offset)), true);
    return;
  case Symbol::Kind::Local:
    need({Space::Local}, "local");
    base = decoder.special(Special::LocalBase);
    out.immediate += static_cast<int64_t>(symbol->offset);
    return;
  case Symbol::Kind::EntryParam:
    need({Space::Param}, "param");
    base = constant(symbol->offset, true);
    return;
  case Symbol::Kind::FrameParam:
    need({Space::Param}, "param");
    out.memory.space = Space::FrameParam;
    base = constant(symbol->offset, true);
    return;
  default: fail(fmt::format("'{}' is not a variable", first.text), "write a variable or register");
  }
}

void Builder::extras(const std::vector<Slot> &slots) {
  out.extra = static_cast<uint32_t>(decoder.out.slots.size());
  out.extraCount = static_cast<uint32_t>(slots.size());
  decoder.out.slots.insert(decoder.out.slots.end(), slots.begin(), slots.end());
}

std::vector<const Operand *> Builder::elements(const Operand &operand) {
  std::vector<const Operand *> list;
  if (operand.kind != Operand::Kind::Vector) return {&operand};
  for (const Operand &element : operand.elements) list.push_back(&element);
  return list;
}

uint32_t Builder::label(const Operand &operand) {
  Symbol *symbol = operand.kind == Operand::Kind::Name ? find(operand.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::Label)
    fail(fmt::format("'{}' is not a label", operand.text), "branch to a label of this function");
  return static_cast<uint32_t>(symbol->offset);
}

uint32_t Builder::branchTable(const Operand &operand) {
  Symbol *symbol = operand.kind == Operand::Kind::Name ? find(operand.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::BranchTable)
    fail(fmt::format("'{}' is not a list of branch targets", operand.text), "declare it with .branchtargets before");
  return static_cast<uint32_t>(symbol->offset);
}

} // namespace tw::emu
