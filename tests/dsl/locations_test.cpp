// Every op of a trace knows the line of C++ that wrote it.
#include "support.hpp"

#include <map>
#include <set>

using namespace tw;
using namespace dsl_test;

namespace {

/// Trace lines by the line of C++ that their location names.
std::multimap<int, std::string> by_line(const std::string &text) {
  std::multimap<int, std::string> found;
  for (const std::string &line : lines_of(text)) {
    std::size_t at = line.rfind("loc(\"");
    if (at == std::string::npos) continue;
    std::size_t colon = line.find("\":", at);
    found.emplace(std::stoi(line.substr(colon + 2)), line.substr(line.find_first_not_of(' ')));
  }
  return found;
}

bool has(const std::multimap<int, std::string> &lines, int line, const std::string &op) {
  for (auto [at, end] = lines.equal_range(line); at != end; ++at)
    if (contains(at->second, op)) return true;
  return false;
}

// The test counts lines.
// clang-format off
struct EachLine {
  static constexpr int first = __LINE__ + 3;
  int n = 16;
  void operator()(Tensor<f32, 2> a, Tensor<f32, 2> c) const {
    auto A = a.tiled(n, n);
    for (auto [i, j] : blocks(A)) {
      auto x = zeros<f32>(n, n);
      for (Index k : range(A.cols())) {
        x +=
            dot(A(i, k),
                A(k, j));
        x = x * 2;
      }
      auto y =
          exp(x)
          + x;
      shared<f32> s(n, n);
      copy(A(i, j), s);
      auto old = x;
      when(i < 3, [&] {
        x = old;
      });
      parallel(n, n, [&](auto p, auto q) {
        s(p, q) = y(p, q)
                  - 1;
      });
      var<i32> v = 1;
      v = v + 1;
      c.tiled(n, n)(i, j) = x;
    }
  }
};

// clang-format on

} // namespace

TEST_CASE("each op carries its own line") {
  auto lines = by_line(trace(EachLine{}));
  const int first = EachLine::first;
  CHECK(has(lines, first + 1, "tile.dim"));
  CHECK(has(lines, first + 2, "tile.slot"));
  CHECK(has(lines, first + 3, "arith.ceildivui"));
  CHECK((has(lines, first + 5, "tile.dot") || has(lines, first + 6, "tile.dot")));
  CHECK((has(lines, first + 5, "arith.addf") || has(lines, first + 6, "arith.addf")));
  CHECK(has(lines, first + 7, "arith.mulf"));
  CHECK(has(lines, first + 7, "tile.set"));
  CHECK(has(lines, first + 10, "math.exp"));
  CHECK((has(lines, first + 10, "arith.addf") || has(lines, first + 11, "arith.addf")));
  CHECK(has(lines, first + 12, "tile.alloc"));
  CHECK(has(lines, first + 13, "tile.copy"));
  CHECK(has(lines, first + 14, "tile.get"));
  CHECK(has(lines, first + 15, "arith.cmpi"));
  CHECK(has(lines, first + 16, "tile.set"));
  CHECK((has(lines, first + 19, "arith.subf") || has(lines, first + 20, "arith.subf")));
  CHECK((has(lines, first + 19, "tile.write") || has(lines, first + 20, "tile.write")));
  CHECK(has(lines, first + 22, "tile.slot"));
  CHECK(has(lines, first + 23, "tile.set"));
  CHECK(has(lines, first + 24, "tile.store"));
}

TEST_CASE("no op is without a location, and none lies outside the kernel") {
  std::string text = trace(EachLine{});
  for (const std::string &line : lines_of(text)) {
    std::string trimmed = line.substr(line.find_first_not_of(' '));
    bool opens = trimmed.back() == '{';
    INFO(line);
    CHECK((opens || contains(line, " loc(\"")));
  }
  int outside = 0;
  for (const auto &[number, line] : by_line(text))
    outside += (number < EachLine::first || number > EachLine::first + 24) && !contains(line, "tile.return") &&
               line[0] != '}' && !contains(line, "tile.kernel");
  CHECK(outside == 0);
}

TEST_CASE("file names with quotes and backslashes stay one string") {
  CHECK(detail::quoted("a\"b\\c\n") == "\"a\\22b\\5Cc\\0A\"");
}
