// Finds what keeps a kernel from operands that producer warps load by TMA.

#include "tilewright/Dialect/Sched/Transforms/AsyncLoads.h"

#include "tilewright/Dialect/Sched/Transforms/Products.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// The most elements of a TMA box along one dimension (CUDA driver API, cuTensorMapEncodeTiled).
constexpr int64_t kMostBoxExtent = 256;

bool isDotOperand(OpOperand &use) { return isa<tile::DotOp>(use.getOwner()) && use.getOperandNumber() < 2; }

ArrayRef<int64_t> shapeOf(Value operand) {
  if (auto buffer = dyn_cast<tile::BufferType>(operand.getType())) return buffer.getShape();
  return cast<RankedTensorType>(operand.getType()).getShape();
}

/// What keeps one operand from TMA.
std::string obstacleOf(const OperandLoad &filling, Value operand, tile::DotOp dot, tile::KernelOp kernel) {
  auto global = filling.op ? dyn_cast<tile::GlobalType>(filling.source.getType()) : tile::GlobalType();
  if (!global) return "an operand is not loaded from a tensor for products alone";
  if (global.getRank() != 2 || global.getContiguousDim() < 0)
    return "an operand is no matrix with rows or columns of stride one";
  if (global.getAlign() < 16) return "an operand is not known to be aligned to 16 bytes";
  ArrayRef<int64_t> shape = shapeOf(operand);
  if (shape[global.getContiguousDim()] * global.getElementBytes() % 16)
    return "rows of an operand's tile are no multiple of 16 bytes";
  if (shape[1 - global.getContiguousDim()] > kMostBoxExtent) return "an operand's tile has more than 256 rows";
  Operation *way = filling.op->getBlock()->findAncestorOpInBlock(*dot);
  if (!way || !filling.op->isBeforeInBlock(way) || !filling.op->getParentOfType<tile::BlocksOp>())
    return "an operand is not loaded on the way to the product";
  if (!llvm::all_of(filling.offsets, isKnownToAllWarps)) return "the place of an operand depends on data";
  auto writes = kernel.walk([&](Operation *op) {
    auto store = dyn_cast<tile::StoreOp>(op);
    auto copy = dyn_cast<tile::CopyOp>(op);
    bool found =
        (store && store.getDestination() == filling.source) || (copy && copy.getDestination() == filling.source);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return writes.wasInterrupted() ? "the kernel writes the tensor that an operand is loaded from" : "";
}

/// What keeps the first operand from both TMA and registers.
std::string obstacleOfA(tile::DotOp dot, tile::KernelOp kernel) {
  OperandLoad filling = loadOf(dot.getA());
  auto tile = dyn_cast<RankedTensorType>(dot.getA().getType());
  bool fitsRegisters = tile && !dot.getTransposeA() && tile.getElementType().getIntOrFloatBitWidth() == 16;
  return !filling.op && fitsRegisters ? "" : obstacleOf(filling, dot.getA(), dot, kernel);
}

/// What keeps producer warps from following the way to `dot`.
std::string obstacleOnTheWay(tile::DotOp dot) {
  for (Operation *op = dot->getParentOp(); !isa<tile::BlocksOp>(op); op = op->getParentOp()) {
    if (isa<tile::KernelOp>(op)) return "the product is outside blocks()";
    auto loop = dyn_cast<scf::ForOp>(op);
    auto branch = dyn_cast<scf::IfOp>(op);
    bool known = loop ? isKnownToAllWarps(loop.getLowerBound()) && isKnownToAllWarps(loop.getUpperBound()) &&
                            isKnownToAllWarps(loop.getStep())
                      : branch && isKnownToAllWarps(branch.getCondition());
    if (!known) return "whether the product runs depends on data";
  }
  return "";
}

} // namespace

bool tilewright::sched::padsWithZero(tile::LoadOp load) {
  return !load.getPad() || matchPattern(load.getPad(), m_AnyZeroFloat()) || matchPattern(load.getPad(), m_Zero());
}

OperandLoad tilewright::sched::loadOf(Value operand) {
  if (auto load = operand.getDefiningOp<tile::LoadOp>()) {
    if (!padsWithZero(load) || !llvm::all_of(operand.getUses(), isDotOperand)) return {};
    return {load, load.getSource(), load.getOffsets()};
  }
  OperandLoad filling;
  for (OpOperand &use : operand.getUses()) {
    if (isDotOperand(use)) continue;
    auto copy = dyn_cast<tile::CopyOp>(use.getOwner());
    if (!copy || filling.op || copy.getDestination() != operand) return {};
    filling = {copy, copy.getSource(), copy.getSourceOffsets()};
  }
  return filling;
}

bool tilewright::sched::isKnownToAllWarps(Value value) {
  if (isa<RankedTensorType>(value.getType())) return false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return !loop || argument == loop.getInductionVar();
  }
  Operation *op = value.getDefiningOp();
  return op->getNumRegions() == 0 && isPure(op) && llvm::all_of(op->getOperands(), [](Value operand) {
           return isa<tile::GlobalType>(operand.getType()) || isKnownToAllWarps(operand);
         });
}

AsyncObstacle tilewright::sched::findAsyncObstacle(tile::KernelOp kernel, const TargetInfo &target) {
  AsyncObstacle obstacle;
  kernel.walk([&](tile::DotOp dot) {
    auto refuse = [&](std::string why) {
      if (why.empty()) return false;
      obstacle = {dot, std::move(why)};
      return true;
    };
    bool refused = refuse(isLegal(dot, Atom::Wgmma, target)
                              ? ""
                              : "its types, its extents or the order of an operand in memory are none of wgmma's") ||
                   refuse(obstacleOnTheWay(dot)) || refuse(obstacleOfA(dot, kernel)) ||
                   refuse(obstacleOf(loadOf(dot.getB()), dot.getB(), dot, kernel));
    return refused ? WalkResult::interrupt() : WalkResult::advance();
  });
  return obstacle;
}
