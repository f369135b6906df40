// Pieces of a PTX text that mutations work on: tokens, statements, kernels.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tw::emu::fuzz {

/// A piece of a text: a name, number, punctuation mark or a run of blanks and comments. All pieces together are the
/// text.
struct Piece {
  enum class Kind { Blank, Name, Register, Dotted, Number, Other };
  Kind kind = Kind::Other;
  std::string text;
};

/// Splits a text into pieces without judging it; joining them gives the same text.
std::vector<Piece> split(std::string_view text);
std::string join(const std::vector<Piece> &pieces);

/// Lines with their ends.
std::vector<std::string> lines(std::string_view text);

/// Texts that end in `;`, `{`, `}` or `:`, with the blanks before them.
std::vector<std::string> statements(std::string_view text);

/// One text per entry of `module`: everything outside functions, every .func, and that entry.
std::vector<std::string> kernels(std::string_view module);

} // namespace tw::emu::fuzz
