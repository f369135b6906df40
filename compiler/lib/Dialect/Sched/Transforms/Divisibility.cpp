// What is known to divide an index, from the operations that compute it.

#include "tilewright/Dialect/Sched/Transforms/Divisibility.h"

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

static constexpr int64_t kMost = int64_t(1) << 16;

static int64_t divisorOfConstant(const APInt &value) {
  return value.isZero() ? kMost : std::min(kMost, int64_t(1) << std::min(value.countr_zero(), 16u));
}

int64_t tilewright::sched::divisorOf(Value index) {
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant))) return divisorOfConstant(constant);
  if (auto product = index.getDefiningOp<arith::MulIOp>())
    return std::min(kMost, divisorOf(product.getLhs()) * divisorOf(product.getRhs()));
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return std::min(divisorOf(sum.getLhs()), divisorOf(sum.getRhs()));
  if (auto difference = index.getDefiningOp<arith::SubIOp>())
    return std::min(divisorOf(difference.getLhs()), divisorOf(difference.getRhs()));
  if (auto dim = index.getDefiningOp<tile::DimOp>()) {
    auto global = dim.getSource().getType();
    if (static_cast<int64_t>(dim.getDim()) == global.getContiguousDim())
      return global.getAlign() / global.getElementBytes();
  }
  if (auto argument = dyn_cast<BlockArgument>(index))
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()); loop && index == loop.getInductionVar())
      return std::min(divisorOf(loop.getLowerBound()), divisorOf(loop.getStep()));
  return 1;
}
