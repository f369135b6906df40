// Parses function bodies: instructions, operands, labels, scopes.
#include "parser/statement_parser.hpp"

#include <bit>

namespace tw::emu {
namespace {

using ast::Operand;
using ast::Statement;

class BodyParser {
public:
  explicit BodyParser(TokenStream &tokens) : tokens(tokens) {}

  std::vector<Statement> run() {
    for (int depth = 1; depth > 0;) {
      if (tokens.atEnd()) tokens.fail("function body is never closed", "add }");
      if (tokens.accept('{')) {
        emit(Statement::Kind::ScopeOpen);
        ++depth;
      } else if (tokens.accept('}')) {
        if (--depth > 0) emit(Statement::Kind::ScopeClose);
      } else if (!tokens.accept(';')) {
        statement();
      }
    }
    return std::move(body);
  }

private:
  Statement &emit(Statement::Kind kind) {
    Statement s;
    s.kind = kind;
    s.line = tokens.line();
    s.locFile = locFile, s.locLine = locLine;
    body.push_back(std::move(s));
    return body.back();
  }

  void statement() {
    if (tokens.peek().kind == TokenKind::Dotted) return directive();
    if (tokens.peek().kind == TokenKind::Identifier && tokens.is(':', 1)) return label();
    instruction();
  }

  void label() {
    Statement &s = emit(Statement::Kind::Label);
    s.name = tokens.name("a label");
    tokens.expect(':', "after the label");
    Statement::Kind kind;
    if (tokens.acceptDotted("branchtargets"))
      kind = Statement::Kind::BranchTargets;
    else if (tokens.acceptDotted("calltargets"))
      kind = Statement::Kind::CallTargets;
    else if (tokens.acceptDotted("callprototype"))
      kind = Statement::Kind::Prototype;
    else
      return;
    s.kind = kind;
    if (kind == Statement::Kind::Prototype) return prototype(s);
    do {
      Operand target;
      target.text = tokens.name("a label");
      s.operands.push_back(target);
    } while (tokens.accept(','));
    tokens.expect(';', "after the list");
  }

  void prototype(Statement &s) {
    auto list = [&](const char *space) {
      if (!tokens.accept('(')) return;
      while (!tokens.accept(')')) {
        ast::Variable v = parseParameter(tokens);
        v.space = space;
        s.variables.push_back(std::move(v));
        tokens.accept(',');
      }
    };
    list("result");
    tokens.name("'_'");
    list("param");
    while (!tokens.accept(';')) tokens.take();
  }

  void directive() {
    std::string name(tokens.peek().text);
    if (name == "reg" || name == "shared" || name == "global" || name == "const" || name == "local" ||
        name == "param") {
      tokens.take();
      Statement &s = emit(Statement::Kind::Declaration);
      s.variables = parseVariables(tokens, name, false);
    } else if (name == "loc") {
      tokens.take();
      locFile = static_cast<int>(tokens.integer("a file number"));
      locLine = static_cast<int>(tokens.integer("a line number"));
      tokens.integer("a column");
      if (tokens.accept(',')) skipInlinedAt();
    } else if (name == "pragma") {
      while (!tokens.accept(';')) tokens.take();
    } else {
      tokens.fail(fmt::format("directive '.{}' cannot stand in a function body", name), "remove it");
    }
  }

  void skipInlinedAt() {
    int line = tokens.line();
    while (tokens.line() == line && !tokens.atEnd()) tokens.take();
  }

  void instruction() {
    Statement &s = emit(Statement::Kind::Instruction);
    if (tokens.accept('@')) {
      ast::Guard guard;
      guard.negated = tokens.accept('!');
      guard.name = tokens.name("a predicate");
      s.guard = guard;
    }
    s.line = tokens.line();
    s.name = tokens.name("an opcode");
    while (tokens.peek().kind == TokenKind::Dotted) s.modifiers.emplace_back(tokens.take().text);
    while (!tokens.accept(';')) {
      s.operands.push_back(operand());
      if (tokens.is(';')) continue;
      tokens.expect(',', fmt::format("between the operands of '{}'", s.name));
    }
  }

  Operand operand() {
    Operand first = simpleOperand();
    if (!tokens.accept('|')) return first;
    Operand pair;
    pair.kind = Operand::Kind::Pair;
    pair.elements = {std::move(first), simpleOperand()};
    return pair;
  }

  std::vector<Operand> listUntil(char close) {
    // The deepest list of PTX is [map, {x, y}] in a call; a bound keeps a broken text from exhausting the stack.
    if (++nesting > 8) tokens.fail("operand lists are nested more than 8 deep", "close the brackets");
    std::vector<Operand> elements;
    while (!tokens.accept(close)) {
      elements.push_back(simpleOperand());
      if (!tokens.is(close)) tokens.expect(',', "in the operand list");
    }
    --nesting;
    return elements;
  }

  Operand simpleOperand() {
    Operand o;
    if (tokens.accept('{')) {
      o.kind = Operand::Kind::Vector;
      o.elements = listUntil('}');
      return o;
    }
    if (tokens.accept('(')) {
      o.kind = Operand::Kind::List;
      o.elements = listUntil(')');
      return o;
    }
    if (tokens.accept('[')) {
      o.kind = Operand::Kind::Address;
      o.elements = listUntil(']');
      if (o.elements.empty()) tokens.fail("address operand is empty", "write [register+offset]");
      o.offset = o.elements[0].offset;
      return o;
    }
    if (tokens.accept('!')) {
      bool negate = true;
      while (tokens.accept('!')) negate = !negate;
      o = simpleOperand();
      o.negated ^= negate;
      return o;
    }
    bool minus = false, invert = false;
    while (tokens.is('-') || tokens.is('+') || tokens.is('~')) {
      if (tokens.is('-')) minus = !minus;
      if (tokens.is('~')) invert = true;
      tokens.take();
    }
    const Token &token = tokens.peek();
    switch (token.kind) {
    case TokenKind::Integer:
      o.kind = Operand::Kind::Integer;
      o.bits = minus ? -token.bits : token.bits;
      if (invert) o.bits = ~o.bits;
      break;
    case TokenKind::Float32:
      o.kind = Operand::Kind::Float32;
      o.bits = token.bits ^ (minus ? 0x80000000u : 0u);
      break;
    case TokenKind::Float64:
      o.kind = Operand::Kind::Float64;
      o.bits = token.bits ^ (minus ? uint64_t{1} << 63 : 0);
      break;
    case TokenKind::Identifier:
      o = nameOperand();
      o.negated = minus;
      return o;
    default:
      tokens.fail(fmt::format("expected an operand but found '{}'", tokens.found()),
                  "write a register, constant or address");
    }
    tokens.take();
    return o;
  }

  Operand nameOperand() {
    Operand o;
    o.text = std::string(tokens.take().text);
    if (o.text == "_") {
      o.kind = Operand::Kind::Sink;
      return o;
    }
    if (o.text == "WARP_SZ") {
      o.kind = Operand::Kind::Integer;
      o.bits = 32;
      return o;
    }
    while (tokens.peek().kind == TokenKind::Dotted && !tokens.peek().spaced)
      o.text += fmt::format(".{}", tokens.take().text);
    if (tokens.is('+') || tokens.is('-')) {
      bool minus = false;
      while (tokens.is('+') || tokens.is('-')) minus ^= tokens.take().text[0] == '-';
      uint64_t value = tokens.integer("an address offset");
      o.offset = static_cast<int64_t>(minus ? -value : value);
    }
    return o;
  }

  TokenStream &tokens;
  std::vector<Statement> body;
  int locFile = 0, locLine = 0;
  int nesting = 0; ///< operand lists open now
};

} // namespace

std::vector<ast::Statement> parseBody(TokenStream &tokens) { return BodyParser(tokens).run(); }

} // namespace tw::emu
