// The `sched` dialect: how a kernel runs, once its schedule is fixed.

#ifndef TILEWRIGHT_SCHED_DIALECT_TD
#define TILEWRIGHT_SCHED_DIALECT_TD

include "mlir/IR/OpBase.td"

def Sched_Dialect : Dialect {
  let name = "sched";
  let cppNamespace = "::tilewright::sched";
  let summary = "How a kernel runs, once its schedule is fixed.";
  let description = [{
    In this form every tile carries the layout of its elements over registers, lanes and warps as the encoding of its
    tensor type; `tile`, `arith` and `math` operations go on working on such tiles. Shared memory is a *ring*: a number
    of slots that one SSA value stands for. A slot is named by an iteration number, so that two accesses can be told
    apart, and data copied asynchronously is read only through the value that the wait gives.
  }];
  let dependentDialects = ["::tilewright::tile::TileDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{ void registerTypes(); void registerAttributes(); }];
}

#endif // TILEWRIGHT_SCHED_DIALECT_TD
