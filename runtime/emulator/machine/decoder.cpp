// Decodes a module: places variables, then functions.
#include "machine/decoder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "machine/address_map.hpp"
#include "machine/assignment.hpp"
#include "machine/warpgroup.hpp"

namespace tw::emu {

uint32_t alignOf(const ast::Variable &v) {
  uint32_t natural = static_cast<uint32_t>(std::max(1, bitsOf(*typeFromName(v.type)) / 8)) * v.vector;
  return v.align ? v.align : natural;
}

uint64_t bytesOf(const ast::Variable &v) {
  return static_cast<uint64_t>(std::max(1, bitsOf(*typeFromName(v.type)) / 8)) * v.vector * v.elements;
}

namespace {

uint64_t alignUp(uint64_t value, uint64_t align) { return (value + align - 1) / align * align; }

/// Counts the instructions from each one on that one call can execute, and puts their operands d, a, b, c one behind
/// the other from Instruction::extra on: a run then reads 16 bytes per instruction.
void linkRuns(Function &function) {
  for (size_t i = function.code.size(); i-- > 0;) {
    Instruction &in = function.code[i];
    if (!in.run || in.guard) continue;
    bool goesOn = i + 1 < function.code.size() && function.code[i + 1].run == in.run;
    in.runLength = 1 + (goesOn ? function.code[i + 1].runLength : 0);
  }
  for (Instruction &in : function.code) {
    if (in.runLength == 0) continue;
    in.extra = static_cast<uint32_t>(function.slots.size());
    function.slots.insert(function.slots.end(), {in.d, in.a, in.b, in.c});
  }
}

class ModuleDecoder {
public:
  ModuleDecoder(const ast::Module &module, std::string name) : module(module), program(std::make_shared<Program>()) {
    program->name = std::move(name);
  }

  std::shared_ptr<const Program> run() {
    header();
    layoutShared();
    for (const ast::Variable *v : dynamic) shared[v] = mostShared;
    for (const ast::Variable &v : module.variables) declareVariable(v);
    declareFunctions();
    uint32_t place = 0;
    for (const auto &[source, index] : bodies) {
      Function &function = *program->functions[index];
      placeDynamicShared(*source, function);
      FunctionDecoder(*program, symbols, shared, *source, function).run();
      for (Instruction &instruction : function.code) instruction.place = place++;
      program->watchRegisters |= mayBreakRegisterOrder(function);
      checkAssignments(*program, function);
      linkRuns(function);
    }
    program->places = place;
    return program;
  }

private:
  void header() {
    program->versionMajor = module.versionMajor;
    program->versionMinor = module.versionMinor;
    program->target = module.target;
    if (module.target.rfind("sm_", 0) != 0)
      throw SyntaxError{1, fmt::format("target '{}' is not known", module.target), "use .target sm_80 or newer", true};
    program->targetNumber = std::atoi(module.target.c_str() + 3);
    if (module.addressSize != 64)
      throw SyntaxError{1, "32-bit addresses are not supported", "write .address_size 64", true};
    for (const auto &[number, path] : module.files) program->files[number] = path;
  }

  /// Calls each(variable) for the shared variables of one function.
  template <class Each> static void forEachShared(const ast::Function &f, Each each) {
    for (const ast::Statement &s : f.body)
      for (const ast::Variable &v : s.variables)
        if (v.space == "shared" && s.kind == ast::Statement::Kind::Declaration) each(v);
  }

  void layoutShared() {
    uint64_t end = address::kSharedBegin;
    std::string owner;
    auto place = [&](const ast::Variable &v) {
      if (v.elements == 0) {
        dynamicAlign = std::max<uint64_t>(dynamicAlign, alignOf(v));
        dynamic.push_back(&v);
        return;
      }
      end = alignUp(end, alignOf(v));
      shared[&v] = end;
      program->sharedVariables.push_back({{v.name, end, bytesOf(v)}, owner});
      // The largest opt-in of any target, 227 KiB. Checked before the sum, which could wrap around.
      constexpr uint64_t kLimit = 232448;
      if (bytesOf(v) > kLimit || end + bytesOf(v) - address::kSharedBegin > kLimit)
        throw SyntaxError{v.line,
                          fmt::format("shared variable '{}' of {} bytes at offset {} exceeds the {} bytes of a block",
                                      v.name, bytesOf(v), end - address::kSharedBegin, kLimit),
                          "declare fewer elements"};
      end += bytesOf(v);
    };
    for (const ast::Variable &v : module.variables)
      if (v.space == "shared") place(v);
    for (const ast::Function &f : module.functions)
      if (!f.entry) forEachShared(f, place);
    // A launch has the variables of its own entry: those of the others may lie at the same place.
    uint64_t common = end, most = end;
    for (const ast::Function &f : module.functions) {
      if (!f.entry) continue;
      end = common;
      owner = f.name;
      forEachShared(f, place);
      dynamicBegin[&f] = end;
      most = std::max(most, end);
    }
    mostShared = alignUp(most, dynamicAlign); // at most 64 KiB further
    bool together = std::any_of(module.functions.begin(), module.functions.end(),
                                [&](const ast::Function &f) { return !f.entry && namesDynamicShared(f); });
    for (auto &[function, begin] : dynamicBegin) begin = together ? mostShared : alignUp(begin, dynamicAlign);
    program->staticSharedBytes = static_cast<uint32_t>(mostShared - address::kSharedBegin);
  }

  /// Whether a function uses a dynamic variable: where it lies must then be the same for all entries.
  bool namesDynamicShared(const ast::Function &f) const {
    auto names = [&](const ast::Operand &operand, auto &self) -> bool {
      return std::any_of(dynamic.begin(), dynamic.end(),
                         [&](const ast::Variable *v) { return v->name == operand.text; }) ||
             std::any_of(operand.elements.begin(), operand.elements.end(),
                         [&](const ast::Operand &element) { return self(element, self); });
    };
    for (const ast::Statement &s : f.body)
      for (const ast::Operand &operand : s.operands)
        if (names(operand, names)) return true;
    return false;
  }

  /// Dynamic shared memory begins behind the static part of the entry that is decoded next.
  void placeDynamicShared(const ast::Function &source, Function &function) {
    auto entry = dynamicBegin.find(&source);
    uint64_t begin = entry == dynamicBegin.end() ? mostShared : entry->second;
    function.dynamicShared = static_cast<uint32_t>(begin);
    for (const ast::Variable *v : dynamic) shared[v] = begin;
    for (const ast::Variable &v : module.variables)
      if (v.space == "shared" && v.elements == 0) symbols.find(v.name)->offset = begin;
  }

  void declareVariable(const ast::Variable &v) {
    Symbol symbol;
    symbol.bytes = bytesOf(v);
    if (v.space == "shared") {
      symbol.kind = Symbol::Kind::Shared;
      symbol.offset = shared.at(&v);
    } else {
      if (v.external)
        throw SyntaxError{v.line, fmt::format("variable '{}' is defined in another module", v.name),
                          "link the modules first", true};
      ModuleVariable variable;
      variable.name = v.name;
      variable.constant = v.space == "const";
      variable.align = alignOf(v);
      variable.initialised = true;
      limitMemory(v, variable);
      initialise(v, variable);
      symbol.kind = variable.constant ? Symbol::Kind::Const : Symbol::Kind::Global;
      if (variable.constant) {
        variable.offset = alignUp(program->constantBytes, variable.align);
        program->constantBytes = variable.offset + variable.bytes.size();
        symbol.offset = variable.offset;
      } else {
        symbol.offset = program->variables.size();
        if (symbol.offset >= address::kMaxVariables)
          throw SyntaxError{v.line, "module has more than 16384 variables", "merge them", true};
      }
      program->variables.push_back(std::move(variable));
    }
    if (!symbols.declare(v.name, symbol))
      throw SyntaxError{v.line, fmt::format("'{}' is declared twice", v.name), "rename one"};
  }

  void limitMemory(const ast::Variable &v, const ModuleVariable &variable) {
    // 64 KiB of constants is the hardware's; the bound on global variables is the emulator's own.
    uint64_t limit = variable.constant ? 65536 : uint64_t{128} << 20;
    uint64_t &used = variable.constant ? program->constantBytes : globalBytes;
    uint64_t end = alignUp(used, variable.align) + bytesOf(v);
    if (end > limit)
      throw SyntaxError{v.line,
                        fmt::format("variable '{}' of {} bytes exceeds the {} bytes of {} memory of a module", v.name,
                                    bytesOf(v), limit, v.space),
                        "pass a buffer instead", !variable.constant};
    if (!variable.constant) used = end;
  }

  void initialise(const ast::Variable &v, ModuleVariable &out) {
    out.bytes.assign(bytesOf(v), 0);
    // Values have 64 bits at most: those of 128 bits are extended with zeros.
    size_t width = static_cast<size_t>(std::max(1, bitsOf(*typeFromName(v.type)) / 8));
    size_t valueBytes = std::min<size_t>(width, 8);
    if (v.init.size() * width > out.bytes.size())
      throw SyntaxError{
          v.line,
          fmt::format("'{}' has {} initial values but room for {}", v.name, v.init.size(), out.bytes.size() / width),
          "make the array longer"};
    for (size_t i = 0; i < v.init.size(); ++i) {
      const ast::Variable::Init &init = v.init[i];
      if (!init.symbol.empty()) {
        out.relocations.push_back({i * width, static_cast<uint32_t>(valueBytes), init.symbol, init.bits, init.generic});
        continue;
      }
      uint64_t bits = init.bits;
      if (init.isFloat64 && v.type == "f32") {
        float narrowed = static_cast<float>(std::bit_cast<double>(bits));
        bits = std::bit_cast<uint32_t>(narrowed);
      }
      std::memcpy(out.bytes.data() + i * width, &bits, valueBytes);
    }
  }

  void declareFunctions() {
    for (const ast::Function &f : module.functions) {
      auto known = program->functionIndex.find(f.name);
      uint32_t index = static_cast<uint32_t>(program->functions.size());
      if (known == program->functionIndex.end()) {
        auto function = std::make_unique<Function>();
        function->name = f.name;
        function->entry = f.entry;
        program->functionIndex[f.name] = index;
        program->functions.push_back(std::move(function));
        Symbol symbol;
        symbol.kind = Symbol::Kind::Function;
        symbol.offset = index;
        symbols.declare(f.name, symbol);
      } else {
        index = known->second;
      }
      if (!f.hasBody) continue;
      bodies.emplace_back(&f, index);
      program->functions[index]->defined = true;
    }
  }

  const ast::Module &module;
  std::shared_ptr<Program> program;
  Symbols symbols;
  SharedLayout shared;
  std::vector<const ast::Variable *> dynamic; ///< shared variables without a size
  uint64_t dynamicAlign = 16, mostShared = 0; ///< of them; end of the static part of the entry with the most
  std::unordered_map<const ast::Function *, uint64_t> dynamicBegin; ///< of each entry
  std::vector<std::pair<const ast::Function *, uint32_t>> bodies;
  uint64_t globalBytes = 0; ///< of all .global variables
};

} // namespace

std::shared_ptr<const Program> decode(const ast::Module &module, std::string name) {
  return ModuleDecoder(module, std::move(name)).run();
}

} // namespace tw::emu
