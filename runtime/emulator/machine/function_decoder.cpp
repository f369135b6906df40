// Decodes a function: parameters, declarations and labels first, then every instruction.
#include <fmt/format.h>

#include "machine/decoder.hpp"

namespace tw::emu {
namespace {

/// Parameters of a kernel (PTX ISA, kernel function parameters, since PTX 8.1), local memory of a thread (CUDA
/// programming guide, compute capabilities), and a bound of our own for what one call passes.
constexpr uint64_t kMaxEntryParamBytes = 32764, kMaxLocalBytes = 512 * 1024, kMaxParamBytes = 65536;

uint64_t alignUp(uint64_t value, uint64_t align) { return (value + align - 1) / align * align; }

} // namespace

FunctionDecoder::FunctionDecoder(Program &program, Symbols &moduleSymbols, const SharedLayout &shared,
                                 const ast::Function &source, Function &out)
    : program(program), symbols(moduleSymbols), shared(shared), source(source), out(out) {
  for (size_t i = 0; i < program.opcodes.size(); ++i) opcodeNumbers[program.opcodes[i]] = static_cast<uint16_t>(i);
}

Slot FunctionDecoder::allocate(Type type) {
  Slot slot;
  if (type == Type::Pred) {
    if (predicatesLeft == 0) {
      predicateWord = out.registerWords;
      predicatesLeft = 32;
      out.registerWords += 32;
    }
    slot.word = predicateWord++;
    slot.kind = Slot::Predicate;
    --predicatesLeft;
    return slot;
  }
  slot.word = out.registerWords;
  int bits = std::max(bitsOf(type), 32); // 128 bits are two registers of 64 in a row
  slot.kind = bits > 32 ? Slot::Lane64 : Slot::Lane32;
  out.registerWords += static_cast<uint32_t>(bits);
  return slot;
}

Slot FunctionDecoder::slotOf(Symbol &symbol, const std::string &name) {
  if (symbol.slot) return symbol.slot;
  symbol.slot = allocate(symbol.type);
  if (bitsOf(symbol.type) <= 64) {
    out.registers.push_back({name, symbol.type, symbol.slot});
  } else {
    Slot high = symbol.slot;
    high.word += 64;
    out.registers.push_back({name + ".lo", Type::B64, symbol.slot});
    out.registers.push_back({name + ".hi", Type::B64, high});
  }
  return symbol.slot;
}

Slot FunctionDecoder::constant(uint64_t bits, bool wide) {
  auto [found, isNew] = constants[wide].try_emplace(bits);
  if (!isNew) return found->second;
  Slot slot;
  slot.constant = 1;
  slot.kind = wide ? Slot::Lane64 : Slot::Lane32;
  slot.word = static_cast<uint32_t>(out.constants.size()) & ((1u << 28) - 1);
  for (int lane = 0; lane < 32; ++lane) {
    out.constants.push_back(static_cast<uint32_t>(bits));
    if (wide) out.constants.push_back(static_cast<uint32_t>(bits >> 32));
  }
  return found->second = slot;
}

Slot FunctionDecoder::special(Special which) {
  auto [found, isNew] = specials.try_emplace(static_cast<uint32_t>(which));
  if (isNew) {
    found->second = allocate(Type::B32);
    out.specials.emplace_back(which, uint32_t{found->second.word});
  }
  return found->second;
}

uint16_t FunctionDecoder::opcodeNumber(const std::string &fullName) {
  auto [found, isNew] = opcodeNumbers.try_emplace(fullName, static_cast<uint16_t>(program.opcodes.size()));
  if (isNew) program.opcodes.push_back(fullName);
  return found->second;
}

uint64_t FunctionDecoder::reserveParam(uint64_t bytes, uint32_t align, int line) {
  uint64_t offset = alignUp(out.frameParamBytes, std::max(align, 1u));
  if (offset + bytes > kMaxParamBytes)
    throw SyntaxError{line,
                      fmt::format("the .param variables of '{}' take more than {} bytes", out.name, kMaxParamBytes),
                      "pass a pointer instead"};
  out.frameParamBytes = static_cast<uint32_t>(alignUp(offset + bytes, 16));
  return offset;
}

Placement FunctionDecoder::paramPlacement(const Builder &builder, const ast::Operand &operand) {
  Symbol *symbol = operand.kind == ast::Operand::Kind::Name ? symbols.find(operand.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::FrameParam)
    builder.unsupported(fmt::format("call argument '{}' that is not a .param variable", operand.text),
                        "pass it through a .param variable");
  return {operand.text, symbol->offset, symbol->bytes};
}

void FunctionDecoder::declareParameters() {
  auto inFrame = [&](const ast::Variable &v, std::vector<Placement> &list) {
    if (v.space != "param")
      throw SyntaxError{v.line, fmt::format("parameter '{}' is a register", v.name), "declare it as .param (ABI form)",
                        true};
    Symbol symbol;
    symbol.kind = Symbol::Kind::FrameParam;
    symbol.bytes = bytesOf(v);
    symbol.offset = reserveParam(symbol.bytes, alignOf(v), v.line);
    list.push_back({v.name, symbol.offset, symbol.bytes});
    symbols.declare(v.name, symbol);
  };
  if (!source.entry) {
    for (const ast::Variable &v : source.results) inFrame(v, out.results);
    for (const ast::Variable &v : source.parameters) inFrame(v, out.parameters);
    return;
  }
  uint64_t end = 0;
  for (const ast::Variable &v : source.parameters) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::EntryParam;
    symbol.bytes = bytesOf(v);
    symbol.offset = alignUp(end, alignOf(v));
    end = symbol.offset + symbol.bytes;
    if (end > kMaxEntryParamBytes)
      throw SyntaxError{v.line,
                        fmt::format("the parameters of '{}' take more than {} bytes", out.name, kMaxEntryParamBytes),
                        "pass a pointer instead"};
    out.parameters.push_back({v.name, symbol.offset, symbol.bytes});
    symbols.declare(v.name, symbol);
  }
  out.parameterBytes = static_cast<uint32_t>(end);
}

void FunctionDecoder::addRegister(const ast::Variable &v) {
  Symbol symbol;
  symbol.type = *typeFromName(v.type);
  symbol.kind = v.parameterized ? Symbol::Kind::RegisterRange : Symbol::Kind::Register;
  symbol.count = v.parameterized;
  if (v.vector != 1)
    throw SyntaxError{v.line, fmt::format("register '{}' of type .v{} .{} is not supported", v.name, v.vector, v.type),
                      "declare one register per element", true};
  if (!symbols.declare(v.name, symbol))
    throw SyntaxError{v.line, fmt::format("register '{}' is declared twice", v.name), "rename one"};
}

void FunctionDecoder::declare(const ast::Variable &v) {
  if (v.space == "reg") return addRegister(v);
  Symbol symbol;
  symbol.bytes = bytesOf(v);
  if (v.space == "shared") {
    symbol.kind = Symbol::Kind::Shared;
    symbol.offset = shared.at(&v);
  } else if (v.space == "local") {
    symbol.kind = Symbol::Kind::Local;
    symbol.offset = alignUp(out.localBytes, alignOf(v));
    if (symbol.offset + symbol.bytes > kMaxLocalBytes)
      throw SyntaxError{
          v.line,
          fmt::format("the local variables of '{}' take more than {} bytes of a thread", out.name, kMaxLocalBytes),
          "use global memory"};
    out.localBytes = static_cast<uint32_t>(symbol.offset + symbol.bytes);
  } else if (v.space == "param") {
    symbol.kind = Symbol::Kind::FrameParam;
    symbol.offset = reserveParam(symbol.bytes, alignOf(v), v.line);
  } else {
    throw SyntaxError{v.line, fmt::format("'.{}' variable '{}' inside a function is not supported", v.space, v.name),
                      "move it to module scope", true};
  }
  if (!symbols.declare(v.name, symbol))
    throw SyntaxError{v.line, fmt::format("'{}' is declared twice", v.name), "rename one"};
}

void FunctionDecoder::firstPass() {
  uint32_t pc = 0;
  for (const ast::Statement &s : source.body) {
    switch (s.kind) {
    case ast::Statement::Kind::ScopeOpen: symbols.open(); break;
    case ast::Statement::Kind::ScopeClose: symbols.close(); break;
    case ast::Statement::Kind::Declaration:
      for (const ast::Variable &v : s.variables) declare(v);
      break;
    case ast::Statement::Kind::Instruction: ++pc; break;
    case ast::Statement::Kind::Label: {
      Symbol symbol;
      symbol.kind = Symbol::Kind::Label;
      symbol.offset = pc;
      if (!symbols.declare(s.name, symbol))
        throw SyntaxError{s.line, fmt::format("label '{}' is declared twice", s.name), "rename one"};
      break;
    }
    default: break;
    }
  }
}

void FunctionDecoder::position(const ast::Statement &s) {
  if (s.locLine == 0) {
    out.positionOf.push_back(0);
    return;
  }
  auto known = program.files.find(s.locFile);
  std::string file = known == program.files.end() ? fmt::format("file {}", s.locFile) : known->second;
  if (out.positions.empty() || out.positions.back().line != s.locLine || out.positions.back().file != file)
    out.positions.push_back({std::move(file), s.locLine});
  out.positionOf.push_back(static_cast<uint32_t>(out.positions.size()));
}

void FunctionDecoder::secondPass() {
  int nextScope = firstScope;
  for (const ast::Statement &s : source.body) {
    switch (s.kind) {
    case ast::Statement::Kind::ScopeOpen: symbols.enter(++nextScope); break;
    case ast::Statement::Kind::ScopeClose: symbols.close(); break;
    case ast::Statement::Kind::BranchTargets: {
      std::vector<uint32_t> table;
      for (const ast::Operand &target : s.operands) {
        Symbol *label = symbols.find(target.text);
        if (!label || label->kind != Symbol::Kind::Label)
          throw SyntaxError{s.line, fmt::format("'{}' is not a label", target.text), "list labels of this function"};
        table.push_back(static_cast<uint32_t>(label->offset));
      }
      Symbol symbol;
      symbol.kind = Symbol::Kind::BranchTable;
      symbol.offset = out.branchTables.size();
      if (!symbols.declare(s.name, symbol))
        throw SyntaxError{s.line, fmt::format("label '{}' is declared twice", s.name), "rename one"};
      out.branchTables.push_back(std::move(table));
      break;
    }
    case ast::Statement::Kind::Instruction: decodeInstruction(s); break;
    default: break;
    }
  }
}

void FunctionDecoder::decodeInstruction(const ast::Statement &s) {
  out.code.emplace_back();
  Instruction &instruction = out.code.back();
  instruction.line = static_cast<uint32_t>(s.line);
  position(s);
  Builder builder(*this, s, instruction);
  instruction.opcode = opcodeNumber(builder.fullName());
  if (s.guard) {
    ast::Operand guard;
    guard.text = s.guard->name;
    instruction.guard = builder.predicateSource(guard, instruction.guardNegated);
    instruction.guardNegated = s.guard->negated;
  }
  auto family = opcodeTable().find(s.name);
  if (family == opcodeTable().end()) builder.unsupported(fmt::format("opcode '{}'", s.name));
  family->second(builder);
  builder.finish();
}

void FunctionDecoder::run() {
  for (int i = 0; i < 3; ++i) {
    out.requiredThreads[i] = source.requiredThreads[i];
    out.maxThreads[i] = source.maxThreads[i];
    out.requiredCluster[i] = source.requiredCluster[i];
  }
  out.maxRegisters = source.maxRegisters;
  out.minBlocks = source.minBlocks;
  symbols.enter(0);
  symbols.open();
  firstScope = symbols.scope();
  declareParameters();
  firstPass();
  symbols.enter(firstScope);
  secondPass();
  // A body that runs off its end returns.
  ast::Statement end;
  end.name = "ret";
  end.line = source.body.empty() ? source.line : source.body.back().line;
  decodeInstruction(end);
  symbols.enter(0);
}

} // namespace tw::emu
