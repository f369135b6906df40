// Parses the module level of PTX: header, variables, functions (PTX ISA sections 5 and 11).
#include "parser/parser.hpp"

#include "parser/register_parameters.hpp"
#include "parser/statement_parser.hpp"

namespace tw::emu {
namespace {

class ModuleParser {
public:
  explicit ModuleParser(std::string_view source) : tokens(tokenize(source)) {}

  ast::Module run() {
    while (!tokens.atEnd()) topLevel();
    if (module.versionMajor == 0)
      throw SyntaxError{1, "module has no .version", "start the file with .version, .target, .address_size"};
    lowerRegisterParameters(module);
    return std::move(module);
  }

private:
  void topLevel() {
    if (tokens.accept(';')) return;
    if (tokens.peek().kind != TokenKind::Dotted)
      tokens.fail(fmt::format("expected a directive but found '{}'", tokens.found()),
                  "write .version, .entry, .func or a variable");
    bool external = false;
    for (;;) {
      if (tokens.acceptDotted("extern"))
        external = true;
      else if (!tokens.acceptDotted("visible") && !tokens.acceptDotted("weak") && !tokens.acceptDotted("common"))
        break;
    }
    std::string name(tokens.take().text);
    if (name == "version")
      version();
    else if (name == "target")
      target();
    else if (name == "address_size")
      module.addressSize = static_cast<int>(tokens.integer("32 or 64"));
    else if (name == "file")
      file();
    else if (name == "section")
      section();
    else if (name == "pragma")
      skipPast(';');
    else if (name == "alias")
      throw SyntaxError{tokens.line(), "'.alias' is not supported", "call the aliasee", true};
    else if (name == "entry" || name == "func")
      function(name == "entry");
    else if (name == "global" || name == "const" || name == "shared") {
      for (ast::Variable &v : parseVariables(tokens, name, external)) module.variables.push_back(std::move(v));
    } else {
      tokens.fail(fmt::format("unknown directive '.{}'", name), "remove it");
    }
  }

  void version() {
    const Token &token = tokens.take();
    std::string text(token.text);
    if (std::sscanf(text.c_str(), "%d.%d", &module.versionMajor, &module.versionMinor) != 2)
      throw SyntaxError{token.line, fmt::format("'{}' is not a PTX version", text), "write for example .version 8.0"};
  }

  void target() {
    module.target = tokens.name("a target such as sm_80");
    while (tokens.accept(',')) tokens.name("a target option");
  }

  void file() {
    int number = static_cast<int>(tokens.integer("a file number"));
    if (tokens.peek().kind != TokenKind::String) tokens.fail("expected a file name", "write it in quotes");
    module.files.emplace_back(number, std::string(tokens.take().text));
    while (tokens.accept(',')) tokens.integer("a time stamp or size");
  }

  void section() {
    tokens.take();
    tokens.expect('{', "after the section name");
    skipPast('}');
  }

  void skipPast(char close) {
    while (!tokens.accept(close)) {
      if (tokens.atEnd()) tokens.fail(fmt::format("'{}' is missing", close), fmt::format("add '{}'", close));
      tokens.take();
    }
  }

  std::vector<ast::Variable> parameterList() {
    std::vector<ast::Variable> list;
    if (!tokens.accept('(')) return list;
    while (!tokens.accept(')')) {
      list.push_back(parseParameter(tokens));
      if (!tokens.is(')')) tokens.expect(',', "between parameters");
    }
    return list;
  }

  void extents(uint32_t *xyz) {
    for (int i = 0; i < 3; ++i) {
      xyz[i] = i == 0 || tokens.accept(',') ? static_cast<uint32_t>(tokens.integer("a thread count")) : 1;
    }
  }

  void directives(ast::Function &f) {
    while (tokens.peek().kind == TokenKind::Dotted) {
      std::string name(tokens.take().text);
      if (name == "reqntid")
        extents(f.requiredThreads);
      else if (name == "maxntid")
        extents(f.maxThreads);
      else if (name == "reqnctapercluster")
        extents(f.requiredCluster);
      else if (name == "maxnreg")
        f.maxRegisters = static_cast<uint32_t>(tokens.integer("a register count"));
      else if (name == "minnctapersm")
        f.minBlocks = static_cast<uint32_t>(tokens.integer("a count"));
      else if (name == "maxnctapersm" || name == "maxclusterrank")
        tokens.integer("a count");
      else if (name == "explicitcluster" || name == "noreturn" || name == "blocksareclusters")
        continue;
      else if (name == "pragma")
        skipPast(';');
      else
        tokens.fail(fmt::format("unknown function directive '.{}'", name), "remove it");
    }
  }

  void function(bool entry) {
    ast::Function f;
    f.entry = entry;
    f.line = tokens.line();
    if (!entry) f.results = parameterList();
    f.name = tokens.name("a function name");
    f.parameters = parameterList();
    directives(f);
    if (tokens.accept('{')) {
      f.hasBody = true;
      f.body = parseBody(tokens);
    } else {
      tokens.accept(';');
    }
    module.functions.push_back(std::move(f));
  }

  TokenStream tokens;
  ast::Module module;
};

} // namespace

ast::Module parse(std::string_view source) { return ModuleParser(source).run(); }

} // namespace tw::emu
