// Chooses the schedule of a kernel, or checks the given one.
//
//   tile.kernel @f(...) {...}   ->   tile.kernel @f(...) attributes {sched.schedule = #sched.schedule<stages = 3, ...>}

#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Products.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_PLAN
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// More elements than any tile may have; products of extents are cut off there.
constexpr int64_t kMostElements = int64_t(1) << 31;

/// The tile or buffer type of a value as shape and element bytes, if it has one.
std::optional<std::pair<ArrayRef<int64_t>, int64_t>> extentsOf(Type type) {
  if (auto tile = dyn_cast<RankedTensorType>(type)) return {{tile.getShape(), elementBytesOf(tile.getElementType())}};
  if (auto buffer = dyn_cast<tile::BufferType>(type))
    return {{buffer.getShape(), elementBytesOf(buffer.getElementType())}};
  return {};
}

struct Plan : impl::PlanBase<Plan> {
  using PlanBase::PlanBase;

  void runOnOperation() override {
    tile::KernelOp kernel = getOperation();
    auto found = findTarget(target);
    if (!found) return fail(kernel.emitError() << found.failure().message);
    const TargetInfo &info = **found;
    if (warps && (!llvm::isPowerOf2_64(warps) || warps > kMaxWarps))
      return fail(kernel.emitError() << "schedule: warps is " << int64_t(warps)
                                     << "\n  fix: use a power of two from 1 to " << kMaxWarps);
    if (stages < 0 || stages > 8)
      return fail(kernel.emitError() << "schedule: stages is " << int64_t(stages) << "\n  fix: use 1 to 8");

    int64_t warpsM = 1, warpsN = 1, chosenWarps = warps ? int64_t(warps) : 4;
    Atom chosenAtom = Atom::Fma;
    if (tile::DotOp dot = mainDot(kernel)) {
      chosenAtom = chooseAtom(dot, info);
      if (!atom.empty()) {
        auto given = symbolizeAtom(atom);
        if (!given)
          return fail(kernel.emitError() << "schedule: no atom is called '" << atom
                                         << "'\n  fix: use fma, mma_m16n8k8, mma_m16n8k16 or mma_m16n8k32");
        if (!isLegal(dot, *given, info)) {
          auto diagnostic = dot.emitError()
                            << "schedule: atom " << atom << " does not fit this product of "
                            << elementTypeOf(dot.getA()) << " and " << elementTypeOf(dot.getB()) << ", " << dot.getM()
                            << " x " << dot.getN() << " x " << dot.getK() << ", on " << target;
          diagnostic.attachNote() << "fix: leave the atom open; " << stringifyAtom(chosenAtom) << " would be chosen";
          return fail(std::move(diagnostic));
        }
        chosenAtom = *given;
      }
      int64_t elements = dot.getM() * dot.getN();
      if (!warps)
        chosenWarps = chooseWarps(dot.getM(), dot.getN(), chosenAtom != Atom::Fma, hasMathsOnResult(kernel, dot));
      if (elements / (32 * chosenWarps) > 2 * kAccumulatorsPerThread) {
        auto diagnostic = dot.emitError() << "a tile of " << dot.getM() << " x " << dot.getN() << " takes "
                                          << elements / (32 * chosenWarps) << " registers in each of "
                                          << 32 * chosenWarps << " threads; a thread has " << info.registersPerThread;
        diagnostic.attachNote() << "fix: use a smaller block, or more warps";
        return fail(std::move(diagnostic));
      }
      if (chosenAtom != Atom::Fma) {
        auto shared = shareWarps(dot.getM(), dot.getN(), chosenWarps);
        if (!shared) {
          auto diagnostic = dot.emitError() << "schedule: " << chosenWarps << " warps cannot share a product of "
                                            << dot.getM() << " x " << dot.getN() << " in pieces of 16 x 8";
          diagnostic.attachNote() << "fix: use fewer warps, or a larger block";
          return fail(std::move(diagnostic));
        }
        warpsM = shared->rows, warpsN = shared->columns;
      }
    }
    if (failed(checkTiles(kernel, info, chosenWarps)) || failed(checkStores(kernel))) return signalPassFailure();
    auto schedule = ScheduleAttr::get(&getContext(), stages ? int64_t(stages) : kDefaultStages, chosenWarps, warpsM,
                                      warpsN, chosenAtom, swizzle, rasterGroup ? int64_t(rasterGroup) : 8);
    kernel->setAttr(kScheduleAttr, schedule);
  }

private:
  /// Refuses tiles that no layout holds: before code generation, with the numbers.
  LogicalResult checkTiles(tile::KernelOp kernel, const TargetInfo &info, int64_t chosenWarps) {
    auto check = [&](Location loc, Type type) -> LogicalResult {
      auto extents = extentsOf(type);
      if (!extents) return success();
      auto refuse = [&](const Twine &why, const Twine &fix) {
        auto diagnostic = mlir::emitError(loc) << type << ": " << why;
        diagnostic.attachNote() << "fix: " << fix;
        return diagnostic;
      };
      auto [shape, bytes] = *extents;
      if (shape.empty() || shape.size() > layout::Coord::maxRank)
        return refuse("a tile has 1 to " + Twine(layout::Coord::maxRank) + " dimensions", "reshape it");
      int64_t elements = 1;
      for (int64_t extent : shape) {
        if (extent <= 0)
          return refuse("an extent of a tile is positive, not " + Twine(extent), "use extents from 1 up");
        elements = std::min<int64_t>(elements, kMostElements) * std::min<int64_t>(extent, kMostElements);
      }
      if (isa<tile::BufferType>(type)) {
        if (elements * bytes <= info.sharedPerBlock) return success();
        return refuse("takes more than the " + Twine(info.sharedPerBlock) + " bytes of shared memory that a block on " +
                          Twine(StringRef(info.name)) + " has",
                      "use a smaller block");
      }
      int64_t perThread = elements / (32 * chosenWarps);
      if (perThread <= 2 * kAccumulatorsPerThread) return success();
      return refuse("takes " + Twine(perThread) + " registers in each of " + Twine(32 * chosenWarps) +
                        " threads; a thread has " + Twine(info.registersPerThread),
                    "use a smaller block, or more warps");
    };
    auto found = kernel.walk([&](Operation *op) {
      // Operands of products are read from shared memory piece by piece.
      bool staged = op->getNumResults() == 1 && !op->use_empty() && llvm::all_of(op->getUses(), [](OpOperand &use) {
                      return isa<tile::DotOp>(use.getOwner()) && use.getOperandNumber() < 2;
                    });
      for (Type type : op->getResultTypes()) {
        bool isOperand = staged && isa<tile::LoadOp>(op);
        auto tile = isOperand ? cast<RankedTensorType>(type) : RankedTensorType();
        if (isOperand && llvm::all_of(tile.getShape(), [](int64_t extent) { return extent > 0; }) && tile.getRank() > 0)
          type = tile::BufferType::get(op->getContext(), tile.getShape(), tile.getElementType(), tile::Space::Shared);
        if (failed(check(op->getLoc(), type))) return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    return failure(found.wasInterrupted());
  }

  /// What stands beside the grid runs in every block: computing is harmless, writing to memory is not.
  LogicalResult checkStores(tile::KernelOp kernel) {
    if (!kernel.getBlocks()) return success();
    auto found = kernel.walk([&](Operation *op) {
      auto copy = dyn_cast<tile::CopyOp>(op);
      bool writes = isa<tile::StoreOp>(op) || (copy && isa<tile::GlobalType>(copy.getDestination().getType()));
      if (!writes || op->getParentOfType<tile::BlocksOp>()) return WalkResult::advance();
      auto diagnostic = op->emitError("a store outside blocks() would be done by every block");
      diagnostic.attachNote() << "fix: move it into the loop over blocks";
      return WalkResult::interrupt();
    });
    return failure(found.wasInterrupted());
  }

  /// Reports the diagnostic and fails the pass.
  void fail(InFlightDiagnostic diagnostic) {
    diagnostic.report();
    signalPassFailure();
  }
};

} // namespace
} // namespace tilewright::sched
