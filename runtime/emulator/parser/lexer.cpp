// Splits PTX text into tokens.
#include "parser/lexer.hpp"

#include <bit>
#include <cctype>
#include <cstdlib>

#include <fmt/format.h>

namespace tw::emu {
namespace {

bool isNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%'; }
bool isNameRest(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

class Lexer {
public:
  explicit Lexer(std::string_view source) : source(source) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    tokens.reserve(source.size() / 4);
    for (;;) {
      bool spaced = skipBlank();
      Token token = next();
      token.spaced = spaced;
      tokens.push_back(token);
      if (token.kind == TokenKind::End) return tokens;
    }
  }

private:
  char peek(size_t ahead = 0) const { return at + ahead < source.size() ? source[at + ahead] : '\0'; }

  bool skipBlank() {
    size_t before = at;
    for (;;) {
      char c = peek();
      if (c == '\n') {
        ++line, ++at;
      } else if (c != '\0' && std::isspace(static_cast<unsigned char>(c))) {
        ++at;
      } else if (c == '/' && peek(1) == '/') {
        while (at < source.size() && source[at] != '\n') ++at;
      } else if (c == '/' && peek(1) == '*') {
        int opened = line;
        at += 2;
        while (at < source.size() && !(peek() == '*' && peek(1) == '/')) {
          if (source[at] == '\n') ++line;
          ++at;
        }
        if (at >= source.size()) throw SyntaxError{opened, "comment is never closed", "add */"};
        at += 2;
      } else {
        return at != before;
      }
    }
  }

  Token make(TokenKind kind, size_t from, size_t to) { return {kind, source.substr(from, to - from), line, 0, false}; }

  Token next() {
    char c = peek();
    size_t from = at;
    if (at >= source.size() || c == '\0') return make(TokenKind::End, from, from);
    if (isNameStart(c)) {
      ++at;
      while (isNameRest(peek())) ++at;
      return make(TokenKind::Identifier, from, at);
    }
    if (c == '.' && (isNameRest(peek(1)))) {
      ++at;
      for (;;) {
        if (isNameRest(peek()))
          ++at;
        else if (peek() == ':' && peek(1) == ':')
          at += 2;
        else
          break;
      }
      return make(TokenKind::Dotted, from + 1, at);
    }
    if (std::isdigit(static_cast<unsigned char>(c))) return number();
    if (c == '"') {
      ++at;
      while (at < source.size() && source[at] != '"') {
        if (source[at] == '\n') throw SyntaxError{line, "string is never closed", "add a closing quote"};
        if (source[at] == '\\') ++at;
        ++at;
      }
      if (at >= source.size()) throw SyntaxError{line, "string is never closed", "add a closing quote"};
      ++at;
      return make(TokenKind::String, from + 1, at - 1);
    }
    static constexpr std::string_view kPunctuation = "{}()[]<>,;:=+-!~|@&*/^?";
    if (kPunctuation.find(c) == std::string_view::npos)
      throw SyntaxError{line, fmt::format("unexpected character '{}'", c), "remove it; PTX text is ASCII"};
    ++at;
    return make(TokenKind::Punctuation, from, at);
  }

  Token hexFloat(TokenKind kind, size_t digits) {
    size_t from = at;
    at += 2;
    uint64_t bits = 0;
    for (size_t i = 0; i < digits; ++i, ++at) {
      if (!std::isxdigit(static_cast<unsigned char>(peek())))
        throw SyntaxError{line, fmt::format("float literal '{}' has {} hex digits", source.substr(from, at - from), i),
                          fmt::format("write exactly {} hex digits after 0{}", digits, source[from + 1])};
      bits = bits * 16 + std::strtoull(std::string(1, peek()).c_str(), nullptr, 16);
    }
    Token token = make(kind, from, at);
    token.bits = bits;
    return token;
  }

  Token number() {
    size_t from = at;
    char second = static_cast<char>(std::tolower(static_cast<unsigned char>(peek(1))));
    if (peek() == '0' && second == 'f') return hexFloat(TokenKind::Float32, 8);
    if (peek() == '0' && second == 'd') return hexFloat(TokenKind::Float64, 16);
    while (std::isalnum(static_cast<unsigned char>(peek()))) ++at;
    bool isHex = peekAt(from) == '0' && second == 'x';
    if (!isHex && peek() == '.' && std::isdigit(static_cast<unsigned char>(peek(1)))) {
      ++at;
      while (std::isalnum(static_cast<unsigned char>(peek()))) ++at;
      if ((source[at - 1] == 'e' || source[at - 1] == 'E') && (peek() == '-' || peek() == '+')) {
        ++at;
        while (std::isdigit(static_cast<unsigned char>(peek()))) ++at;
      }
      Token token = make(TokenKind::Float64, from, at);
      token.bits = std::bit_cast<uint64_t>(std::strtod(std::string(token.text).c_str(), nullptr));
      return token;
    }
    Token token = make(TokenKind::Integer, from, at);
    std::string digits(token.text);
    while (!digits.empty() && (digits.back() == 'U' || digits.back() == 'u')) digits.pop_back();
    int base = 10;
    size_t skip = 0;
    if (isHex)
      base = 16, skip = 2;
    else if (digits.size() > 1 && digits[0] == '0' && second == 'b')
      base = 2, skip = 2;
    else if (digits.size() > 1 && digits[0] == '0')
      base = 8, skip = 1;
    char *end = nullptr;
    token.bits = std::strtoull(digits.c_str() + skip, &end, base);
    if (*end != '\0' || digits.size() == skip)
      throw SyntaxError{line, fmt::format("'{}' is not a number", token.text),
                        "write a decimal, 0x, 0, 0b, 0f or 0d literal"};
    return token;
  }

  char peekAt(size_t i) const { return source[i]; }

  std::string_view source;
  size_t at = 0;
  int line = 1;
};

} // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

} // namespace tw::emu
