// The parsed form of a PTX module: names are still text, nothing is resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tw::emu::ast {

/// An operand as written.
struct Operand {
  enum class Kind : uint8_t {
    Name,    ///< register, special register, variable, label or function; in `text`
    Integer, ///< `bits`, two's complement
    Float32,
    Float64, ///< bit patterns in `bits`
    Address, ///< `[elements[0] + offset]`, further elements of a tensor address follow
    Vector,  ///< `{elements}`
    List,    ///< `(elements)` of a call
    Pair,    ///< `a|b`
    Sink     ///< `_`
  };
  Kind kind = Kind::Name;
  bool negated = false; ///< `!p`
  std::string text;
  uint64_t bits = 0;
  int64_t offset = 0; ///< of an address, or of `variable + 4`
  std::vector<Operand> elements;
};

/// A variable in `.reg`, `.shared`, `.global`, `.const`, `.local` or `.param`.
struct Variable {
  std::string space; ///< "reg", "shared", ...
  std::string type;  ///< "u32", "b8", ...
  std::string name;
  int line = 0;
  uint32_t vector = 1;        ///< 2 or 4 for `.v2`, `.v4`
  uint32_t align = 0;         ///< bytes, 0 = natural
  uint64_t elements = 1;      ///< product of the extents, 0 for `name[]`
  uint32_t parameterized = 0; ///< N of `%r<N>`, else 0
  bool external = false;
  struct Init {
    uint64_t bits = 0;
    std::string symbol; ///< address of this variable (+ bits) when not empty
    bool generic = false;
    bool isFloat32 = false, isFloat64 = false;
  };
  std::vector<Init> init;
};

/// `@p` or `@!p` before an instruction.
struct Guard {
  std::string name;
  bool negated = false;
};

/// One line of a function body.
struct Statement {
  enum class Kind : uint8_t {
    Instruction,
    Label,
    Declaration,
    ScopeOpen,
    ScopeClose,
    BranchTargets,
    CallTargets,
    Prototype
  };
  Kind kind = Kind::Instruction;
  int line = 0;
  int locFile = 0, locLine = 0; ///< the `.loc` in force, 0 when none
  std::string name;             ///< label, or the opcode without modifiers
  std::vector<std::string> modifiers;
  std::optional<Guard> guard;
  std::vector<Operand> operands;
  std::vector<Variable> variables;
};

/// `.entry` or `.func`, with or without a body.
struct Function {
  std::string name;
  int line = 0;
  bool entry = false;
  bool hasBody = false;
  std::vector<Variable> results, parameters;
  std::vector<Statement> body;
  uint32_t requiredThreads[3] = {0, 0, 0}; ///< `.reqntid`
  uint32_t maxThreads[3] = {0, 0, 0};      ///< `.maxntid`
  uint32_t maxRegisters = 0;               ///< `.maxnreg`
  uint32_t minBlocks = 0;                  ///< `.minnctapersm`
  uint32_t requiredCluster[3] = {0, 0, 0};
};

/// A whole file.
struct Module {
  int versionMajor = 0, versionMinor = 0;
  std::string target;
  int addressSize = 32;
  std::vector<Variable> variables;
  std::vector<Function> functions;
  std::vector<std::pair<int, std::string>> files; ///< `.file` numbers and paths
};

} // namespace tw::emu::ast
