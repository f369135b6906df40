// Which kernels can have their operands brought by TMA, by warps that do nothing else.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_ASYNCLOADS_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_ASYNCLOADS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

#include <string>

namespace tilewright::sched {

/// Whether `value`, an index or a truth value, is computed from sizes, parameters and loop counters alone.
bool isKnownToAllWarps(mlir::Value value);

/// Whether elements outside the tensor arrive as zero, which is what copies to shared memory fill with.
bool padsWithZero(tile::LoadOp load);

/// The one operation that fills an operand of products from global memory.
struct OperandLoad {
  mlir::Operation *op = nullptr;
  mlir::Value source;
  mlir::ValueRange offsets;
};

/// How `operand`, a tile or a buffer, is loaded, if that is all that happens to it and products alone read it; else no
/// operation.
OperandLoad loadOf(mlir::Value operand);

/// What keeps all products of the kernel from wgmma with operands that producer warps load by TMA, the first also from
/// registers, and the operation it stands at; an empty text if nothing does. `kernel` is in the form before staging.
struct AsyncObstacle {
  mlir::Operation *op = nullptr;
  std::string why;
};
AsyncObstacle findAsyncObstacle(tile::KernelOp kernel, const TargetInfo &target);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_ASYNCLOADS_H
