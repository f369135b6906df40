// What the tests of the language share: traces as text without locations, searches in them, errors as values.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <tilewright/tilewright.hpp>
#include <vector>

namespace dsl_test {

inline bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

inline int count(const std::string &text, const std::string &part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

inline std::vector<std::string> lines_of(const std::string &text) {
  std::vector<std::string> lines(1);
  for (char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

/// The text with every `loc(...)` removed.
inline std::string without_locations(const std::string &text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 5, " loc(") == 0)
      at = text.find(')', at) + 1;
    else
      out += text[at++];
  }
  return out;
}

/// The first line that contains `part`, without leading blanks; empty if there is none.
inline std::string line_with(const std::string &text, const std::string &part) {
  for (const std::string &line : lines_of(text))
    if (contains(line, part)) return line.substr(line.find_first_not_of(' '));
  return "";
}

/// A kernel of one argument whose body is a lambda.
template <class Argument, class Body> struct LambdaKernel {
  void operator()(Argument a) const { (*body())(a); }
  static Body *&body() {
    static thread_local Body *current = nullptr;
    return current;
  }
};

/// The trace of a lambda over one tensor, without locations.
template <class Argument = tw::Tensor<tw::f32, 2>, class Body> std::string traced(Body body) {
  using K = LambdaKernel<Argument, Body>;
  K::body() = &body;
  return without_locations(tw::trace(K{}, {"test", {}}));
}

/// The error that a body raises; fails the test if it raises none.
template <class Argument = tw::Tensor<tw::f32, 2>, class Body> tw::Error error_of(Body body) {
  try {
    traced<Argument>(body);
  } catch (const tw::Error &error) {
    return error;
  }
  FAIL("no error was raised");
  return tw::Error("", "");
}

} // namespace dsl_test
