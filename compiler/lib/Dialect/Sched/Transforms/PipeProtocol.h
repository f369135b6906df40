// The protocol of pipes, as a walk over all that the two roles of a kernel can do.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PIPEPROTOCOL_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PIPEPROTOCOL_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include <optional>
#include <string>
#include <vector>

namespace tilewright::sched {

/// What breaks the protocol, or cannot be shown to keep it.
struct ProtocolFinding {
  bool proved = true; ///< false: the operation is outside what the check decides
  mlir::Operation *op = nullptr;
  std::string what;
  /// Another operation that has to do with it, or null.
  mlir::Operation *other = nullptr;
  std::string note;
};

/// Whether the roles go through their pipes in the same order: every stage awaited is one that was acquired.
std::optional<ProtocolFinding> compareOrder(RolesOp roles);

/// A loop of the producer of n iterations, and the same loop in the consumer cut so that parts of two iterations run
/// together: steps that come once, then in each of n - 1 iterations, then once again. Consumer steps are waits for
/// stages and releases.
struct RotatedLoop {
  mlir::Operation *producer;
  llvm::SmallVector<mlir::Operation *> acquires, before, inside, after;
};

/// Whether the consumer of such a loop waits, for every n >= 1, for the stages that the producer fills and for no more,
/// without either having to wait for the other for ever, and gives all of them back.
std::optional<ProtocolFinding> checkRotation(const RotatedLoop &loop);

/// Whether each stage acquired is filled: every slot by one load, in the block of the acquire.
std::optional<ProtocolFinding> checkFilling(RolesOp roles);

/// Whether the consumer, for all trip counts and branches, reads stages only while it holds them, never waits while it
/// holds all, and gives back none that a product may still read; uses no product that may still be under way, and keeps
/// the registers that one reads until it is complete.
std::optional<ProtocolFinding> checkReading(RolesOp roles);

/// Whether the blocks of a cluster keep step in the pipes that they share: they are as many as are launched together,
/// load parts of the same tiles, as often, into stages that all of them have given back, and end together.
std::optional<ProtocolFinding> checkCluster(RolesOp roles);

/// Whether both roles go through the numbers that a counter deals out: each has one loop over them, which it runs once,
/// and nothing else goes through their pipe. That the bounds are the same is for compareOrder.
std::optional<ProtocolFinding> checkDealing(RolesOp roles);

/// Whether the stores by TMA of a kernel, for all trip counts and branches, read slots that were written, fenced and
/// met over, and are over before their slots are written again, their places in global memory touched again, and the
/// kernel ends.
std::optional<ProtocolFinding> checkStores(tile::KernelOp kernel);

} // namespace tilewright::sched

#endif // TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PIPEPROTOCOL_H
