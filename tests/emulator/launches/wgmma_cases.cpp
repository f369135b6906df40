// Launches of the kernels that cuda/wgmma_every_n.cmake writes: one product for each type, N and kind of operands.
#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"

namespace tw::emu::test {
namespace {

/// What the registers of all threads hold in order: word i of thread t at i * 128 + t, accumulators of 64 x n.
template <class T, class Pack>
std::vector<T> inRegisters(const std::vector<int> &product, int n, int perWord, Pack pack) {
  std::vector<T> words;
  for (int i = 0; i < n / 2; i += perWord)
    for (int t = 0; t < 128; ++t) {
      int row = t / 32 * 16 + t % 32 / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
      words.push_back(pack(&product[static_cast<size_t>(row * n + column)]));
    }
  return words;
}

float asFloat(const int *x) { return static_cast<float>(*x); }
int32_t asInteger(const int *x) { return *x; }
uint32_t asHalves(const int *x) { return asHalf(x[0]) | asHalf(x[1]) << 16; }

} // namespace

std::vector<LaunchCase> wgmmaCases() {
  std::vector<LaunchCase> cases;
  auto add = [&](const std::string &source, const std::string &kind, int n, int k, int bytes, auto encodeA,
                 auto encodeB, bool turned, int perWord, auto pack, int lowest = -3) {
    Matrix a(turned ? k : 64, turned ? 64 : k, bytes, encodeA),
        b(turned ? k : n, turned ? n : k, bytes, encodeB, lowest);
    std::vector<int> product = turned ? productOfColumns<int>(a, b) : productOfRows<int>(a, b);
    using Word = decltype(pack(product.data()));
    LaunchCase launch(source, kind + "_n" + std::to_string(n));
    launch.in(a.data).in(b.data).out(inRegisters<Word>(product, n, perWord, pack)).block(128).variant("every N");
    cases.push_back(std::move(launch));
  };
  for (int n = 8; n <= 256; n += 8) {
    for (const char *form : {"", "_r"}) {
      std::string f = form;
      add("wgmma_n16", "bf16" + f, n, 16, 2, asBf16, asBf16, false, 1, asFloat);
      if (n % 32 == 0) add("wgmma_n16", "f16" + f, n, 16, 2, asHalf, asHalf, false, 2, asHalves);
      add("wgmma_n8", "tf32" + f, n, 8, 4, asTf32, asTf32, false, 1, asFloat);
      add("wgmma_n8", "fp8" + f, n, 32, 1, asE4m3, asE5m2, false, 1, asFloat);
      if (n <= 32 || n % 16 == 0) add("wgmma_n8", "int8" + f, n, 32, 1, asByte, asByte, false, 1, asInteger, 0);
    }
    add("wgmma_n16", "bf16_mn", n, 16, 2, asBf16, asBf16, true, 1, asFloat);
    if (n % 32 == 0) add("wgmma_n16", "f16_mn", n, 16, 2, asHalf, asHalf, true, 1, asFloat);
  }
  return cases;
}

} // namespace tw::emu::test
