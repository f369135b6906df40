// A tile of a global tensor as one thread sees it: addresses, and what lies inside the tensor.

#ifndef TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_GLOBALACCESS_H
#define TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_GLOBALACCESS_H

#include "Emitter.h"
#include "tilewright/Dialect/Sched/Transforms/Divisibility.h"

#include <map>

namespace tilewright {

/// Bytes of one register of an access of `bytes` bytes: 8 for 8-byte elements, else at most 4.
int wordBytesFor(int64_t bytes, int64_t elementBytes);

class GlobalAccess {
public:
  /// The tile of `memory` at `offsets` (of the sched form), spread over threads as `layout` says.
  GlobalAccess(Emitter &e, mlir::Value memory, mlir::ValueRange offsets, const layout::Distributed &layout);

  /// Whether the element of a register lies inside the tensor.
  mlir::Value predicate(int reg);
  /// Whether position `constant` past the thread's first one lies inside along `dim`.
  mlir::Value isInside(int dim, int constant);
  /// The address of the element of a register.
  mlir::Value pointer(int reg);
  /// Reads (writes) the elements of `count` consecutive registers, the first of which is `reg`; zero if `predicate`
  /// is false.
  Registers load(int reg, int count, mlir::Value predicate);
  void store(int reg, mlir::ValueRange elements, mlir::Value predicate);
  /// Writes two neighbours of 16 bits, each if its predicate holds: they stay the word that they mostly come in.
  void storeHalves(int reg, mlir::ValueRange elements, mlir::Value firstInside, mlir::Value secondInside);
  /// Adds an element, f32, f64 or i32, to what is in memory where that of a register lies, as one access (red.add).
  /// Nothing if `predicate` is false.
  void add(int reg, mlir::Value element, mlir::Value predicate);

private:
  mlir::Value plusElements(mlir::Value pointer, mlir::Value elements);

  Emitter &e;
  const GlobalArgument &argument;
  tile::GlobalType type;
  layout::Distributed layout;
  llvm::SmallVector<mlir::Value> firsts;
  mlir::Value threadPointer;
  std::map<std::pair<int, int>, mlir::Value> inside, steps;
};

} // namespace tilewright

#endif
