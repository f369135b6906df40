// Turns the parsed module into a Program.
#pragma once

#include <memory>
#include <string>

#include "machine/builder.hpp"
#include "machine/program.hpp"
#include "parser/ast.hpp"

namespace tw::emu {

/// Decodes a module. Throws SyntaxError.
std::shared_ptr<const Program> decode(const ast::Module &module, std::string name);

/// Offsets of all shared variables of a module in the CTA's window; `extern` arrays all start behind the static ones.
using SharedLayout = std::unordered_map<const ast::Variable *, uint64_t>;

/// Allocation and name state of one function; see Builder.
class FunctionDecoder {
public:
  FunctionDecoder(Program &program, Symbols &moduleSymbols, const SharedLayout &shared, const ast::Function &source,
                  Function &out);
  /// Decodes the body.
  void run();

  Slot allocate(Type type);
  /// The slot of a register, allocated at its first use.
  Slot slotOf(Symbol &symbol, const std::string &name);
  Slot constant(uint64_t bits, bool wide);
  Slot special(Special which);
  /// Makes an address usable in `CallSite`s: the placement of a .param variable.
  Placement paramPlacement(const Builder &builder, const ast::Operand &operand);
  /// Reserves param memory in the frame.
  uint64_t reserveParam(uint64_t bytes, uint32_t align, int line);
  uint16_t opcodeNumber(const std::string &fullName);

  Program &program;
  Symbols &symbols;
  const SharedLayout &shared;
  const ast::Function &source;
  Function &out;
  Slot carry; ///< the carry flag, once something uses it

private:
  void declareParameters();
  void declare(const ast::Variable &variable);
  void firstPass();
  void secondPass();
  void decodeInstruction(const ast::Statement &statement);
  void position(const ast::Statement &statement);
  void addRegister(const ast::Variable &variable);

  std::unordered_map<uint64_t, Slot> constants[2];
  std::unordered_map<uint32_t, Slot> specials;
  std::unordered_map<std::string, uint16_t> opcodeNumbers;
  uint32_t predicateWord = 0, predicatesLeft = 0;
  int firstScope = 0;
};

/// Natural size of a variable in bytes.
uint64_t bytesOf(const ast::Variable &variable);
/// Its alignment in bytes.
uint32_t alignOf(const ast::Variable &variable);

} // namespace tw::emu
