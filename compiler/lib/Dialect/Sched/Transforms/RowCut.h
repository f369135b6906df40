// Work on whole tiles that can as well be done on some of their rows at a time.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_ROWCUT_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_ROWCUT_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

namespace tilewright::sched {

/// What a block computes from tiles of `rows` rows and stores, as far as every row of it comes from the same rows.
class RowCut {
public:
  RowCut(mlir::Block &body, int64_t rows) : body(body), rows(rows) {}

  /// Whether all that the block stores is computed row by row from loaded tiles, `tiles` among them, and it does
  /// nothing else to memory.
  bool collect(mlir::ValueRange tiles);

  /// Leaves 1 / `parts` of the rows to the block, from `first` of each tile on.
  void apply(int64_t parts, mlir::Value first, mlir::OpBuilder &builder);

private:
  bool take(mlir::Value tile);
  bool follow(mlir::Operation *op);

  mlir::Block &body;
  int64_t rows;
  llvm::SetVector<mlir::Value> taken;
};

} // namespace tilewright::sched

#endif
