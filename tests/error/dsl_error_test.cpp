// Every message of the language: what, where, why, fix, and its code.
#include "../dsl/support.hpp"

#include <cstring>

using namespace tw;
using namespace dsl_test;

namespace {

/// Checks code, headline at the caller's line (or `line`), and that every part occurs.
void check(const Error &error, const char *code, int line, std::initializer_list<const char *> parts) {
  INFO(error.what());
  CHECK(error.code() == code);
  CHECK(contains(error.what(), "dsl_error_test.cpp:" + std::to_string(line) + ": error: "));
  CHECK(contains(error.what(), std::string("[") + code + "]"));
  for (const char *part : parts) CHECK(contains(error.what(), part));
}

} // namespace

// clang-format off
TEST_CASE("TW1001: extents are positive") {
  check(error_of([](auto) { zeros<f32>(8, 0); }), "TW1001", __LINE__, {"zeros: extent 1 is 0", "the extents are {8, 0}", "fix: give every extent"});
  check(error_of([](auto a) { a.tiled(-4, 8); }), "TW1001", __LINE__, {"tiled: extent 0 is -4"});
  check(error_of([](auto a) { a.tile_at({0, 0}, 4, 0); }), "TW1001", __LINE__, {"tile_at: extent 1 is 0"});
  check(error_of([](auto) { shared<f32> s(0); }), "TW1001", __LINE__, {"shared: extent 0 is 0"});
  check(error_of([](auto) { fragment<f32> f(-1); }), "TW1001", __LINE__, {"fragment: extent 0 is -1"});
  check(error_of([](auto) { full<f32>({3, -2}, 0); }), "TW1001", __LINE__, {"full: extent 1 is -2"});
  check(error_of([](auto) { parallel(0, [](auto) {}); }), "TW1001", __LINE__, {"parallel: extent 0 is 0"});
  check(error_of([](auto) { iota({0}, axis{0}); }), "TW1001", __LINE__, {"iota: extent 0 is 0"});
  check(error_of([](auto) { full<f32>({1, 1, 1, 1, 1, 1}, 0); }), "TW1001", __LINE__, {"at most 5 axes"});
}

TEST_CASE("TW1002: shapes that do not broadcast") {
  Error error = error_of([](auto) { zeros<f32>(8, 16) + zeros<f32>(8, 8); });
  check(error, "TW1002", __LINE__ - 1, {"+: {8, 16} and {8, 8} cannot be broadcast together", "a: Tile<f32> {8, 16}, made at", "b: Tile<f32> {8, 8}, made at", "fix: extents"});
  check(error_of([](auto) { select(zeros<i32>(4) > 0, zeros<f32>(8), 1); }), "TW1002", __LINE__, {"select: {8} and {4}"});
}

TEST_CASE("TW1003: K of a and K of b") {
  Error error = error_of([](auto) {
    shared<f16> a(128, 64);
    shared<f16> b("Bs", 32, 256);
    clear(a); clear(b);
    fragment<f32> acc(128, 256);
    clear(acc);
    mma(a, b, acc);
  });
  check(error, "TW1003", __LINE__ - 2, {"error: mma: K of a is 64 but K of b is 32 [TW1003]\n", "\n  a: shared<f16> {128, 64}, declared at ", "\n  b: shared<f16> {32, 256} 'Bs', declared at ", "\n  fix: declare b as {64, 256}"});
  check(error_of([](auto) { auto x = zeros<f32>(8, 16); dot(x, x); }), "TW1003", __LINE__, {"dot: K of a is 16 but K of b is 8", "declare b as {16, 16}"});
  check(error_of([](auto) { auto x = zeros<f32>(8, 16); dot(transposed(x), transposed(x)); }), "TW1003", __LINE__, {"K of a is 8 but K of b is 16", "declare b as {8, 8}"});
}

TEST_CASE("TW1004: the accumulator has the extents of the product") {
  Error error = error_of([](auto) { auto x = zeros<f32>(8, 8); dot(x, x, zeros<f32>(8, 16)); });
  check(error, "TW1004", __LINE__ - 1, {"dot: the product is {8, 8} but the accumulator {8, 16}", "accumulator: Tile<f32> {8, 16}", "fix: declare the accumulator as {8, 8}"});
}

TEST_CASE("TW1005: products have rank 2") {
  check(error_of([](auto) { dot(zeros<f32>(8), zeros<f32>(8, 8)); }), "TW1005", __LINE__, {"ranks 1 and 2", "fix: reshape"});
}

TEST_CASE("TW1006: assignment keeps the extents") {
  check(error_of([](auto) { auto x = zeros<f32>(8, 8); x = zeros<f32>(8, 1); }), "TW1006", __LINE__, {"a tile {8, 8} is assigned a value {8, 1}", "fix:"});
  check(error_of([](auto) { auto x = zeros<f32>(8, 1); x += zeros<f32>(8, 8); }), "TW1006", __LINE__, {"a tile {8, 1} is assigned a value {8, 8}"});
  check(error_of([](auto a) { a.tile_at({0, 0}, 8, 8) = zeros<f32>(4, 4); }), "TW1006", __LINE__, {"a tile {8, 8} of the tensor is assigned a value {4, 4}", "fix: tile the tensor"});
  check(error_of([](auto) { shared<f32> s(8, 8); s = zeros<f32>(4, 4); }), "TW1006", __LINE__, {"a buffer {8, 8} is assigned a value {4, 4}"});
}

TEST_CASE("TW1007: both sides of a copy have one shape") {
  check(error_of([](auto a) { shared<f32> s("s", 8, 8); copy(a.tile_at({0, 0}, 8, 16), s); }), "TW1007", __LINE__, {"the source is {8, 16} but the destination {8, 8}", "source: tile {8, 16} of a tensor, named at", "destination: shared<f32> {8, 8} 's'", "fix:"});
  check(error_of([](auto) { fragment<f32> f(4); auto x = zeros<f32>(8); copy(x, f); }), "TW1007", __LINE__, {"destination: Tile<f32> {4}"});
}

TEST_CASE("TW1008: a buffer is written before it is read") {
  check(error_of([](auto) { shared<f32> s("s", 8, 8); s + 1; }), "TW1008", __LINE__, {"buffer: shared<f32> {8, 8} 's', declared at", "fix: copy a tile into it"});
  check(error_of([](auto) { fragment<f32> f("acc", 8, 8); f + 1; }), "TW1008", __LINE__, {"'acc'"});
  check(error_of([](auto) { fragment<f32> f(8, 8); f += 1; }), "TW1008", __LINE__, {});
  check(error_of([](auto a) { shared<f32> s(8, 8); copy(s, a.tile_at({0, 0}, 8, 8)); }), "TW1008", __LINE__, {});
  check(error_of([](auto) { shared<f32> s(8, 8); dot(s, s); }), "TW1008", __LINE__, {});
  check(error_of([](auto) { fragment<f32> f(8, 8); Tile<f32> copied = f; }), "TW1008", __LINE__, {});
  check(error_of([](auto) { fragment<f32> f(8, 8); mma(zeros<f32>(8, 8), zeros<f32>(8, 8), f); }), "TW1008", __LINE__, {});
}

TEST_CASE("TW1009: axes that exist") {
  check(error_of([](auto) { reduce_sum(zeros<f32>(8, 8), axis{2}); }), "TW1009", __LINE__, {"reduce: axis 2 of a tile {8, 8}", "fix: axes count from 0 to 1"});
  check(error_of([](auto a) { a.size(-1); }), "TW1009", __LINE__, {"size: axis -1 of Tensor<f32, 2>"});
  check(error_of([](auto a) { a.tiled(8, 8).tiles(2); }), "TW1009", __LINE__, {"axis 2"});
  check(error_of([](auto) { iota({8}, axis{1}); }), "TW1009", __LINE__, {"iota: axis 1"});
  check(error_of([](auto) { zeros<f32>(8).extent(1); }), "TW1009", __LINE__, {"extent: axis 1"});
  check(error_of([](auto) { transpose(zeros<f32>(8)); }), "TW1009", __LINE__, {"transpose: the tile has rank 1"});
}

TEST_CASE("TW1010: reshape moves only axes of extent 1") {
  check(error_of([](auto) { reshape(zeros<f32>(8, 4), {32}); }), "TW1010", __LINE__, {"{8, 4} cannot become {32}", "fix:"});
}

TEST_CASE("TW1011: literals fit their element type") {
  check(error_of([](auto) { zeros<f16>(8) + 1e6; }), "TW1011", __LINE__, {"the literal 1.0e+06 does not fit f16", "fix: the largest value is 65504.0"});
  check(error_of([](auto) { zeros<u8>(8) + 256; }), "TW1011", __LINE__, {"the literal 256 does not fit u8", "the range is 0 to 255"});
  check(error_of([](auto a) { load(a.tile_at({0, 0}, 8, 8), pad(1e300)); }), "TW1011", __LINE__, {"does not fit f32"});
}

TEST_CASE("TW1020: one grid of blocks") {
  Error error = error_of([](auto) {
    for (Index i : blocks(4)) (void)i;
    for (Index i : blocks(4)) (void)i;
  });
  check(error, "TW1020", __LINE__ - 2, {"a second blocks() in one kernel", ("the first blocks() is at " + std::string(__FILE__)).c_str(), "fix: make a second kernel"});
}

TEST_CASE("TW1021: blocks are outermost") {
  Error error = error_of([](auto) {
    for (Index i : range(4))
      for (Index j : blocks(4)) (void)(i, j);
  });
  check(error, "TW1021", __LINE__ - 2, {"blocks() inside range", "fix: put blocks() outermost"});
}

TEST_CASE("TW1022: bodies run to their end") {
  Error error = error_of([](auto) { for (Index i : range(4)) { (void)i; break; } });
  check(error, "TW1022", __LINE__ - 1, {"range: the body was left by break, goto or return", "fix: guard the rest of the body with when("});
}

TEST_CASE("TW1023: values stay in the region that made them") {
  std::vector<Tile<f32>> kept;
  Error error = error_of([&](auto) {
    for (Index i : range(4)) { (void)i; kept.push_back(zeros<f32>(8)); }
    kept[0] + 1;
  });
  check(error, "TW1023", __LINE__ - 2, {"used outside the loop or branch", "Tile<f32> {8}, made at", "fix: declare a Tile or var before the loop"});
}

TEST_CASE("TW1023: one side of a branch does not see the other") {
  std::vector<Index> kept;
  check(error_of([&](auto a) { when(a.rows() < 4, [&] { kept.push_back(a.cols()); }, [&] { kept[0] + 1; }); }), "TW1023", __LINE__, {});
}

TEST_CASE("TW1024: values stay in their trace") {
  std::vector<Tile<f32>> kept;
  traced([&](auto) { kept.push_back(zeros<f32>(8)); });
  check(error_of([&](auto) { kept[0] + 1; }), "TW1024", __LINE__, {"a value of another trace", "fix: make the value inside"});
}

TEST_CASE("TW1025: values exist in a trace only") {
  try {
    zeros<f32>(8);
    FAIL("no error was raised");
  } catch (const Error &error) {
    check(error, "TW1025", __LINE__ - 3, {"no trace is running", "fix: call this inside"});
  }
}

TEST_CASE("TW1026: blocks share no variables") {
  Error error = error_of([](auto) {
    auto sum = zeros<f32>(8);
    for (Index i : blocks(4)) { (void)i; sum += 1; }
  });
  check(error, "TW1026", __LINE__ - 2, {"a variable from outside blocks() is assigned inside", "Tile<f32> {8}, declared at", "fix: declare it inside"});
}

TEST_CASE("TW1027: stages") {
  check(error_of([](auto) { for (Index k : pipelined(4, stages{0})) (void)k; }), "TW1027", __LINE__, {"stages is 0", "fix: give 1 to 8 stages"});
}

TEST_CASE("TW1030: parallel names elements by its own indices") {
  auto wrong = [](auto use) { return error_of([=](auto) { auto x = zeros<f32>(8, 8); parallel(8, 8, [&](auto i, auto j) { use(x, i, j); }); }); };
  check(wrong([](auto &x, auto i, auto j) { x(i + 1, j) = 0; }), "TW1030", __LINE__, {"subscript 0 is not an index of the loop", "fix: read the shifted tile with tile_at()"});
  check(wrong([](auto &x, auto i, auto) { x(i, 3) = 0; }), "TW1030", __LINE__, {"subscript 1 is not an index"});
  check(wrong([](auto &x, auto i, auto) { x(i, 0) = 0; }), "TW1030", __LINE__, {"subscript 1 is not an index", "or by 0 where the extent is 1"});
}

TEST_CASE("TW1031: parallel runs over the extents") {
  check(error_of([](auto) { auto x = zeros<f32>(8, 8); parallel(8, 4, [&](auto i, auto j) { x(i, j) = 0; }); }), "TW1031", __LINE__, {"index 1 runs to 4 but axis 1 has extent 8", "fix: let the loop run"});
  check(error_of([](auto) { auto x = zeros<f32>(8, 8); parallel(8, [&](auto i) { x(i) = 0; }); }), "TW1031", __LINE__, {"1 subscripts for a tile of rank 2"});
}

TEST_CASE("TW1032: each element has one writer") {
  check(error_of([](auto) { auto s = zeros<f32>(8); parallel(8, 4, [&](auto i, auto) { s(i) = 0; }); }), "TW1032", __LINE__, {"several points of the loop write one element", "fix: reduce"});
}

TEST_CASE("TW1033: each index once, of one loop") {
  check(error_of([](auto) { auto x = zeros<f32>(8, 8); parallel(8, 8, [&](auto i, auto) { x(i, i) = 0; }); }), "TW1033", __LINE__, {"one index names two axes"});
  check(error_of([](auto) { auto x = zeros<f32>(8, 8); parallel(8, 8, [&](auto i, auto) { parallel(8, 8, [&](auto, auto j) { x(i, j) = 0; }); }); }), "TW1033", __LINE__, {"indices of two loops"});
}

namespace {
struct Named {
  int bm = 4;
  unsigned char small = 1;
  void operator()(Tensor<f32, 1>) const {}
};
Error trace_error(const TraceOptions &options, int &line) {
  try {
    line = __LINE__ + 1;
    trace(Named{}, options);
  } catch (const Error &error) {
    return error;
  }
  FAIL("no error was raised");
  return Error("", "");
}
} // namespace

TEST_CASE("TW1040: names of kernels are identifiers of PTX") {
  int line = 0;
  for (const char *name : {"has space", "1st", "a-b", "a%", "_", "%", "ä"}) {
    Error error = trace_error({name, {}}, line);
    check(error, "TW1040", line, {"cannot be the name of a kernel", "fix: use letters, digits, _ and $"});
  }
  for (const char *name : {"a", "_a", "$", "%a1", "A$9"}) CHECK_NOTHROW(trace(Named{}, {name, {}}));
}

TEST_CASE("TW1041 and TW1042: members") {
  int line = 0;
  Error unknown = trace_error({"", {{"bn", 1}}}, line), misfit = trace_error({"", {{"small", 300}}}, line);
  check(unknown, "TW1041", line, {"no member 'bn'", "members: bm, small", "fix:"});
  check(misfit, "TW1042", line, {"member small cannot hold 300", "fix:"});
}
// clang-format on

TEST_CASE("the error is a std::exception with the whole text") {
  try {
    traced([](auto) { zeros<f32>(0); });
  } catch (const std::exception &error) {
    CHECK(std::strstr(error.what(), "[TW1001]") != nullptr);
  }
}
