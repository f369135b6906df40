// How the warps of a block share a product: the rules that planning and the cost model have in common.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H

#include <cstdint>
#include <optional>

namespace tilewright::sched {

/// Accumulator elements per thread that leave room for operands and addresses in 255 registers.
inline constexpr int64_t kAccumulatorsPerThread = 128;
/// The same where functions are computed on the accumulators: their intermediate values want registers too.
inline constexpr int64_t kAccumulatorsUnderMaths = 64;
inline constexpr int64_t kMaxWarps = 16;
/// Copies in flight in a pipelined loop where nothing else is asked for.
inline constexpr int64_t kDefaultStages = 3;

/// The most stages of a pipe where nothing else is asked for.
inline constexpr int64_t kMostAsyncStages = 6;
/// Stages of what a tile loads once: with two the next tile's comes while this one's is read.
inline constexpr int64_t kSingleLoadStages = 2;
/// A warpgroup, so that it can give up registers; one of its threads works.
inline constexpr int64_t kProducerWarps = 4;

/// Bytes per clock and multiprocessor from the second-level cache: 5120 of the whole A100 (vendor's white paper), and
/// of the same order elsewhere.
inline constexpr double kL2BytesPerClock = 47;
/// The share of the matrix rate that warpgroups reach while their operands are there.
inline constexpr double kGroupEfficiency = 0.95;

/// The rows and columns of warps over a product.
struct WarpGrid {
  int64_t rows = 1, columns = 1;
};

/// How `warps` share an m x n product in pieces of 16 x 8 with the least traffic from shared memory; nothing if they
/// cannot.
std::optional<WarpGrid> shareWarps(int64_t m, int64_t n, int64_t warps);

/// How `warpgroups` share an m x n product of wgmma in pieces of 64 rows and whole instructions of at most 256 columns;
/// nothing if they cannot, or if a thread would hold more than kAccumulatorsPerThread elements.
std::optional<WarpGrid> shareWarpgroups(int64_t m, int64_t n, int64_t warpgroups);

/// The number of warpgroups that compute a product of m rows: two where each has 64 rows.
int64_t chooseWarpgroups(int64_t m);

/// The number of warps for an m x n product: 4, or more where their accumulators would not fit, or fewer where there is
/// too little for each. `tensor`: it is computed in pieces of 16 x 8. `heavy`: functions are computed on the result.
int64_t chooseWarps(int64_t m, int64_t n, bool tensor, bool heavy);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H
