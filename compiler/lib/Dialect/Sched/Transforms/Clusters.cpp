// Finds what the blocks of a cluster can load together.

#include "tilewright/Dialect/Sched/Transforms/Clusters.h"

#include "tilewright/Dialect/Sched/Transforms/AsyncLoads.h"
#include "tilewright/Dialect/Sched/Transforms/Products.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// Parts of a tile have whole groups of so many rows, see cutForMulticast.
constexpr int64_t kRowsOfPart = 8;

/// The gain in the time of a step below which blocks stay alone: the model is not finer than this.
constexpr double kWorthwhile = 0.95;

/// Walks what a value is computed from, each value once.
class Dependence {
public:
  explicit Dependence(Origin origin) : origin(origin) {}

  bool of(Value value) {
    if (std::optional<bool> known = origin(value)) return *known;
    if (!seen.insert(value.getAsOpaquePointer()).second) return false;
    if (Operation *op = value.getDefiningOp()) {
      if (op->getNumRegions()) return true;
      return llvm::any_of(op->getOperands(), [&](Value operand) { return of(operand); });
    }
    auto argument = cast<BlockArgument>(value);
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop) return false;
    if (argument != loop.getInductionVar()) return true;
    return of(loop.getLowerBound()) || of(loop.getStep());
  }

private:
  Origin origin;
  llvm::SmallPtrSet<void *, 16> seen;
};

ArrayRef<int64_t> shapeOf(Value operand) {
  if (auto buffer = dyn_cast<tile::BufferType>(operand.getType())) return buffer.getShape();
  return cast<RankedTensorType>(operand.getType()).getShape();
}

/// What clusters along one dimension of the grid load together, and the bytes of one step that each block saves.
struct Saving {
  bool a = false, b = false;
  int64_t bytes = 0;

  Multicast multicast() const {
    return a && b ? Multicast::Both : a ? Multicast::A : b ? Multicast::B : Multicast::None;
  }
};

Saving savingAlong(BlockArgument index, tile::KernelOp kernel, int64_t size, std::string &why) {
  Saving saving;
  llvm::SmallPtrSet<Operation *, 4> seen;
  kernel.walk([&](tile::DotOp dot) {
    for (auto [operand, saved] : {std::pair(dot.getA(), &saving.a), std::pair(dot.getB(), &saving.b)}) {
      OperandLoad load = loadOf(operand);
      if (!load.op || !isLoadedAlike(load.op, load.offsets, index)) continue;
      auto global = cast<tile::GlobalType>(load.source.getType());
      ArrayRef<int64_t> shape = shapeOf(operand);
      int64_t rows = shape[1 - global.getContiguousDim()];
      if (rows % (kRowsOfPart * size)) {
        why = "a tile of " + std::to_string(rows) + " rows cannot be cut into " + std::to_string(size) +
              " parts of whole groups of " + std::to_string(kRowsOfPart) + " rows";
        continue;
      }
      *saved = true;
      if (seen.insert(load.op).second) saving.bytes += shape[0] * shape[1] * global.getElementBytes();
    }
  });
  return saving;
}

} // namespace

bool tilewright::sched::dependsOn(Value value, Origin origin) { return Dependence(origin).of(value); }

bool tilewright::sched::wayDependsOn(Operation *op, Origin origin) {
  for (Operation *parent = op->getParentOp(); parent && !isa<tile::BlocksOp, tile::KernelOp, RolesOp>(parent);
       parent = parent->getParentOp()) {
    auto depends = [&](Value value) { return dependsOn(value, origin); };
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      if (depends(loop.getLowerBound()) || depends(loop.getUpperBound()) || depends(loop.getStep())) return true;
    } else if (auto branch = dyn_cast<scf::IfOp>(parent)) {
      if (depends(branch.getCondition())) return true;
    } else {
      return true;
    }
  }
  return false;
}

bool tilewright::sched::isLoadedAlike(Operation *load, ValueRange offsets, BlockArgument index) {
  auto isIndex = [&](Value value) { return value == index ? std::optional(true) : std::nullopt; };
  return isa<scf::ForOp>(load->getParentOp()) && !wayDependsOn(load, isIndex) &&
         llvm::none_of(offsets, [&](Value offset) { return dependsOn(offset, isIndex); });
}

ClusterChoice tilewright::sched::chooseCluster(tile::KernelOp kernel, int64_t size, Multicast asked, std::string &why) {
  why = "no operand is the same tile for blocks that are neighbours in the grid";
  ClusterChoice choice;
  int64_t most = 0;
  for (BlockArgument index : kernel.getBlocks().getBody().getArguments()) {
    Saving saving = savingAlong(index, kernel, size, why);
    bool fits = asked == Multicast::None || asked == saving.multicast();
    if (!fits || saving.bytes <= most) continue;
    most = saving.bytes;
    choice = {static_cast<int64_t>(index.getArgNumber()), size, saving.multicast(), saving.bytes};
  }
  if (asked != Multicast::None && choice.size == 1 && why.starts_with("no operand"))
    why = "no neighbours in the grid have exactly multicast '" + stringifyMulticast(asked).str() + "' in common";
  return choice;
}

bool tilewright::sched::clusterPays(tile::KernelOp kernel, const ClusterChoice &choice, const TargetInfo &target) {
  APInt extent;
  Value along = kernel.getBlocks().getExtents()[static_cast<size_t>(choice.axis)];
  bool divides = matchPattern(along, m_ConstantInt(&extent)) && extent.getSExtValue() % 2 == 0;
  if (choice.size == 1 || !divides) return false;
  double math = 0, bytes = 0;
  llvm::SmallPtrSet<Operation *, 4> seen;
  kernel.walk([&](tile::DotOp dot) {
    math += 2.0 * static_cast<double>(dot.getM() * dot.getN() * dot.getK()) /
            (flopPerClock(dot, Atom::Wgmma, target) * kGroupEfficiency);
    for (Value operand : {dot.getA(), dot.getB()}) {
      OperandLoad load = loadOf(operand);
      if (!load.op || !isa<scf::ForOp>(load.op->getParentOp()) || !seen.insert(load.op).second) continue;
      ArrayRef<int64_t> shape = shapeOf(operand);
      bytes += static_cast<double>(shape[0] * shape[1] * elementBytesOf(elementTypeOf(operand)));
    }
  });
  double alone = std::max(math, bytes / kL2BytesPerClock);
  double together = std::max(math, (bytes - static_cast<double>(choice.sharedBytes) / 2) / kL2BytesPerClock);
  return !hasMathsOnResult(kernel, mainDot(kernel)) && together < kWorthwhile * alone;
}
