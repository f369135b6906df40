// wgmma results against a plain triple loop over integers: every type and N, both majors, every swizzle.
#include "wgmma_run.hpp"

#include <random>

#include "ops/matrix_number.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// The bits of a small integer in a type.
uint32_t encode(const std::string &type, int value) {
  double x = value;
  if (type == "f16") return narrow(kF16, x, Rounding::NearestEven);
  if (type == "bf16") return narrow(kBf16, x, Rounding::NearestEven);
  if (type == "e4m3") return narrow(kE4m3, x, Rounding::NearestEven);
  if (type == "e5m2") return narrow(kE5m2, x, Rounding::NearestEven);
  if (type == "tf32" || type == "f32") return std::bit_cast<uint32_t>(static_cast<float>(value));
  return static_cast<uint32_t>(value);
}

int decode(const std::string &type, uint32_t bits) {
  if (type == "f16") return static_cast<int>(widen(kF16, bits & 0xffff));
  if (type == "f32") return static_cast<int>(std::bit_cast<float>(bits));
  return static_cast<int>(bits);
}

int smallest(const std::string &type) { return type == "u8" ? 0 : -3; }

class Problem {
public:
  explicit Problem(const WgmmaCase &c, unsigned seed = 1, uint32_t pad = 0) : c(c), random(seed) {
    a.resize(64 * c.k), b.resize(c.n * c.k), start.resize(64 * c.n);
    auto fill = [&](std::vector<int> &v, int low, int high) {
      std::uniform_int_distribution<int> pick(low, high);
      for (int &x : v) x = pick(random);
    };
    fill(a, smallest(c.a), 3), fill(b, smallest(c.b), 3), fill(start, -8, 8);
    uint32_t aBytes = 0;
    if (!c.aRegisters) {
      placedA = place(1024, c.k, c.aBits, c.aTrans, c.aSwizzle, pad);
      for (int m = 0; m < 64; ++m)
        for (int k = 0; k < c.k; ++k) put(placedA.at(m, k, c.aBits, c.aTrans), c.aBits, encode(c.a, a[m * c.k + k]));
      aBytes = (static_cast<uint32_t>(image.size()) * 4 + 1023) / 1024 * 1024;
    }
    placedB = place(1024 + aBytes, c.k, c.bBits, c.bTrans, c.bSwizzle, pad);
    for (int n = 0; n < c.n; ++n)
      for (int k = 0; k < c.k; ++k) put(placedB.at(n, k, c.bBits, c.bTrans), c.bBits, encode(c.b, b[n * c.k + k]));
    accumulators.assign(128 * c.registers(), 0);
    eachAccumulator([&](int row, int column, uint32_t &word, int shift) {
      word |= encode(c.d, start[row * c.n + column]) << shift;
    });
    aRegisters.assign(128 * 5, 0);
    if (c.aRegisters) fillRegisters();
  }

  /// f(row, column, word, shift) per element of D, from the figure of the fragment.
  template <class F> void eachAccumulator(F f) {
    bool halves = c.d == "f16";
    for (int t = 0; t < 128; ++t)
      for (int i = 0; i < c.n / 2; ++i) {
        int row = t / 32 * 16 + t % 32 / 4 + (i / 2 % 2) * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
        f(row, column, accumulators[t * c.registers() + (halves ? i / 2 : i)], halves ? i % 2 * 16 : 0);
      }
  }

  KernelRun &run(KernelRun &r) {
    return r.buffer(image)
        .buffer(accumulators)
        .scalar(c.aRegisters ? uint64_t{0} : placedA.descriptor())
        .scalar(placedB.descriptor())
        .scalar(static_cast<uint32_t>(image.size()))
        .buffer(aRegisters)
        .block(128)
        .shared(static_cast<uint32_t>(image.size()) * 4);
  }

  void check(int times = 1) {
    int wrong = 0;
    eachAccumulator([&](int row, int column, uint32_t &word, int shift) {
      int sum = 0;
      for (int k = 0; k < c.k; ++k) sum += a[row * c.k + k] * b[column * c.k + k];
      sum = sum * c.scaleA * c.scaleB * times + (c.scaleD ? start[row * c.n + column] : 0);
      wrong += decode(c.d, word >> shift) != sum;
    });
    INFO(c.mnemonic() << " swizzle " << c.aSwizzle << "/" << c.bSwizzle << " trans " << c.aTrans << c.bTrans);
    REQUIRE(wrong == 0);
  }

  WgmmaCase c;
  std::mt19937 random;
  std::vector<int> a, b, start;
  PlacedOperand placedA, placedB;
  std::vector<uint32_t> image, accumulators, aRegisters;

private:
  void put(uint32_t address, int bits, uint32_t value) {
    uint32_t at = address - 1024;
    if (image.size() < at / 4 + 1) image.resize((at / 4 / 4 + 1) * 4);
    for (int i = 0; i < bits / 8; ++i) {
      uint32_t byte = at + static_cast<uint32_t>(i), shift = byte % 4 * 8;
      image[byte / 4] = (image[byte / 4] & ~(0xffu << shift)) | (value >> (8 * i) & 0xff) << shift;
    }
  }

  /// A fragments: figures of the ISA for 16-, 8- and 32-bit elements.
  void fillRegisters() {
    int per = 32 / c.aBits;
    for (int t = 0; t < 128; ++t)
      for (int i = 0; i < 4 * per; ++i) {
        int row = t / 32 * 16 + t % 32 / 4, column;
        if (c.aBits == 16)
          row += (i >> 1 & 1) * 8, column = t % 4 * 2 + (i & 1) + 8 * (i >> 2);
        else if (c.aBits == 8)
          row += (i >> 2 & 1) * 8, column = t % 4 * 4 + (i & 3) + 16 * (i >> 3);
        else
          row += (i & 1) * 8, column = t % 4 + 4 * (i >> 1);
        uint32_t mask = c.aBits == 32 ? ~0u : (1u << c.aBits) - 1;
        aRegisters[t * 5 + i / per] |= (encode(c.a, a[row * c.k + column]) & mask) << (i % per * c.aBits);
      }
  }
};

void check(const WgmmaCase &c, uint32_t pad = 0) {
  Problem problem(c, 1, pad);
  KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
  problem.run(run).clean();
  problem.check();
}

WgmmaCase typed(const std::string &d, const std::string &a, const std::string &b, int n) {
  WgmmaCase c;
  c.d = d, c.a = a, c.b = b, c.n = n;
  c.aBits = c.bBits = a == "tf32" ? 32 : a.find("16") != std::string::npos ? 16 : 8;
  c.k = 256 / c.aBits;
  return c;
}

} // namespace

TEST_CASE("wgmma of every type, operands from descriptors and registers") {
  const std::vector<std::array<std::string, 3>> types = {
      {"f32", "f16", "f16"},   {"f16", "f16", "f16"},   {"f32", "bf16", "bf16"}, {"f32", "tf32", "tf32"},
      {"f32", "e4m3", "e4m3"}, {"f32", "e4m3", "e5m2"}, {"f32", "e5m2", "e4m3"}, {"f16", "e5m2", "e5m2"},
      {"f16", "e4m3", "e5m2"}, {"s32", "s8", "s8"},     {"s32", "u8", "u8"},     {"s32", "s8", "u8"},
      {"s32", "u8", "s8"}};
  for (const auto &[d, a, b] : types)
    for (bool registers : {false, true}) {
      WgmmaCase c = typed(d, a, b, 24);
      c.aRegisters = registers;
      check(c);
      c.n = 256;
      c.aSwizzle = registers ? 0 : 128, c.bSwizzle = 64;
      check(c);
    }
}

TEST_CASE("wgmma of every legal n") {
  for (int n = 8; n <= 256; n += 8) {
    check(typed("f32", "bf16", "bf16", n));
    if (n == 8 || n == 24 || n % 16 == 0) check(typed("s32", "s8", "u8", n));
    if (n % 40 == 0) check(typed("f16", "f16", "f16", n)), check(typed("f32", "e5m2", "e4m3", n));
  }
}

TEST_CASE("wgmma operands in every major and swizzle, dense and padded") {
  for (int swizzle : {0, 32, 64, 128})
    for (bool aTrans : {false, true})
      for (bool bTrans : {false, true})
        for (uint32_t pad : {0u, 128u}) {
          WgmmaCase c = typed("f32", "f16", "f16", 128);
          c.aTrans = aTrans, c.bTrans = bTrans, c.aSwizzle = swizzle, c.bSwizzle = swizzle == 0 ? 128 : swizzle / 2;
          if (c.bSwizzle == 16) c.bSwizzle = 0;
          check(c, pad);
        }
}

TEST_CASE("a step along k inside a swizzled row adds to the start address") {
  WgmmaCase c = typed("f32", "bf16", "bf16", 64);
  c.k = 64, c.aSwizzle = c.bSwizzle = 128;
  Problem problem(c);
  c.k = 16;
  std::string body = kWgmmaFence;
  for (int step = 0; step < 4; ++step) body += wgmmaInstruction(c) + "add.u64 %a, %a, 2;\nadd.u64 %b, %b, 2;\n";
  KernelRun run(wgmmaKernel(c, body + kWgmmaCommitWait));
  problem.run(run).seed(GENERATE(0, 1, 2)).clean();
  problem.check();
}

TEST_CASE("wgmma scale-d false ignores the accumulator, negations multiply by -1") {
  WgmmaCase c = typed("f32", "f16", "f16", 32);
  c.scaleD = false;
  check(c);
  for (int a : {1, -1})
    for (int b : {1, -1}) {
      c.scaleA = a, c.scaleB = b, c.scaleD = a == b;
      check(c);
      c.aRegisters = true;
      check(c);
      c.aRegisters = false;
    }
}

TEST_CASE("wgmma integers wrap, and clamp with satfinite") {
  WgmmaCase c = typed("s32", "u8", "u8", 8);
  for (bool saturate : {false, true}) {
    c.satfinite = saturate ? ".satfinite" : "";
    Problem problem(c);
    std::fill(problem.accumulators.begin(), problem.accumulators.end(), 0x7ffffffeu);
    KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
    problem.run(run).clean();
    problem.eachAccumulator([&](int row, int column, uint32_t &word, int) {
      int64_t sum = 0x7ffffffe;
      for (int k = 0; k < c.k; ++k) sum += problem.a[row * c.k + k] * problem.b[column * c.k + k];
      REQUIRE(word == static_cast<uint32_t>(saturate ? std::min<int64_t>(sum, 0x7fffffff) : sum));
    });
  }
}

TEST_CASE("wgmma of single bits counts common ones") {
  WgmmaCase c = typed("s32", "b1", "b1", 16);
  c.k = 256, c.bitOp = ".and.popc", c.aBits = c.bBits = 32;
  WgmmaCase words = c;
  words.k = 8;
  for (bool registers : {false, true}) {
    c.aRegisters = words.aRegisters = registers;
    Problem problem(words);
    KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
    std::vector<int> before = problem.start;
    problem.run(run).clean();
    problem.eachAccumulator([&](int row, int column, uint32_t &word, int) {
      int sum = before[row * c.n + column];
      for (int k = 0; k < 8; ++k)
        sum += std::popcount(static_cast<uint32_t>(problem.a[row * 8 + k] & problem.b[column * 8 + k]));
      REQUIRE(word == static_cast<uint32_t>(sum));
    });
  }
}

TEST_CASE("wgmma drops the low 13 bits of tf32") {
  WgmmaCase c = typed("f32", "tf32", "tf32", 8);
  Problem problem(c);
  for (uint32_t &word : problem.image)
    if (word & 0x7fffffffu) word |= 0x1fff;
  KernelRun run(wgmmaKernel(c, kWgmmaFence + wgmmaInstruction(c) + kWgmmaCommitWait));
  problem.run(run).clean();
  problem.check();
}
