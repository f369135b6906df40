// Evaluation of grids, loops, branches and variables.

#include "Machine.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tilewright::evaluator {
namespace {

LogicalResult runBlocks(Machine &machine, Operation *op) {
  auto blocks = cast<tile::BlocksOp>(op);
  int64_t total = 1;
  SmallVector<int64_t> extents;
  for (Value extent : blocks.getExtents()) {
    extents.push_back(machine.getInteger(extent));
    if (extents.back() < 0) return op->emitError() << "a grid axis of " << extents.back() << " blocks";
    total *= extents.back();
  }
  Block &body = blocks.getBody().front();
  for (int64_t point = 0; point < total; ++point) {
    int64_t rest = point;
    for (int64_t axis = extents.size() - 1; axis >= 0; --axis) {
      machine.setInteger(body.getArgument(axis), rest % extents[axis]);
      rest /= extents[axis];
    }
    if (failed(machine.run(body))) return failure();
  }
  return success();
}

LogicalResult runFor(Machine &machine, Operation *op) {
  auto loop = cast<scf::ForOp>(op);
  // Wider than any bound, so that the step past the last value cannot wrap.
  using Wide = __int128;
  const unsigned width = machine.get(loop.getStep())->width();
  auto read = [&](Value value) -> Wide {
    const int64_t integer = machine.getInteger(value);
    if (loop.getUnsignedCmp()) return asUnsigned(integer, width);
    return asSigned(integer, width);
  };
  const Wide upper = read(loop.getUpperBound()), step = read(loop.getStep());
  if (step <= 0) return op->emitError() << "the step of a loop is " << static_cast<int64_t>(step) << ", not positive";
  machine.assign(loop.getInitArgs(), loop.getRegionIterArgs());
  for (Wide iteration = read(loop.getLowerBound()); iteration < upper; iteration += step) {
    machine.setInteger(loop.getInductionVar(), static_cast<int64_t>(iteration));
    if (failed(machine.run(*loop.getBody()))) return failure();
    machine.assign(loop.getYieldedValues(), loop.getRegionIterArgs());
  }
  machine.assign(loop.getRegionIterArgs(), loop.getResults());
  return success();
}

LogicalResult runIf(Machine &machine, Operation *op) {
  auto branch = cast<scf::IfOp>(op);
  Region &taken = machine.getInteger(branch.getCondition()) ? branch.getThenRegion() : branch.getElseRegion();
  if (taken.empty()) return success();
  if (failed(machine.run(taken.front()))) return failure();
  machine.assign(taken.front().getTerminator()->getOperands(), branch.getResults());
  return success();
}

LogicalResult runWhile(Machine &machine, Operation *op) {
  auto loop = cast<scf::WhileOp>(op);
  machine.assign(loop.getInits(), loop.getBeforeArguments());
  while (true) {
    if (failed(machine.run(*loop.getBeforeBody()))) return failure();
    scf::ConditionOp condition = loop.getConditionOp();
    if (!machine.getInteger(condition.getCondition())) {
      machine.assign(condition.getArgs(), loop.getResults());
      return success();
    }
    machine.assign(condition.getArgs(), loop.getAfterArguments());
    if (failed(machine.run(*loop.getAfterBody()))) return failure();
    machine.assign(loop.getYieldOp()->getOperands(), loop.getBeforeArguments());
  }
}

LogicalResult runDim(Machine &machine, Operation *op) {
  auto dim = cast<tile::DimOp>(op);
  machine.setInteger(dim.getResult(), machine.getGlobal(dim.getSource()).sizes[dim.getDim()]);
  return success();
}

LogicalResult runSlot(Machine &machine, Operation *op) {
  machine.declare(op->getResult(0)).contents = machine.get(op->getOperand(0));
  return success();
}

LogicalResult runGet(Machine &machine, Operation *op) {
  machine.set(op->getResult(0), machine.getStorage(op->getOperand(0)).contents);
  return success();
}

LogicalResult runSet(Machine &machine, Operation *op) {
  machine.getStorage(op->getOperand(0)).contents = machine.get(op->getOperand(1));
  return success();
}

} // namespace

void addStructureOps(HandlerTable &table) {
  table["tile.blocks"] = runBlocks;
  table["tile.dim"] = runDim;
  table["tile.slot"] = runSlot;
  table["tile.get"] = runGet;
  table["tile.set"] = runSet;
  table["scf.for"] = runFor;
  table["scf.if"] = runIf;
  table["scf.while"] = runWhile;
}

} // namespace tilewright::evaluator
