// Finds the loop of a kernel whose sums can be computed in parts.

#include "tilewright/Dialect/Sched/Transforms/Splits.h"

#include "tilewright/Dialect/Sched/Transforms/AsyncLoads.h"
#include "tilewright/Dialect/Sched/Transforms/Products.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

#include <optional>

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// Clocks until a kernel's blocks are under way, and until the next kernel's are (2 us between launches of a stream).
constexpr double kBlockStart = 2000, kNextKernel = 4000;
/// The most parts that are considered; and the gain below which a kernel stays one: the model is not finer than this.
constexpr int64_t kMostChosen = 16;
constexpr double kWorthwhile = 0.85;

bool isGlobal(Value memory) { return isa<tile::GlobalType>(memory.getType()); }

bool writesGlobal(Operation *op) {
  auto copy = dyn_cast<tile::CopyOp>(op);
  return isa<tile::StoreOp>(op) || (copy && isGlobal(copy.getDestination()));
}

/// Whether `op` has `value` as an addend, or as the accumulator of a product.
bool addsTo(Operation *op, Value value) {
  if (auto dot = dyn_cast<tile::DotOp>(op))
    return dot.getAccumulator() == value && dot.getA() != value && dot.getB() != value;
  return isa<arith::AddFOp, arith::AddIOp>(op) && op->getOperand(0) != op->getOperand(1);
}

/// What an iteration does to a value that the loop carries beside adding to it; empty if nothing.
std::string obstacleOf(scf::ForOp loop, unsigned number) {
  Value value = loop.getRegionIterArg(number);
  auto tile = dyn_cast<RankedTensorType>(value.getType());
  if (!tile || tile.getRank() != 2) return "it carries a value that is no matrix";
  Type type = tile.getElementType();
  if (!type.isF32() && !type.isF64() && !type.isInteger(32))
    return "it carries sums of another type than f32, f64 and i32";
  Value yielded = loop.getYieldedValues()[number];
  while (value != yielded) {
    Operation *user = value.hasOneUse() ? *value.getUsers().begin() : nullptr;
    if (!user || user->getBlock() != loop.getBody() || !addsTo(user, value))
      return "an iteration does more to a value that it carries than add to it";
    value = user->getResult(0);
  }
  return value.hasOneUse() ? "" : "an iteration reads the sum that it adds to";
}

/// Whether each iteration writes a buffer before it reads it, or the buffer is not the loop's.
bool isOfOneIteration(tile::AllocOp alloc, scf::ForOp loop) {
  Operation *first = nullptr;
  bool outside = false;
  for (Operation *user : alloc->getUsers()) {
    Operation *step = loop.getBody()->findAncestorOpInBlock(*user);
    if (!step) {
      outside = true;
      continue;
    }
    if (!first || step->isBeforeInBlock(first)) first = step;
  }
  if (!first) return true;
  auto copy = dyn_cast<tile::CopyOp>(first);
  auto write = dyn_cast<tile::WriteOp>(first);
  return !outside && ((copy && copy.getDestination() == alloc.getResult()) ||
                      (write && write.getDestination() == alloc.getResult()));
}

} // namespace

SplitLoop tilewright::sched::findSplitLoop(tile::KernelOp kernel) {
  auto refuse = [](Operation *at, std::string why) { return SplitLoop{scf::ForOp(), at, std::move(why)}; };
  tile::BlocksOp grid = kernel.getBlocks();
  if (!grid) return refuse(kernel, "the kernel has no grid of blocks");
  scf::ForOp loop;
  Operation *elsewhere = nullptr;
  kernel.walk([&](tile::DotOp dot) {
    auto around = dyn_cast_or_null<scf::ForOp>(grid.getBody().front().findAncestorOpInBlock(*dot));
    if (!around || (loop && around != loop)) elsewhere = dot;
    loop = around;
  });
  if (elsewhere) return refuse(elsewhere, "the products are not all in one loop that blocks() holds itself");
  if (!loop) return refuse(kernel, "the kernel has no product");
  if (!loop.getInductionVar().getType().isIndex()) return refuse(loop, "its loop does not count in Index");
  if (loop.getNumResults() == 0) return refuse(loop, "the loop around the product carries no sum");
  for (unsigned number = 0; number < loop.getNumResults(); ++number)
    if (std::string why = obstacleOf(loop, number); !why.empty()) return refuse(loop, std::move(why));

  SplitLoop found{loop, nullptr, ""};
  kernel.walk([&](Operation *op) {
    bool early = loop->isAncestor(op);
    if (Operation *step = grid.getBody().front().findAncestorOpInBlock(*op)) early |= step->isBeforeInBlock(loop);
    if (early && writesGlobal(op)) found = refuse(op, "a tensor is written before the sums are complete");
    auto alloc = dyn_cast<tile::AllocOp>(op);
    if (alloc && !isOfOneIteration(alloc, loop))
      found = refuse(op, "a buffer is kept from one iteration to the next, or used outside the loop too");
    return found.why.empty() ? WalkResult::advance() : WalkResult::interrupt();
  });
  return found;
}

/// Bytes of all tensors that the loop loads from; nothing if one's size is known only at launch.
static std::optional<double> bytesRead(scf::ForOp loop) {
  llvm::SmallPtrSet<void *, 4> seen;
  std::optional<double> bytes = 0;
  loop.walk([&](Operation *op) {
    auto load = dyn_cast<tile::LoadOp>(op);
    auto copy = dyn_cast<tile::CopyOp>(op);
    Value source = load ? Value(load.getSource()) : copy ? copy.getSource() : Value();
    auto global = source ? dyn_cast<tile::GlobalType>(source.getType()) : tile::GlobalType();
    if (!global || !bytes || !seen.insert(source.getAsOpaquePointer()).second) return;
    double size = static_cast<double>(global.getElementBytes());
    for (int64_t extent : global.getShape()) size *= static_cast<double>(extent);
    if (llvm::any_of(global.getShape(), ShapedType::isDynamic)) return bytes.reset();
    *bytes += size;
  });
  return bytes;
}

int64_t tilewright::sched::chooseSplits(tile::KernelOp kernel, const TargetInfo &target) {
  tile::DotOp dot = mainDot(kernel);
  auto loop = dot ? dot->getParentOfType<scf::ForOp>() : scf::ForOp();
  tile::BlocksOp grid = kernel.getBlocks();
  auto steps = loop ? loop.getStaticTripCount() : std::nullopt;
  auto read = loop ? bytesRead(loop) : std::nullopt;
  if (!grid || !steps || !read) return 1;
  int64_t tiles = 1;
  for (Value extent : grid.getExtents()) {
    APInt known;
    if (!matchPattern(extent, m_ConstantInt(&known)) || known.getSExtValue() < 1) return 1;
    if (known.getSExtValue() > target.multiprocessors) return 1;
    tiles *= known.getSExtValue();
  }
  bool inGroups = target.hasWgmma && findAsyncObstacle(kernel, target).why.empty();
  // Stages of warpgroups fill the shared memory of a multiprocessor; blocks of single warps share it.
  int64_t together = target.multiprocessors * (inGroups ? 1 : 2), iterations = steps->getSExtValue();
  double math = 0, operands = 0, sums = 0;
  loop.walk([&](tile::DotOp product) {
    auto m = static_cast<double>(product.getM()), n = static_cast<double>(product.getN()),
         k = static_cast<double>(product.getK());
    Atom atom = inGroups ? Atom::Wgmma : chooseAtom(product, target);
    math += 2 * m * n * k / (flopPerClock(product, atom, target) * kGroupEfficiency);
    operands += m * k * static_cast<double>(elementBytesOf(elementTypeOf(product.getA()))) +
                n * k * static_cast<double>(elementBytesOf(elementTypeOf(product.getB())));
    sums += m * n * 4;
  });
  double step = std::max(math, operands / kL2BytesPerClock) * (inGroups ? 1 : 2);
  double memory = *read / (target.memoryBytesPerSecond / target.clockHz);
  auto clocks = [&](int64_t parts) {
    int64_t rounds = llvm::divideCeil(tiles * parts, together);
    double longest = static_cast<double>(llvm::divideCeil(iterations, parts));
    double time = std::max(static_cast<double>(rounds) * (kBlockStart + longest * step), memory);
    if (parts == 1) return time;
    return time + kNextKernel + 2 * sums / kL2BytesPerClock;
  };
  int64_t best = 1;
  for (int64_t parts = 2; parts <= std::min(kMostChosen, iterations); ++parts)
    if (clocks(parts) < clocks(best)) best = parts;
  return clocks(best) < kWorthwhile * clocks(1) ? best : 1;
}
