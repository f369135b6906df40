// The textual form of distributed layouts.
#include "tilewright/Layout/Distributed.h"

#include <cctype>

namespace tilewright::layout {

namespace {

std::string listText(std::span<const Coord> bases) {
  std::string text = "[";
  for (size_t i = 0; i < bases.size(); ++i) text += (i > 0 ? "," : "") + bases[i].toString();
  return text + "]";
}

/// Reads the text front to back; the first failure sticks.
class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {}

  const std::string &error() const { return error_; }

  void expect(std::string_view token) {
    skipSpace();
    if (text_.substr(at_, token.size()) == token)
      at_ += token.size();
    else
      fail("expected '" + std::string(token) + "'");
  }

  void expectEnd() {
    skipSpace();
    if (at_ != text_.size()) fail("expected the end of the text");
  }

  Coord coord() {
    Coord result;
    list([&] {
      if (result.size() == Coord::maxRank) return fail("a tile has at most 8 dimensions");
      result.push(number());
    });
    return result;
  }

  std::vector<Coord> coords() {
    std::vector<Coord> result;
    list([&] { result.push_back(coord()); });
    return result;
  }

private:
  template <class Element> void list(Element element) {
    expect("[");
    skipSpace();
    if (peek() == ']') {
      ++at_;
      return;
    }
    while (error_.empty()) {
      element();
      skipSpace();
      if (peek() == ']') break;
      expect(",");
    }
    expect("]");
  }

  int number() {
    skipSpace();
    size_t start = at_;
    int value = 0;
    while (std::isdigit(static_cast<unsigned char>(peek())) && value < 100'000'000)
      value = value * 10 + (text_[at_++] - '0');
    if (at_ == start) fail("expected a number");
    return value;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skipSpace() {
    while (peek() == ' ') ++at_;
  }
  void fail(const std::string &what) {
    if (error_.empty()) error_ = what + " at column " + std::to_string(at_ + 1);
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

} // namespace

std::string Distributed::toString() const {
  return "reg=" + listText(registerBases_) + " lane=" + listText(laneBases_) + " warp=" + listText(warpBases_) +
         " repeat=" + repeat_.toString();
}

std::optional<Distributed> Distributed::parse(std::string_view text, std::string *error) {
  Parser parser(text);
  parser.expect("reg=");
  std::vector<Coord> registers = parser.coords();
  parser.expect("lane=");
  std::vector<Coord> lanes = parser.coords();
  parser.expect("warp=");
  std::vector<Coord> warps = parser.coords();
  parser.expect("repeat=");
  Coord repeat = parser.coord();
  parser.expectEnd();
  std::string problem = parser.error();
  Distributed layout(repeat, registers, lanes, warps);
  if (problem.empty()) problem = layout.verify();
  if (problem.empty()) return layout;
  if (error) *error = problem;
  return std::nullopt;
}

} // namespace tilewright::layout
