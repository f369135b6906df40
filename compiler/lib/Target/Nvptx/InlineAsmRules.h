// Checks one inline assembly call: operand references and constraints that LLVM cannot print end the process there.
#ifndef TILEWRIGHT_LIB_TARGET_NVPTX_INLINEASMRULES_H
#define TILEWRIGHT_LIB_TARGET_NVPTX_INLINEASMRULES_H

#include "InstructionTable.h"

#include <string>
#include <utility>
#include <vector>

namespace llvm {
class CallBase;
class DataLayout;
} // namespace llvm

namespace tilewright::nvptx {

/// What is wrong with a call (empty when nothing is), and the instructions of its text with their rules.
struct AsmFindings {
  std::string problem;
  std::string fix;
  std::vector<std::pair<std::string, const InstructionRule *>> instructions;
};

/// Inspects an inline assembly call.
AsmFindings inspectInlineAsm(const llvm::CallBase &call, const llvm::DataLayout &layout);

} // namespace tilewright::nvptx

#endif // TILEWRIGHT_LIB_TARGET_NVPTX_INLINEASMRULES_H
