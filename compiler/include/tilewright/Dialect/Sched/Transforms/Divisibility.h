// What is known to divide an index, from the operations that compute it.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_DIVISIBILITY_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_DIVISIBILITY_H

#include "mlir/IR/Value.h"

namespace tilewright::sched {

/// A power of two (at most 2^16) that divides `index` in every execution. 1 if nothing is known.
int64_t divisorOf(mlir::Value index);

} // namespace tilewright::sched

#endif
