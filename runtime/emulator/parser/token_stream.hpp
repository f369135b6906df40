// A cursor over tokens with the checks every parser function needs.
#pragma once

#include <fmt/format.h>

#include "parser/lexer.hpp"

namespace tw::emu {

/// Reads tokens one by one; every mismatch throws SyntaxError at the token's line.
class TokenStream {
public:
  explicit TokenStream(std::vector<Token> tokens) : tokens(std::move(tokens)) {}

  const Token &peek(size_t ahead = 0) const { return tokens[std::min(at + ahead, tokens.size() - 1)]; }
  const Token &take() { return tokens[at < tokens.size() - 1 ? at++ : at]; }
  int line() const { return peek().line; }
  bool atEnd() const { return peek().kind == TokenKind::End; }

  bool is(char c, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::Punctuation && peek(ahead).text[0] == c;
  }
  bool isDotted(std::string_view text) const { return peek().kind == TokenKind::Dotted && peek().text == text; }
  bool accept(char c) {
    if (!is(c)) return false;
    ++at;
    return true;
  }
  bool acceptDotted(std::string_view text) {
    if (!isDotted(text)) return false;
    ++at;
    return true;
  }
  void expect(char c, std::string_view where) {
    if (!accept(c))
      fail(fmt::format("expected '{}' {} but found '{}'", c, where, found()), fmt::format("insert '{}'", c));
  }
  std::string name(std::string_view what) {
    if (peek().kind != TokenKind::Identifier)
      fail(fmt::format("expected {} but found '{}'", what, found()), fmt::format("write {} here", what));
    return std::string(take().text);
  }
  uint64_t integer(std::string_view what) {
    if (peek().kind != TokenKind::Integer)
      fail(fmt::format("expected {} but found '{}'", what, found()), "write an integer");
    return take().bits;
  }
  std::string_view found() const { return atEnd() ? "end of file" : peek().text; }
  [[noreturn]] void fail(std::string message, std::string fix) const {
    throw SyntaxError{line(), std::move(message), std::move(fix)};
  }

private:
  std::vector<Token> tokens;
  size_t at = 0;
};

} // namespace tw::emu
