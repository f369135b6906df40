// A light scan of one kernel in a PTX text: statements with their places, so that edits can be made in the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tw::emu::mutation {

/// One statement of a kernel body.
struct Statement {
  enum class Kind { Instruction, Label, Open, Close, Directive };
  Kind kind = Kind::Instruction;
  size_t begin = 0, end = 0; ///< in the text, a guard and the `;` included
  size_t body = 0;           ///< where the opcode starts, behind the guard
  int line = 0;              ///< from 1
  int depth = 0;             ///< braces around it within the body
  std::string guard;         ///< `@p` or `@!p`, else empty
  std::string opcode;        ///< with its modifiers; the name of a label
  std::vector<std::string> operands;

  bool is(std::string_view prefix) const;    ///< an instruction whose opcode starts so
  bool has(std::string_view modifier) const; ///< an instruction with this modifier, given without its dot
};

/// The statements of one kernel.
struct KernelText {
  std::vector<Statement> statements;

  /// The outermost brace scope around statement `index`, or the statement alone: what has to move together.
  struct Range {
    size_t first, last;
  };
  Range unitOf(size_t index) const;
};

/// Scans kernel `entry`; empty when the text has no such kernel.
KernelText scanKernel(const std::string &ptx, const std::string &entry);

} // namespace tw::emu::mutation
