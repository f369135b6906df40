// Sparse wgmma against a plain loop over the matrix with its zeros: every type, n, selector and place of A; metadata
// that must not occur, and the hazards that dense wgmma has.
#include "wgmma_run.hpp"

#include <algorithm>
#include <random>

#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

uint32_t encode(const std::string &type, double x) {
  if (type == "f16") return narrow(kF16, x, Rounding::NearestEven);
  if (type == "bf16") return narrow(kBf16, x, Rounding::NearestEven);
  if (type == "e4m3") return narrow(kE4m3, x, Rounding::NearestEven);
  if (type == "e5m2") return narrow(kE5m2, x, Rounding::NearestEven);
  if (type == "tf32" || type == "f32") return std::bit_cast<uint32_t>(static_cast<float>(x));
  return static_cast<uint32_t>(static_cast<int>(x));
}

WgmmaCase typed(const std::string &d, const std::string &a, const std::string &b, int n) {
  WgmmaCase c;
  c.d = d, c.a = a, c.b = b, c.n = n, c.sparse = true;
  c.aBits = c.bBits = a == "tf32" ? 32 : a.find("16") != std::string::npos ? 16 : 8;
  c.k = 512 / c.aBits;
  return c;
}

/// Operands of a sparse product: A with its zeros, what is stored of it, and the metadata words of 128 threads.
struct Problem {
  explicit Problem(const WgmmaCase &c, unsigned seed = 1) : c(c), random(seed) {
    int depth = c.k / 2, chunk = c.aBits == 32 ? 2 : 4;
    auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    auto small = [&](const std::string &type) { return pick(type == "u8" ? 0 : -3, 3); };
    a.assign(64 * c.k, 0), b.resize(c.n * c.k), start.resize(64 * c.n), nibbles.resize(64 * c.k / chunk);
    std::vector<int> stored;
    for (int row = 0; row < 64; ++row)
      for (int at = 0; at < c.k; at += chunk) {
        uint32_t &bits = nibbles[(row * c.k + at) / chunk];
        if (chunk == 2) {
          int one = pick(0, 1), value = small(c.a);
          bits = one ? 0b1110 : 0b0100, a[row * c.k + at + one] = value;
          stored.push_back(value);
          continue;
        }
        int first = pick(0, 3), second = (first + pick(1, 3)) % 4;
        if (first > second) std::swap(first, second);
        bits = static_cast<uint32_t>(first | second << 2);
        for (int index : {first, second}) stored.push_back(a[row * c.k + at + index] = small(c.a));
      }
    for (int &x : b) x = small(c.b);
    for (int &x : start) x = pick(-8, 8);
    uint32_t aBytes = 0;
    registers.assign(128 * 5, 0);
    if (c.aRegisters) {
      fillRegisters(stored);
    } else {
      placedA = place(1024, depth, c.aBits, c.aTrans, c.aSwizzle);
      for (int m = 0; m < 64; ++m)
        for (int k = 0; k < depth; ++k)
          put(placedA.at(m, k, c.aBits, c.aTrans), c.aBits, encode(c.a, stored[m * depth + k]));
      aBytes = (static_cast<uint32_t>(image.size()) * 4 + 1023) / 1024 * 1024;
    }
    placedB = place(1024 + aBytes, c.k, c.bBits, c.bTrans, c.bSwizzle);
    for (int n = 0; n < c.n; ++n)
      for (int k = 0; k < c.k; ++k) put(placedB.at(n, k, c.bBits, c.bTrans), c.bBits, encode(c.b, b[n * c.k + k]));
    accumulators.assign(128 * c.registers(), 0);
    eachAccumulator([&](int row, int column, uint32_t &word, int shift) {
      word |= encode(c.d, start[row * c.n + column]) << shift;
    });
    fillMetadata(chunk);
  }

  /// Which chunk the j-th four bits of a thread describe; the other pair of a quad holds bits that must not be read.
  void fillMetadata(int chunk) {
    int chunks = c.k / chunk;
    for (int t = 0; t < 128; ++t) {
      int lane = t % 32, base = t / 32 * 16 + lane / 4;
      uint32_t &word = registers[t * 5 + 4];
      for (int j = 0; j < 8; ++j) {
        if (c.aBits == 8)
          word |= nibbles[(base + lane % 2 * 8) * chunks + lane / 2 % 2 * 8 + j] << 4 * j;
        else if (lane / 2 % 2 == c.selector)
          word |= nibbles[(base + j / 4 * 8) * chunks + lane % 2 * 4 + j % 4] << 4 * j;
      }
    }
  }

  /// The stored elements in registers: the fragments of dense A of the same types.
  void fillRegisters(const std::vector<int> &stored) {
    int per = 32 / c.aBits, depth = c.k / 2;
    for (int t = 0; t < 128; ++t)
      for (int i = 0; i < 4 * per; ++i) {
        int r = i / per, row = t / 32 * 16 + t % 32 / 4 + r % 2 * 8, column = t % 4 * per + i % per + r / 2 * 4 * per;
        uint32_t mask = c.aBits == 32 ? ~0u : (1u << c.aBits) - 1;
        registers[t * 5 + r] |= (encode(c.a, stored[row * depth + column]) & mask) << (i % per * c.aBits);
      }
  }

  template <class F> void eachAccumulator(F f) {
    bool halves = c.d == "f16";
    for (int t = 0; t < 128; ++t)
      for (int i = 0; i < c.n / 2; ++i) {
        int row = t / 32 * 16 + t % 32 / 4 + (i / 2 % 2) * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
        f(row, column, accumulators[t * c.registers() + (halves ? i / 2 : i)], halves ? i % 2 * 16 : 0);
      }
  }

  void put(uint32_t address, int bits, uint32_t value) {
    uint32_t at = address - 1024;
    if (image.size() < at / 4 + 1) image.resize((at / 16 + 1) * 4);
    for (int i = 0; i < bits / 8; ++i) {
      uint32_t byte = at + static_cast<uint32_t>(i), shift = byte % 4 * 8;
      image[byte / 4] = (image[byte / 4] & ~(0xffu << shift)) | (value >> (8 * i) & 0xff) << shift;
    }
  }

  KernelRun &prepare(KernelRun &r) {
    return r.buffer(image)
        .buffer(accumulators)
        .scalar(c.aRegisters ? uint64_t{0} : placedA.descriptor())
        .scalar(placedB.descriptor())
        .scalar(static_cast<uint32_t>(image.size()))
        .buffer(registers)
        .block(128)
        .shared(static_cast<uint32_t>(image.size()) * 4);
  }

  void check() {
    INFO(c.mnemonic() << " swizzle " << c.aSwizzle << "/" << c.bSwizzle << " trans " << c.aTrans << c.bTrans);
    KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
    prepare(run).clean();
    int wrong = 0;
    eachAccumulator([&](int row, int column, uint32_t &word, int shift) {
      int sum = 0;
      for (int k = 0; k < c.k; ++k) sum += a[row * c.k + k] * b[column * c.k + k];
      sum = sum * c.scaleA * c.scaleB + (c.scaleD ? start[row * c.n + column] : 0);
      uint32_t mask = c.d == "f16" ? 0xffff : ~0u;
      wrong += ((word >> shift) & mask) != (encode(c.d, sum) & mask);
    });
    REQUIRE(wrong == 0);
  }

  WgmmaCase c;
  std::mt19937 random;
  std::vector<int> a, b, start;
  std::vector<uint32_t> nibbles;
  PlacedOperand placedA, placedB;
  std::vector<uint32_t> image, accumulators, registers;
};

} // namespace

TEST_CASE("sparse wgmma of every type, both selectors, A from descriptors and registers") {
  const std::vector<std::array<std::string, 3>> types = {
      {"f32", "f16", "f16"},   {"f16", "f16", "f16"},   {"f32", "bf16", "bf16"}, {"f32", "tf32", "tf32"},
      {"f32", "e4m3", "e4m3"}, {"f32", "e4m3", "e5m2"}, {"f32", "e5m2", "e4m3"}, {"f16", "e5m2", "e5m2"},
      {"f16", "e4m3", "e5m2"}, {"s32", "s8", "s8"},     {"s32", "u8", "u8"},     {"s32", "s8", "u8"},
      {"s32", "u8", "s8"}};
  for (const auto &[d, a, b] : types)
    for (bool registers : {false, true})
      for (int selector = 0; selector < (a.find("8") != std::string::npos || a[0] == 'e' ? 1 : 2); ++selector) {
        WgmmaCase c = typed(d, a, b, 24);
        c.aRegisters = registers, c.selector = selector;
        Problem(c).check();
        c.n = 64, c.aSwizzle = registers ? 0 : 128, c.bSwizzle = 64, c.scaleD = false;
        Problem(c).check();
      }
}

TEST_CASE("sparse wgmma of every legal n") {
  for (int n = 8; n <= 256; n += 8) {
    Problem(typed("f32", "bf16", "bf16", n)).check();
    if (n == 8 || n == 24 || n % 16 == 0) Problem(typed("s32", "s8", "u8", n)).check();
    if (n % 40 == 0) Problem(typed("f16", "f16", "f16", n)).check(), Problem(typed("f32", "tf32", "tf32", n)).check();
  }
}

TEST_CASE("sparse wgmma operands in every major and swizzle, negated") {
  for (int swizzle : {0, 32, 64, 128})
    for (bool aTrans : {false, true})
      for (bool bTrans : {false, true}) {
        WgmmaCase c = typed("f32", "f16", "f16", 128);
        c.aTrans = aTrans, c.bTrans = bTrans, c.aSwizzle = swizzle, c.bSwizzle = swizzle == 64 ? 128 : 64;
        c.scaleA = aTrans ? -1 : 1, c.scaleB = bTrans ? -1 : 1;
        Problem(c).check();
      }
}

TEST_CASE("what is left out of sparse A meets nothing of B") {
  WgmmaCase c = typed("f32", "f16", "f16", 8);
  Problem p(c);
  // Column k of A is zero in all rows: an infinity in row k of B stays outside.
  int k = 0;
  for (int row = 0; row < 64; ++row) p.nibbles[row * 8] = 2 | 3 << 2;
  for (uint32_t t = 0; t < 128; ++t) p.registers[t * 5 + 4] = 0;
  p.fillMetadata(4);
  for (int n = 0; n < 8; ++n) p.put(p.placedB.at(n, k, 16, false), 16, 0x7c00);
  KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
  p.prepare(run).clean();
  p.eachAccumulator([](int, int, uint32_t &word, int) { REQUIRE(std::abs(std::bit_cast<float>(word)) < 1000.0f); });
}

TEST_CASE("metadata that names one element twice is reported, in the threads the selector picks only") {
  WgmmaCase c = typed("f32", "f16", "f16", 8);
  auto finding = [](const WgmmaCase &form, Problem &p) {
    KernelRun run(wgmmaKernel(form, kWgmmaFence + wgmmaInstruction(form) + kWgmmaCommitWait));
    return p.prepare(run).finding("wgmma.metadata");
  };
  for (int selector : {0, 1}) {
    c.selector = selector;
    Problem p(c);
    uint32_t bad = static_cast<uint32_t>(2 * selector) + 5; // thread 5 or 7: rows 1 and 9
    p.registers[bad * 5 + 4] &= ~0xf0u;
    Finding f = finding(c, p);
    REQUIRE(f.kind == FindingKind::Misuse);
    REQUIRE(f.at.where.thread.x == bad);
    REQUIRE_THAT(f.message, Catch::Contains("name one element of the chunk twice"));
    Problem other(c);
    other.registers[(bad ^ 2) * 5 + 4] = 0;
    KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
    other.prepare(run).clean();
  }
  WgmmaCase single = typed("f32", "tf32", "tf32", 8);
  Problem p(single);
  p.registers[4] = (p.registers[4] & ~0xfu) | 0b1001;
  REQUIRE_THAT(finding(single, p).message, Catch::Contains("are neither 0b0100 nor 0b1110"));
}

TEST_CASE("sparse wgmma has the hazards of dense") {
  WgmmaCase c = typed("f32", "bf16", "bf16", 8);
  auto finding = [&](const WgmmaCase &form, const std::string &body, const std::string &rule) {
    Problem p(form);
    KernelRun run(wgmmaKernel(form, body));
    return p.prepare(run).seed(GENERATE(0, 1, 2)).finding(rule);
  };
  std::string multiply = wgmmaInstruction(c);
  finding(c, kWgmmaFence + multiply + "add.f32 %d0, %d0, 0f3f800000;\n" + kWgmmaCommitWait, "race.wgmma-in-flight");
  finding(c, multiply + kWgmmaCommitWait, "wgmma.fence");
  finding(c, kWgmmaFence + multiply + "st.shared.u32 [%s], 0;\n" + kWgmmaCommitWait, "race.in-flight");
  c.aRegisters = true;
  multiply = wgmmaInstruction(c);
  finding(c, kWgmmaFence + multiply + "mov.b32 %x0, 0;\n" + kWgmmaCommitWait, "race.wgmma-operand-in-flight");
  // The metadata is read when the instruction issues.
  Problem p(c);
  KernelRun run(wgmmaKernel(c, kWgmmaFence + multiply + "mov.b32 %x4, 0;\n" + kWgmmaCommitWait));
  p.prepare(run).clean();
}
