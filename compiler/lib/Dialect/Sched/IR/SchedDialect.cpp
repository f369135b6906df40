// Registration of the `sched` dialect.

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tilewright::sched;

#include "tilewright/Dialect/Sched/IR/SchedDialect.cpp.inc"

void SchedDialect::initialize() {
  registerTypes();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "tilewright/Dialect/Sched/IR/SchedOps.cpp.inc"
      >();
}
