// Four words at a time, in one operation where the host can.
#include "plan_bits.hpp"
#include "plan_bits_host.hpp"

#include <cstddef>
#include <utility>

namespace tw::emulator {

#if defined(__x86_64__)
bool plan_bits_use_avx2 = __builtin_cpu_supports("avx2") != 0;
#else
bool plan_bits_use_avx2 = false;
#endif

namespace {

using Row = std::vector<std::uint64_t>;
constexpr std::size_t kAtOnce = 4;
/// A row is kept if it has at most so many words for each that is not zero.
constexpr std::size_t kMostZeros = 4;
static_assert(kBitsPadding == kAtOnce - 1);

enum class Op { all, none, add };

/// Four words as one value of the compiler's.
using Words [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;

template <Op kOp, class Word> [[gnu::always_inline]] inline bool walk(const Row &row, Word *words) {
  Words failed{};
  for (std::size_t i = 0; i < row.size(); i += kAtOnce) {
    const Words &mine = reinterpret_cast<const Words &>(row[i]);
    if constexpr (kOp == Op::add) {
      reinterpret_cast<Words &>(words[i]) |= mine;
    } else {
      const Words &there = reinterpret_cast<const Words &>(words[i]);
      failed |= kOp == Op::all ? mine & ~there : mine & there;
    }
  }
  return (failed[0] | failed[1] | failed[2] | failed[3]) == 0;
}

#if defined(__x86_64__)
template <Op kOp, class Word> [[gnu::target("avx2")]] bool walk_wide(const Row &row, Word *words) {
  return walk<kOp>(row, words);
}
#else
template <Op kOp, class Word> bool walk_wide(const Row &row, Word *words) { return walk<kOp>(row, words); }
#endif

template <Op kOp, class Word> bool run(const Row &row, Word *words) {
  return plan_bits_use_avx2 ? walk_wide<kOp>(row, words) : walk<kOp>(row, words);
}

} // namespace

PlanBits::PlanBits(std::vector<PlanBytes> parts) : parts_(std::move(parts)) {
  if (span() > kMostZeros * parts_.size()) return;
  row_.assign((span() + kAtOnce - 1) / kAtOnce * kAtOnce, 0);
  for (const PlanBytes &part : parts_) row_[part.number] = part.bytes;
}

bool PlanBits::all_in(const std::uint64_t *words) const {
  if (!row_.empty()) return run<Op::all>(row_, words);
  std::uint64_t missing = 0;
  for (const PlanBytes &part : parts_) missing |= part.bytes & ~words[part.number];
  return missing == 0;
}

bool PlanBits::none_in(const std::uint64_t *words) const {
  if (!row_.empty()) return run<Op::none>(row_, words);
  std::uint64_t found = 0;
  for (const PlanBytes &part : parts_) found |= part.bytes & words[part.number];
  return found == 0;
}

void PlanBits::add_to(std::uint64_t *words) const {
  if (!row_.empty()) {
    run<Op::add>(row_, words);
    return;
  }
  for (const PlanBytes &part : parts_) words[part.number] |= part.bytes;
}

} // namespace tw::emulator
