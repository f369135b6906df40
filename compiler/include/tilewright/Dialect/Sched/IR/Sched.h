// The `sched` dialect in C++: its types, attributes and operations.

#ifndef TILEWRIGHT_DIALECT_SCHED_IR_SCHED_H
#define TILEWRIGHT_DIALECT_SCHED_IR_SCHED_H

#include "tilewright/Dialect/Tile/IR/Tile.h"
#include "tilewright/Layout/Layout.h"

#include "tilewright/Dialect/Sched/IR/SchedDialect.h.inc"
#include "tilewright/Dialect/Sched/IR/SchedEnums.h.inc"

namespace tilewright::sched {

/// Shared memory of the block.
struct SharedMemory : mlir::SideEffects::Resource::Base<SharedMemory> {
  llvm::StringRef getName() final { return "shared"; }
};
/// The groups of asynchronous copies of each thread.
struct AsyncGroups : mlir::SideEffects::Resource::Base<AsyncGroups> {
  llvm::StringRef getName() final { return "async-groups"; }
};

/// The attribute of a kernel that holds its schedule.
inline constexpr llvm::StringLiteral kScheduleAttr = "sched.schedule";
/// On a lowered kernel: the bank conflicts that its layouts predict, see Emitter::countConflicts.
inline constexpr llvm::StringLiteral kBankConflictsAttr = "sched.bank_conflicts";
/// The attribute of a kernel that holds the bytes of shared memory it needs.
inline constexpr llvm::StringLiteral kSharedBytesAttr = "sched.shared_bytes";

/// The attribute of a kernel of a reduction that is split among blocks: a SplitAttr.
inline constexpr llvm::StringLiteral kSplitAttr = "sched.split";
/// On a kernel whose last argument is the counter that deals out tiles.
inline constexpr llvm::StringLiteral kCounterAttr = "sched.counter";
/// On a store: elements are added to what is in memory, in whatever order blocks come.
inline constexpr llvm::StringLiteral kAddsAttr = "sched.adds";
/// What the kernel that finishes a split reduction is called beside its first step.
inline constexpr llvm::StringLiteral kWholeSuffix = "_whole";

/// How many of the last arguments of a kernel are workspaces.
int64_t workspacesOf(tile::KernelOp kernel);
/// Whether `memory` is a workspace of its kernel.
bool isWorkspace(mlir::Value memory);

/// The most blocks of a cluster anywhere (PTX ISA 2.2.1); targets allow fewer.
inline constexpr int64_t kMostBlocksOfCluster = 16;

/// The layout of a tile whose type carries one.
layout::Distributed layoutOf(mlir::Type tile);
/// The type of the same tile in another layout.
mlir::RankedTensorType withLayout(mlir::Type tile, const layout::Distributed &layout);
/// The extents of a shape as the layout algebra has them.
layout::Coord coordOf(llvm::ArrayRef<int64_t> shape);
/// Bytes that an element takes in memory; a bool takes one.
int64_t elementBytesOf(mlir::Type elementType);

} // namespace tilewright::sched

#define GET_ATTRDEF_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedTypes.h.inc"
#define GET_OP_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedOps.h.inc"

#endif // TILEWRIGHT_DIALECT_SCHED_IR_SCHED_H
