// The time of a product by a simple model: what it is made of, and which block shape it takes least in.

#ifndef TILEWRIGHT_LIB_PIPELINE_PRODUCTMODEL_H
#define TILEWRIGHT_LIB_PIPELINE_PRODUCTMODEL_H

#include "tilewright/Target/TargetInfo.h"

#include <cstdint>
#include <optional>

namespace tilewright {

/// What the model knows of a kernel around one product, apart from the shape of its block.
struct ProductProblem {
  /// The whole product; `batch` of them.
  int64_t totalM = 0, totalN = 0, totalK = 0, batch = 1;
  /// The totals are stand-ins for sizes that only a launch knows: no wave is counted as sparse.
  bool nominal = false;
  double bytesPerA = 0, bytesPerB = 0, bytesPerResult = 0;
  double flopPerClock = 0; ///< of a multiprocessor
  bool tensor = false;     ///< computed in pieces of 16 x 8 by matrix instructions
  /// Warpgroups may compute it, where the block's extents allow, with operands that producer warps load.
  const WgmmaAtom *wgmma = nullptr;
  bool heavy = false;  ///< functions are computed on the result, or it is scaled
  bool scaled = false; ///< each step of the loop is a product of its own, scaled and then added up
  int64_t stages = 0;  ///< fixed from outside; 0: by rule
  int64_t warps = 0;   ///< fixed from outside; 0: by rule
  int64_t cluster = 1; ///< blocks that load the larger operand together, where warpgroups compute
};

/// The shape of a block: a tile of m x n, in steps of k.
struct BlockShape {
  int64_t m = 0, n = 0, k = 0;
  friend bool operator==(const BlockShape &, const BlockShape &) = default;
};

/// What the model says of a block.
struct Prediction {
  double clocks = 0;  ///< of the whole product
  double traffic = 0; ///< bytes that all blocks copy to shared memory
};

/// Predicts the whole product with this block; nothing where it does not fit a multiprocessor.
///
/// A block of which warpgroups can share the product is one of theirs, any other one of single warps. A block costs a
/// fixed start and, for each step, the largest of: matrix instructions at their rate, shared memory
/// (each warp or warpgroup reads its rows of A and columns of B, and copies write them once), and the feed from the
/// second-level cache, of which clusters load the larger tile once; steps cannot follow each other faster than a copy's
/// latency divided by the copies in flight. Blocks that share a multiprocessor (as registers, shared memory and warps
/// allow) share its rates and hide each other's latencies. The result is written at the rate of memory. Blocks run in
/// waves; the last wave may be sparse.
std::optional<Prediction> predict(const ProductProblem &problem, BlockShape block, const TargetInfo &target);

} // namespace tilewright

#endif
