// Splits PTX texts, valid or not, into pieces.
#include "text.hpp"

#include <cctype>

namespace tw::emu::fuzz {
namespace {

bool blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }

} // namespace

std::vector<Piece> split(std::string_view text) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char c = text[at++];
    auto kind = Piece::Kind::Other;
    if (blank(c)) {
      kind = Piece::Kind::Blank;
      while (at < text.size() && blank(text[at])) ++at;
    } else if (c == '/' && at < text.size() && text[at] == '/') {
      kind = Piece::Kind::Blank;
      while (at < text.size() && text[at] != '\n') ++at;
    } else if (c == '.' && at < text.size() && word(text[at])) {
      kind = Piece::Kind::Dotted;
      while (at < text.size() && (word(text[at]) || text[at] == ':')) ++at;
    } else if (word(c) || c == '%') {
      kind = std::isdigit(static_cast<unsigned char>(c)) ? Piece::Kind::Number
             : c == '%'                                  ? Piece::Kind::Register
                                                         : Piece::Kind::Name;
      while (at < text.size() && word(text[at])) ++at;
    }
    pieces.push_back({kind, std::string(text.substr(from, at - from))});
  }
  return pieces;
}

std::string join(const std::vector<Piece> &pieces) {
  std::string text;
  for (const Piece &piece : pieces) text += piece.text;
  return text;
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    list.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return list;
}

std::vector<std::string> statements(std::string_view text) {
  std::vector<std::string> list;
  std::string open;
  int vectors = 0;
  for (const Piece &piece : split(text)) {
    open += piece.text;
    // Braces inside an operand list are vectors: they come after a name on the same statement.
    if (piece.text == "{" && open.find_first_not_of(" \t\n\r{") != std::string::npos) ++vectors;
    bool ends = piece.text == ";" || piece.text == ":" || (vectors == 0 && (piece.text == "{" || piece.text == "}"));
    if (piece.text == "}" && vectors > 0) --vectors;
    if (piece.text == ";") vectors = 0;
    if (!ends) continue;
    list.push_back(std::move(open));
    open.clear();
  }
  list.push_back(std::move(open));
  return list;
}

std::vector<std::string> kernels(std::string_view module) {
  std::vector<std::string> chunks(1);
  std::vector<size_t> entries;
  int depth = 0;
  bool entry = false, function = false;
  for (const Piece &piece : split(module)) {
    chunks.back() += piece.text;
    if (piece.text == ".entry") entry = true;
    if (piece.text == ".func") function = true;
    if (piece.text == "{") ++depth;
    if (piece.text == "}") --depth;
    bool ends = depth == 0 && (piece.text == "}" || piece.text == ";" ||
                               (!entry && !function && piece.text.find('\n') != std::string::npos));
    if (!ends) continue;
    if (entry && piece.text == "}") entries.push_back(chunks.size() - 1);
    entry = function = false;
    chunks.emplace_back();
  }
  std::vector<std::string> texts;
  for (size_t chosen : entries) {
    texts.emplace_back();
    for (size_t i = 0, other = 0; i < chunks.size(); ++i) {
      bool isEntry = other < entries.size() && entries[other] == i;
      if (isEntry) ++other;
      if (!isEntry || i == chosen) texts.back() += chunks[i];
    }
  }
  return texts;
}

} // namespace tw::emu::fuzz
