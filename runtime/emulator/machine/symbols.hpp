// Names of a function while it is decoded: registers, variables, labels, in nested scopes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "machine/program.hpp"
#include "parser/ast.hpp"

namespace tw::emu {

/// What a name stands for.
struct Symbol {
  enum class Kind : uint8_t {
    Register,
    RegisterRange,
    Shared,
    Local,
    Global,
    Const,
    EntryParam,
    FrameParam,
    Function,
    Label,
    BranchTable ///< of brx.idx; offset is its number
  };
  Kind kind = Kind::Register;
  Type type = Type::None;
  Slot slot;           ///< of a register, empty until first used
  uint32_t count = 0;  ///< registers of a range
  uint64_t offset = 0; ///< in its space; index of a global variable, function, or pc of a label
  uint64_t bytes = 0;  ///< 0 for `extern .shared`
};

/// Nested scopes of names. Scope 0 is the module.
class Symbols {
public:
  Symbols() { scopes.push_back({-1, {}}); }
  /// Opens a scope inside the current one; scopes are numbered in order of opening.
  void open() {
    scopes.push_back({current, {}});
    current = static_cast<int>(scopes.size()) - 1;
  }
  /// Enters scope number `scope` again (second pass).
  void enter(int scope) { current = scope; }
  void close() { current = scopes[static_cast<size_t>(current)].parent; }
  int scope() const { return current; }
  int count() const { return static_cast<int>(scopes.size()); }
  /// Declares a name; false when the scope already has it.
  bool declare(const std::string &name, Symbol symbol) {
    // `%d<4>` declares %d0 to %d3 and leaves %d free.
    std::string key = symbol.kind == Symbol::Kind::RegisterRange ? name + '<' : name;
    return scopes[static_cast<size_t>(current)].names.emplace(std::move(key), std::move(symbol)).second;
  }
  /// The innermost visible symbol of that name, also a register of a range `%r<N>`; null when there is none.
  Symbol *find(const std::string &name);

private:
  struct Scope {
    int parent;
    std::unordered_map<std::string, Symbol> names;
  };
  std::vector<Scope> scopes;
  int current = 0;
};

} // namespace tw::emu
