// Checks inline assembly: operand references that exist, constraints that fit their types, instructions from the list.
#include "InlineAsmRules.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstrTypes.h"

#include <cctype>

namespace tilewright::nvptx {
namespace {

/// Finds a `$` that is neither `$$` nor a reference to one of `operands` operands; empty when there is none.
std::string badReference(llvm::StringRef text, unsigned operands) {
  for (size_t at = text.find('$'); at != llvm::StringRef::npos; at = text.find('$', at)) {
    llvm::StringRef rest = text.substr(at + 1);
    if (rest.starts_with("$")) {
      at += 2;
      continue;
    }
    bool braced = rest.consume_front("{");
    llvm::StringRef digits = rest.take_while([](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
    llvm::StringRef tail = rest.drop_front(digits.size());
    unsigned number = 0;
    if (braced && digits.empty() && rest.starts_with(":uid}")) {
      at += 6;
      continue;
    }
    if (digits.empty() || digits.getAsInteger(10, number) || (braced && !tail.starts_with("}")))
      return "inline PTX holds a '$' that names no operand: '" + text.substr(at, 8).str() + "'";
    if (number >= operands)
      return "inline PTX names operand $" + std::to_string(number) + " but has " + std::to_string(operands);
    at += 1 + digits.size();
  }
  return "";
}

/// Bits that a value of `type` takes in a register, 0 for what fits none.
unsigned bitsOf(llvm::Type *type, const llvm::DataLayout &layout) {
  if (type->isPointerTy()) return layout.getPointerTypeSizeInBits(type);
  return type->getPrimitiveSizeInBits().getFixedValue();
}

/// Whether register class `letter` holds values of `type` (PTX: b .pred, h .b16, r .b32, l .b64, f .f32, d .f64).
bool fits(char letter, llvm::Type *type, const llvm::DataLayout &layout) {
  switch (letter) {
  case 'b': return type->isIntegerTy(1);
  case 'h': return bitsOf(type, layout) == 16;
  case 'r': return bitsOf(type, layout) == 32;
  case 'l': return bitsOf(type, layout) == 64;
  case 'f': return type->isFloatTy();
  case 'd': return type->isDoubleTy();
  case 'n': return type->isIntegerTy();
  default: return false;
  }
}

/// The types of the outputs, in order: none, one, or the members of the returned struct.
std::vector<llvm::Type *> outputTypes(llvm::Type *type) {
  if (type->isVoidTy()) return {};
  if (auto *structure = llvm::dyn_cast<llvm::StructType>(type))
    return {structure->element_begin(), structure->element_end()};
  return {type};
}

std::string badConstraint(const llvm::CallBase &call, const llvm::DataLayout &layout, unsigned &operands) {
  const auto &text = *llvm::cast<llvm::InlineAsm>(call.getCalledOperand());
  std::vector<llvm::Type *> outputs = outputTypes(call.getType());
  unsigned output = 0, input = 0;
  for (const llvm::InlineAsm::ConstraintInfo &info : text.ParseConstraints()) {
    std::string code = info.Codes.empty() ? "" : info.Codes.front();
    if (info.Type == llvm::InlineAsm::isClobber) {
      if (code == "{memory}") continue;
      return "inline PTX clobbers '" + code + "'";
    }
    if (info.isIndirect || info.isMultipleAlternative || info.Codes.size() != 1 ||
        info.Type == llvm::InlineAsm::isLabel)
      return "inline PTX has a constraint of a form that has no register class";
    bool isOutput = info.Type == llvm::InlineAsm::isOutput;
    if (isOutput ? output >= outputs.size() : input >= call.arg_size())
      return "inline PTX has more constraints than operands";
    llvm::Type *type = isOutput ? outputs[output++] : call.getArgOperand(input)->getType();
    const llvm::Value *value = isOutput ? nullptr : call.getArgOperand(input++);
    ++operands;
    if (!isOutput && std::isdigit(static_cast<unsigned char>(code.front()))) {
      if (std::stoul(code) >= outputs.size() || outputs[std::stoul(code)] != type)
        return "inline PTX ties an input to output " + code + ", which has another type";
      continue;
    }
    if (code.size() != 1 || !fits(code.front(), type, layout))
      return "inline PTX constraint '" + code + "' does not fit operand $" + std::to_string(operands - 1);
    if (code == "n" && !llvm::isa<llvm::ConstantInt>(value))
      return "inline PTX operand $" + std::to_string(operands - 1) + " has constraint 'n' but is no constant";
  }
  return "";
}

/// The opcode of one statement: without labels, braces and predicates; empty for declarations and empty statements.
llvm::StringRef opcodeOf(llvm::StringRef statement) {
  while (true) {
    statement = statement.ltrim(" \t\r\n{}");
    if (statement.starts_with("@")) {
      statement = statement.drop_until([](char c) { return std::isspace(static_cast<unsigned char>(c)); });
      continue;
    }
    llvm::StringRef word = statement.take_until([](char c) { return std::isspace(static_cast<unsigned char>(c)); });
    if (word.ends_with(":") && !word.ends_with("::")) {
      statement = statement.drop_front(word.size());
      continue;
    }
    if (word.starts_with(".reg") || word.starts_with(".pragma")) return "";
    return word;
  }
}

std::string withoutComments(llvm::StringRef text) {
  std::string result;
  while (!text.empty()) {
    if (text.consume_front("//"))
      text = text.drop_until([](char c) { return c == '\n'; });
    else if (text.consume_front("/*")) {
      size_t end = text.find("*/");
      text = end == llvm::StringRef::npos ? "" : text.drop_front(end + 2);
    } else {
      result += text.front();
      text = text.drop_front();
    }
  }
  return result;
}

} // namespace

AsmFindings inspectInlineAsm(const llvm::CallBase &call, const llvm::DataLayout &layout) {
  AsmFindings findings;
  const auto &text = *llvm::cast<llvm::InlineAsm>(call.getCalledOperand());
  unsigned operands = 0;
  findings.fix = "use constraints b h r l f d (registers of 1, 16, 32, 64 bits, f32, f64), n, or a tie to an output";
  findings.problem = badConstraint(call, layout, operands);
  if (!findings.problem.empty()) return findings;

  findings.fix = "write $0, $1, ... for operands in the order outputs, inputs; $$ for a dollar sign";
  findings.problem = badReference(text.getAsmString(), operands);
  if (!findings.problem.empty()) return findings;

  std::string code = withoutComments(text.getAsmString());
  llvm::StringRef rest = code;
  while (!rest.empty()) {
    auto [statement, tail] = rest.split(';');
    rest = tail;
    llvm::StringRef opcode = opcodeOf(statement);
    if (opcode.empty()) continue;
    const InstructionRule *rule = findInstruction(opcode);
    if (!rule) {
      findings.problem = "inline PTX instruction '" + opcode.str() + "' is not in the list of this compiler";
      findings.fix = "use a listed instruction, with its type suffix";
      return findings;
    }
    findings.instructions.emplace_back(opcode.str(), rule);
  }
  return findings;
}

} // namespace tilewright::nvptx
