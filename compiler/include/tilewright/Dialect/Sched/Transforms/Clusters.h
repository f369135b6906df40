// Which blocks of a grid load the same tiles, so that a cluster of them may load each once for all.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_CLUSTERS_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_CLUSTERS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

#include <optional>
#include <string>

namespace tilewright::sched {

/// What is known of a scalar: that it is one of those asked about, that it does not depend on them, or nothing.
using Origin = llvm::function_ref<std::optional<bool>(mlir::Value)>;

/// Whether `value`, a scalar, may be computed from one for which `origin` is true. What a loop carries counts as
/// computed from everything.
bool dependsOn(mlir::Value value, Origin origin);

/// Whether a loop or branch around `op`, up to the grid or the roles, may run otherwise for other such values.
bool wayDependsOn(mlir::Operation *op, Origin origin);

/// Whether blocks that differ only in `index`, an index of the grid, load the same tile with `load`, as often, and in a
/// loop, so that sending it to each other is worth their keeping step. `offsets` are those of the load in its tensor.
bool isLoadedAlike(mlir::Operation *load, mlir::ValueRange offsets, mlir::BlockArgument index);

/// How blocks form clusters: along which dimension of the grid, of how many, and what they load together.
struct ClusterChoice {
  int64_t axis = 0, size = 1;
  Multicast multicast = Multicast::None;
  int64_t sharedBytes = 0; ///< of the tiles of one step that they have in common
};

/// Clusters of `size` blocks along the dimension where they save most loads; of equals the first, in which blocks
/// differ that run next to each other. Only such as share just what is `asked` for, where that is not None. Blocks
/// alone where nothing can be shared, and then `why` says what stands against it. `kernel` is in the form before
/// staging.
ClusterChoice chooseCluster(tile::KernelOp kernel, int64_t size, Multicast asked, std::string &why);

/// Whether clusters of two pay by the model of products: the second-level cache feeds operands more slowly than they
/// are multiplied, and would not by half of what blocks have in common less. Only where the grid is known and divides.
bool clusterPays(tile::KernelOp kernel, const ClusterChoice &choice, const TargetInfo &target);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_CLUSTERS_H
