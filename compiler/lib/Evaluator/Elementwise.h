// Handlers made from functions of one element.

#ifndef TILEWRIGHT_LIB_EVALUATOR_ELEMENTWISE_H
#define TILEWRIGHT_LIB_EVALUATOR_ELEMENTWISE_H

#include "Machine.h"

namespace tilewright::evaluator {

/// A handler of a float operation: `function(double, ...)` on the elements of all operands.
template <auto function> llvm::LogicalResult runFloats(Machine &machine, mlir::Operation *op) {
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return mlir::failure();
  std::vector<double> &to = (*result)->floats;
  const TileRef a = machine.get(op->getOperand(0));
  if constexpr (std::is_invocable_v<decltype(function), double>) {
    for (size_t i = 0; i < to.size(); ++i) to[i] = function(a->floats[i]);
  } else if constexpr (std::is_invocable_v<decltype(function), double, double>) {
    const TileRef b = machine.get(op->getOperand(1));
    for (size_t i = 0; i < to.size(); ++i) to[i] = function(a->floats[i], b->floats[i]);
  } else {
    const TileRef b = machine.get(op->getOperand(1)), c = machine.get(op->getOperand(2));
    for (size_t i = 0; i < to.size(); ++i) to[i] = function(a->floats[i], b->floats[i], c->floats[i]);
  }
  return machine.finish(op, std::move(*result));
}

/// A handler of an integer operation: `function(int64_t, ..., unsigned width)`; results are wrapped to the width.
template <auto function> llvm::LogicalResult runIntegers(Machine &machine, mlir::Operation *op) {
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return mlir::failure();
  std::vector<int64_t> &to = (*result)->integers;
  const unsigned width = (*result)->width();
  const TileRef a = machine.get(op->getOperand(0));
  if constexpr (std::is_invocable_v<decltype(function), int64_t, unsigned>) {
    for (size_t i = 0; i < to.size(); ++i) to[i] = wrap(function(a->integers[i], width), width);
  } else {
    const TileRef b = machine.get(op->getOperand(1));
    for (size_t i = 0; i < to.size(); ++i) to[i] = wrap(function(a->integers[i], b->integers[i], width), width);
  }
  machine.set(op->getResult(0), std::move(*result));
  return mlir::success();
}

} // namespace tilewright::evaluator

#endif // TILEWRIGHT_LIB_EVALUATOR_ELEMENTWISE_H
