// Where buffers are declared.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_BLOCKSTART_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_BLOCKSTART_H

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/IR/Builders.h"

namespace tilewright::sched {

/// Where the code of a block begins: in the body of the grid, or of a kernel without one.
inline void setToBlockStart(mlir::OpBuilder &builder, tile::KernelOp kernel) {
  if (auto blocks = kernel.getBlocks()) return builder.setInsertionPointToStart(&blocks.getBody().front());
  builder.setInsertionPointToStart(&kernel.getBody().front());
}

} // namespace tilewright::sched

#endif
