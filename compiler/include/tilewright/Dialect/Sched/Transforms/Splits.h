// Which kernels can have the sums of each tile computed in parts, by several blocks.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_SPLITS_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_SPLITS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <string>

namespace tilewright::sched {

/// The most parts of a sum.
inline constexpr int64_t kMostSplits = 64;

/// The loop whose iterations may be dealt out, or what stands against it and where.
struct SplitLoop {
  mlir::scf::ForOp loop;
  mlir::Operation *at = nullptr;
  std::string why;
};

/// The loop that holds all products of the kernel, if its iterations only add to matrices that are zero before the
/// first, or any other value: then parts of them may run in different blocks, and their sums be added. `kernel` is in
/// the form before staging.
SplitLoop findSplitLoop(tile::KernelOp kernel);

/// In how many parts the sums of the kernel are computed fastest, by a simple model: 1 unless the grid and the
/// iterations are known, few multiprocessors would have a tile, and the second kernel costs less than the parts gain.
///
/// A step takes as long as its products at the rate of the matrix unit, or as its operands from the second-level cache;
/// all blocks together at least as long as the tensors take from memory. Parts are written once, and
/// about as many blocks read them.
int64_t chooseSplits(tile::KernelOp kernel, const TargetInfo &target);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_SPLITS_H
