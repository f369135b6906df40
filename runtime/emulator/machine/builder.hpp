// What a family of opcodes uses to decode one instruction: takes modifiers, resolves operands, complains.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "machine/symbols.hpp"
#include "parser/lexer.hpp"

namespace tw::emu {

/// Decodes a function body; the shared state behind the builders of its instructions.
class FunctionDecoder;

/// One instruction being decoded. Every modifier must be taken; what is left over makes the instruction unsupported.
class Builder {
public:
  Builder(FunctionDecoder &decoder, const ast::Statement &statement, Instruction &instruction);

  // Modifiers.
  /// Takes the modifier if the instruction has it.
  bool flag(std::string_view modifier);
  /// Takes the one of `choices` that the instruction has: its index, or -1.
  int choice(std::initializer_list<std::string_view> choices);
  /// Takes any modifier that starts with `prefix`; the rest of its text, or nothing.
  std::optional<std::string> takePrefixed(std::string_view prefix);
  /// Takes the first type modifier left; an error when there is none.
  Type type();
  std::optional<Type> optionalType();
  /// All modifiers of this list are accepted and change nothing on a functional machine.
  void accept(std::initializer_list<std::string_view> hints);

  // Operands.
  size_t operandCount() const { return statement.operands.size(); }
  const ast::Operand &operand(size_t i) const { return statement.operands[i]; }
  /// Checks the number of operands.
  void expectOperands(size_t least, size_t most);
  void expectOperands(size_t count) { expectOperands(count, count); }
  /// A register written by the instruction. Its width must be that of `type`.
  Slot destination(size_t i, Type type) { return destination(operand(i), type); }
  Slot destination(const ast::Operand &operand, Type type);
  /// A register or constant read by the instruction. Its width must be that of `type`.
  Slot source(size_t i, Type type) { return source(operand(i), type); }
  Slot source(const ast::Operand &operand, Type type);
  /// As above for ld, st and cvt, whose registers may be wider than the type (PTX ISA 9.4.1).
  Slot wideDestination(const ast::Operand &operand, Type type);
  Slot wideSource(const ast::Operand &operand, Type type);
  /// The low and the high 64 bits of a .b128 register; `_` may stand for one that is written.
  std::array<Slot, 2> halves(const ast::Operand &operand, bool written);
  Slot predicateDestination(const ast::Operand &operand);
  /// A predicate operand; `negated` is set from a leading `!`.
  Slot predicateSource(const ast::Operand &operand, bool &negated);
  /// A compile-time integer.
  int64_t immediate(size_t i, std::string_view what);
  /// A constant of all lanes.
  Slot constant(uint64_t bits, bool wide);
  /// The value of such a constant.
  uint64_t constantValue(Slot slot) const;
  /// Bytes of the entry's parameter block.
  int64_t parameterBytes() const;
  /// A register that only this machine knows (the slot of a special register).
  Slot special(Special which);
  /// A register nobody reads, for results that are thrown away.
  Slot scratch(Type type);
  /// The carry flag of the function, a predicate (PTX ISA 9.7.2).
  Slot carryFlag();
  /// Resolves `[base+offset]` in `space`: base slot into `base`, constant part into instruction.immediate.
  void address(const ast::Operand &operand, Space space, Slot &base);
  /// Stores slots beyond d, a, b, c, e; sets extra and extraCount.
  void extras(const std::vector<Slot> &slots);
  /// Elements of a vector operand, or the operand itself.
  static std::vector<const ast::Operand *> elements(const ast::Operand &operand);
  /// Bits of the register an operand names; 32 when it is `_`.
  int registerBits(const ast::Operand &operand);
  Symbol *find(const std::string &name);
  /// The pc of a label.
  uint32_t label(const ast::Operand &operand);
  /// The number of a `.branchtargets` list.
  uint32_t branchTable(const ast::Operand &operand);
  /// Whether the module holds the body of a function.
  bool isDefined(const std::string &function) const;
  FunctionDecoder &function() { return decoder; }
  int targetNumber() const;
  /// Fails unless the target is sm_<number>a or later and architecture-specific: `what` exists only there.
  void requireArchitectureSpecific(std::string_view what, int number) const;

  // Faults.
  [[noreturn]] void fail(std::string message, std::string fix) const;
  [[noreturn]] void unsupported(std::string what, std::string fix = "") const;
  /// Fails when a modifier is left.
  void finish();
  /// `opcode.mod.mod` as written.
  std::string fullName() const;

  const ast::Statement &statement;
  Instruction &out;

private:
  Slot registerOperand(const ast::Operand &operand, Type type, bool relaxed, bool written);
  Slot symbolAddress(const ast::Operand &operand, const Symbol &symbol, Type type);

  FunctionDecoder &decoder;
  std::vector<std::string_view> modifiers;
};

/// Decodes the instructions of one opcode.
using DecodeFunction = void (*)(Builder &);
/// All opcodes by name.
using OpcodeTable = std::unordered_map<std::string_view, DecodeFunction>;
/// The table of everything the machine knows, filled on first use.
const OpcodeTable &opcodeTable();

} // namespace tw::emu
