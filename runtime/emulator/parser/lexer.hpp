// Splits PTX text into tokens (PTX ISA section 4, "Syntax").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tw::emu {

/// A rejected PTX text: where and what. `unsupported` separates "valid PTX that this machine lacks" from "not PTX".
struct SyntaxError {
  int line = 0;
  std::string message;
  std::string fix;
  bool unsupported = false;
};

enum class TokenKind : uint8_t {
  Identifier, ///< name, opcode or register: `add`, `%r1`, `$L_2`
  Dotted,     ///< `.global`, `.L2::128B`, `.x`: text without the dot
  Integer,    ///< any radix; value in `bits`
  Float32,    ///< `0f3F800000`; bit pattern in `bits`
  Float64,    ///< `0d...` or a decimal literal; bit pattern in `bits`
  String,     ///< text without quotes
  Punctuation,
  End
};

/// One token; `text` points into the source handed to `tokenize`.
struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  int line = 0;
  uint64_t bits = 0;
  /// True when white space or a comment stands before the token (`%tid .x` is not `%tid.x`).
  bool spaced = false;
};

/// All tokens of `source`, ending with one `End` token. Throws SyntaxError on a character or literal PTX does not have.
std::vector<Token> tokenize(std::string_view source);

} // namespace tw::emu
