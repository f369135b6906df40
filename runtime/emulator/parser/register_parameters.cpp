// Before: `.func (.reg .u32 %r) f (.reg .u32 %a) { add.u32 %r, %a, 1; ret; }`, called as `call (%x), f, (%y);`.
// After: `.func (.param .u32 %r$param) f (.param .u32 %a$param)` that loads %a, stores %r, and calls likewise.
#include "parser/register_parameters.hpp"

#include <unordered_map>

#include <fmt/format.h>

namespace tw::emu {
namespace {

using ast::Operand;
using ast::Statement;
using ast::Variable;

Operand name(const std::string &text) {
  Operand o;
  o.text = text;
  return o;
}

Operand address(const std::string &text) {
  Operand o;
  o.kind = Operand::Kind::Address;
  o.elements = {name(text)};
  return o;
}

/// `ld.param.T register, [variable]` or `st.param.T [variable], value`, at the place of `like`.
Statement move(const Statement &like, bool loads, const std::string &type, const std::string &variable, Operand value) {
  Statement s;
  s.line = like.line, s.locFile = like.locFile, s.locLine = like.locLine;
  s.name = loads ? "ld" : "st";
  s.modifiers = {"param", type};
  if (loads)
    s.operands = {std::move(value), address(variable)};
  else
    s.operands = {address(variable), std::move(value)};
  return s;
}

Statement declaration(const Statement &like, const Variable &v) {
  Statement s;
  s.kind = Statement::Kind::Declaration;
  s.line = like.line;
  s.variables = {v};
  return s;
}

Variable inSpace(Variable v, const char *space, std::string text) {
  v.space = space;
  v.name = std::move(text);
  return v;
}

struct Signature {
  std::vector<Variable> results, parameters;
  bool hasRegisters = false;
};

class Lowering {
public:
  explicit Lowering(ast::Module &module) : module(module) {}

  void run() {
    for (const ast::Function &f : module.functions) {
      if (f.entry) continue;
      Signature s{f.results, f.parameters, false};
      for (const auto *list : {&f.results, &f.parameters})
        for (const Variable &v : *list) s.hasRegisters |= v.space == "reg";
      if (s.hasRegisters) signatures[f.name] = std::move(s);
    }
    if (signatures.empty()) return;
    for (ast::Function &f : module.functions) {
      std::vector<Statement> body;
      Statement first;
      first.line = f.line;
      std::vector<Variable> results;
      if (auto own = signatures.find(f.name); own != signatures.end()) {
        results = own->second.results;
        for (auto *list : {&f.parameters, &f.results})
          for (Variable &v : *list) {
            if (v.space != "reg") continue;
            body.push_back(declaration(first, inSpace(v, "reg", v.name)));
            if (list == &f.parameters) body.push_back(move(first, true, v.type, v.name + "$param", name(v.name)));
            v = inSpace(v, "param", v.name + "$param");
          }
      }
      if (!f.hasBody) continue;
      auto storeResults = [&](const Statement &like) {
        for (const Variable &v : results)
          if (v.space == "reg") body.push_back(move(like, false, v.type, v.name + "$param", name(v.name)));
      };
      for (Statement &s : f.body) {
        if (s.kind == Statement::Kind::Instruction && s.name == "ret") storeResults(s);
        if (s.kind == Statement::Kind::Instruction && s.name == "call")
          call(std::move(s), body);
        else
          body.push_back(std::move(s));
      }
      storeResults(body.empty() ? first : body.back());
      f.body = std::move(body);
    }
  }

private:
  void call(Statement s, std::vector<Statement> &body) {
    size_t callee = !s.operands.empty() && s.operands[0].kind == Operand::Kind::List ? 1 : 0;
    auto known = callee < s.operands.size() ? signatures.find(s.operands[callee].text) : signatures.end();
    if (known == signatures.end()) return body.push_back(std::move(s));
    std::vector<Statement> after;
    auto pass = [&](std::vector<Operand> &actual, const std::vector<Variable> &formal, bool isResult) {
      for (size_t i = 0; i < actual.size() && i < formal.size(); ++i) {
        if (formal[i].space != "reg") continue;
        std::string temporary = fmt::format("call${}", number++);
        body.push_back(declaration(s, inSpace(formal[i], "param", temporary)));
        if (isResult) {
          after.push_back(move(s, true, formal[i].type, temporary, actual[i]));
          after.back().guard = s.guard;
        } else {
          body.push_back(move(s, false, formal[i].type, temporary, actual[i]));
        }
        actual[i] = name(temporary);
      }
    };
    if (callee == 1) pass(s.operands[0].elements, known->second.results, true);
    if (callee + 1 < s.operands.size()) pass(s.operands[callee + 1].elements, known->second.parameters, false);
    body.push_back(std::move(s));
    for (Statement &load : after) body.push_back(std::move(load));
  }

  ast::Module &module;
  std::unordered_map<std::string, Signature> signatures;
  int number = 0;
};

} // namespace

void lowerRegisterParameters(ast::Module &module) { Lowering(module).run(); }

} // namespace tw::emu
