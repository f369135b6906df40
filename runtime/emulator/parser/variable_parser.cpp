// Parses declarations of variables and parameters (PTX ISA section 5.4).
#include <bit>
#include <string_view>

#include "parser/statement_parser.hpp"

namespace tw::emu {
namespace {

bool isTypeName(std::string_view text) {
  static constexpr std::string_view kTypes[] = {
      "b8",  "b16", "b32", "b64", "b128", "u8",    "u16",  "u32",    "u64",    "s8",         "s16",    "s32",
      "s64", "f16", "f32", "f64", "pred", "f16x2", "bf16", "bf16x2", "texref", "samplerref", "surfref"};
  for (std::string_view type : kTypes)
    if (text == type) return true;
  return false;
}

void parseAttributes(TokenStream &tokens, ast::Variable &v) {
  for (;;) {
    if (tokens.acceptDotted("align")) {
      uint64_t align = tokens.integer("an alignment");
      if (!std::has_single_bit(align))
        tokens.fail(fmt::format("alignment {} is not a power of two", align), "use 1, 2, 4, 8, 16, ...");
      // No rule of the machine asks for more than 1024; a bound keeps sums of offsets from wrapping around.
      if (align > 65536) tokens.fail(fmt::format("alignment {} is larger than 65536", align), "align to 1024 or less");
      v.align = static_cast<uint32_t>(align);
    } else if (tokens.acceptDotted("v2")) {
      v.vector = 2;
    } else if (tokens.acceptDotted("v4")) {
      v.vector = 4;
    } else if (tokens.acceptDotted("ptr")) {
      // The pointed-to space of a kernel pointer parameter only helps an optimiser.
      for (const char *space : {"global", "shared", "const", "local"}) tokens.acceptDotted(space);
      if (tokens.acceptDotted("align")) tokens.integer("an alignment");
    } else if (tokens.isDotted("attribute")) {
      tokens.take();
      tokens.expect('(', "after .attribute");
      while (!tokens.accept(')')) {
        if (tokens.atEnd()) tokens.fail("the list of attributes is never closed", "insert ')'");
        tokens.take();
      }
    } else if (tokens.peek().kind == TokenKind::Dotted && isTypeName(tokens.peek().text)) {
      v.type = std::string(tokens.take().text);
      if (v.type.ends_with("ref"))
        throw SyntaxError{tokens.line(), fmt::format("variables of type .{} are not supported", v.type),
                          "use memory instead of textures and surfaces", true};
    } else if (tokens.peek().kind == TokenKind::Dotted) {
      tokens.fail(fmt::format("'.{}' is not a type or attribute of a variable", tokens.peek().text),
                  "write a type such as .u32");
    } else {
      return;
    }
  }
}

class InitialiserParser {
public:
  InitialiserParser(TokenStream &tokens, ast::Variable &v) : tokens(tokens), v(v) {}

  void run() {
    if (!tokens.accept('{')) return value();
    // A bound keeps a broken text from exhausting the stack.
    if (++nesting > 16) tokens.fail("initial values are nested more than 16 deep", "close the braces");
    while (!tokens.accept('}')) {
      run();
      tokens.accept(',');
    }
    --nesting;
  }

private:
  void value() {
    ast::Variable::Init init;
    bool minus = false;
    while (tokens.is('-') || tokens.is('+')) minus ^= tokens.take().text[0] == '-';
    const Token &token = tokens.peek();
    if (token.kind == TokenKind::Identifier) {
      init.symbol = std::string(tokens.take().text);
      if (init.symbol == "generic") {
        init.generic = true;
        tokens.expect('(', "after generic");
        init.symbol = tokens.name("a variable");
        tokens.expect(')', "after the variable");
      }
      if (tokens.accept('+')) init.bits = tokens.integer("an offset");
    } else if (token.kind == TokenKind::Integer) {
      init.bits = minus ? -token.bits : token.bits;
      tokens.take();
    } else if (token.kind == TokenKind::Float32 || token.kind == TokenKind::Float64) {
      init.isFloat32 = token.kind == TokenKind::Float32;
      init.isFloat64 = !init.isFloat32;
      init.bits = token.bits ^ (minus ? (init.isFloat32 ? uint64_t{1} << 31 : uint64_t{1} << 63) : 0);
      tokens.take();
    } else {
      tokens.fail(fmt::format("expected an initial value but found '{}'", tokens.found()),
                  "write a constant or a variable name");
    }
    v.init.push_back(std::move(init));
  }

  TokenStream &tokens;
  ast::Variable &v;
  int nesting = 0; ///< braces open now
};

/// `name`, `name<N>`, `name[4][8]`, `name[]` and `= init`.
void parseDeclarator(TokenStream &tokens, ast::Variable &v) {
  v.line = tokens.line();
  v.name = tokens.name("a variable name");
  if (tokens.accept('<')) {
    uint64_t count = tokens.integer("a count");
    if (count > 1u << 20)
      tokens.fail(fmt::format("'{}<{}>' declares more than 2^20 names", v.name, count), "declare fewer");
    v.parameterized = static_cast<uint32_t>(count);
    tokens.expect('>', "after the count");
  }
  while (tokens.accept('[')) {
    uint64_t extent = tokens.is(']') ? 0 : tokens.integer("an extent");
    constexpr uint64_t kLimit = uint64_t{1} << 28;
    if (extent > kLimit || v.elements * extent > kLimit)
      tokens.fail(fmt::format("'{}' has more than 2^28 elements", v.name), "declare fewer elements");
    v.elements *= extent;
    tokens.expect(']', "after the extent");
  }
  if (!tokens.accept('=')) return;
  InitialiserParser(tokens, v).run();
  if (v.elements == 0) v.elements = v.init.size();
}

} // namespace

std::vector<ast::Variable> parseVariables(TokenStream &tokens, std::string space, bool external) {
  ast::Variable prefix;
  prefix.space = std::move(space);
  prefix.external = external;
  parseAttributes(tokens, prefix);
  if (prefix.type.empty()) tokens.fail("variable has no type", "write a type such as .u32");
  std::vector<ast::Variable> variables;
  do {
    ast::Variable v = prefix;
    parseDeclarator(tokens, v);
    variables.push_back(std::move(v));
  } while (tokens.accept(','));
  tokens.expect(';', "after the declaration");
  return variables;
}

ast::Variable parseParameter(TokenStream &tokens) {
  ast::Variable v;
  if (tokens.acceptDotted("reg"))
    v.space = "reg";
  else if (tokens.acceptDotted("param"))
    v.space = "param";
  else
    tokens.fail(fmt::format("expected .param or .reg but found '{}'", tokens.found()), "write .param before the type");
  parseAttributes(tokens, v);
  if (v.type.empty()) tokens.fail("parameter has no type", "write a type such as .u32");
  parseDeclarator(tokens, v);
  return v;
}

} // namespace tw::emu
