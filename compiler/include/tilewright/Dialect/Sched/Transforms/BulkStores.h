// How tiles leave for global memory by TMA: through sub-tiles in shared memory.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_BULKSTORES_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_BULKSTORES_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

#include <optional>
#include <string>

namespace tilewright::sched {

/// The sub-tiles of a tile, all of one shape, and the buffers that they go through in turn.
struct BulkStorePlan {
  layout::Distributed part; ///< the layout of a sub-tile; its shape
  SharedType buffer;
  int64_t buffers = 1;
  /// Groups of warps that hold rows of their own of every sub-tile, and store them on their own.
  int64_t groups = 1;

  /// Bytes of shared memory.
  int64_t bytes() const { return RingType::get(buffer.getContext(), buffers, buffer).getBytes(); }
};

/// A plan, or why there is none; `why` is empty where plain vectors do as well, or where memory or target are no matter
/// of the kernel's.
struct BulkStoreChoice {
  std::optional<BulkStorePlan> plan;
  std::string why;
};

/// How a tile of layout `layout` is stored to `global`. `roles`: producer warps run beside those that compute, so that
/// warpgroups may meet for themselves.
BulkStoreChoice planBulkStore(const layout::Distributed &layout, tile::GlobalType global, bool roles,
                              const TargetInfo &target);

/// The same for a store of a kernel, whose tensor nothing else may touch: nothing orders it with copies under way.
BulkStoreChoice planBulkStore(tile::StoreOp store, const layout::Distributed &layout, bool roles,
                              const TargetInfo &target);

/// Replaces a store by one of sub-tiles, without waits.
void storeInParts(tile::StoreOp store, const BulkStorePlan &plan);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_BULKSTORES_H
