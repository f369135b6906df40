// Chooses the schedule of a kernel, or checks the given one.
//
//   tile.kernel @f(...) {...}   ->   tile.kernel @f(...) attributes {sched.schedule = #sched.schedule<stages = 3, ...>}

#include "tilewright/Dialect/Sched/Transforms/AsyncLoads.h"
#include "tilewright/Dialect/Sched/Transforms/BulkStores.h"
#include "tilewright/Dialect/Sched/Transforms/Clusters.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Products.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_PLAN
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// More elements than any tile may have; products of extents are cut off there.
constexpr int64_t kMostElements = int64_t(1) << 31;

/// Room for the pipe of numbers of tiles.
constexpr int64_t kNumbersBytes = 1024;

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

    if (auto split = kernel->getAttrOfType<SplitAttr>(kSplitAttr); split && split.getStep() == SplitStep::Whole)
      return planWhole(kernel, info);
    int64_t warpsM = 1, warpsN = 1, chosenWarps = warps ? int64_t(warps) : 4, producerWarps = 0;
    int64_t chosenStages = stages ? int64_t(stages) : kDefaultStages;
    Atom chosenAtom = Atom::Fma;
    auto async = planAsync(kernel, info);
    if (failed(async)) return signalPassFailure();
    if (*async) {
      chosenAtom = Atom::Wgmma;
      warpsM = 4 * (*async)->rows, warpsN = (*async)->columns;
      chosenWarps = warpsM * warpsN;
      producerWarps = kProducerWarps;
      if (!stages) chosenStages = chooseAsyncStages(kernel, **async, info);
    } else if (tile::DotOp dot = mainDot(kernel)) {
      chosenAtom = chooseAtom(dot, info);
      if (!atom.empty() && atom != stringifyAtom(Atom::Wgmma)) {
        auto given = symbolizeAtom(atom);
        if (!given)
          return fail(kernel.emitError() << "schedule: no atom is called '" << atom
                                         << "'\n  fix: use fma, mma_m16n8k8, mma_m16n8k16, mma_m16n8k32 or wgmma");
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
        chosenWarps = chooseWarps(dot.getM(), dot.getN(), chosenAtom != Atom::Fma,
                                  hasMathsOnResult(kernel, dot) || isScaledInLoop(dot));
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
    auto shared = planCluster(kernel, info, async->has_value());
    if (failed(shared)) return signalPassFailure();
    bool isPersistent = persistent < 0 ? producerWarps > 0 : persistent != 0;
    auto deals = planOrder(kernel, isPersistent, producerWarps > 0, shared->size);
    if (failed(deals)) return signalPassFailure();
    auto schedule = ScheduleAttr::get(&getContext(), chosenStages, chosenWarps, warpsM, warpsN, chosenAtom, swizzle,
                                      rasterGroup ? int64_t(rasterGroup) : 8, producerWarps, isPersistent, shared->size,
                                      shared->axis, shared->multicast,
                                      order == "hilbert" ? Order::Hilbert : Order::Grouped, reversed, *deals);
    kernel->setAttr(kScheduleAttr, schedule);
  }

private:
  /// The kernel that finishes a split reduction has no products: what the schedule says of them is not for it.
  void planWhole(tile::KernelOp kernel, const TargetInfo &info) {
    int64_t most = 1;
    kernel.walk([&](tile::LoadOp load) {
      ArrayRef<int64_t> shape = cast<RankedTensorType>(load.getResult().getType()).getShape();
      if (shape.size() == 2) most = std::max(most, chooseWarps(shape[0], shape[1], /*tensor=*/false, /*heavy=*/true));
    });
    if (failed(checkTiles(kernel, info, most)) || failed(checkStores(kernel))) return signalPassFailure();
    kernel->setAttr(kScheduleAttr, ScheduleAttr::get(&getContext(), /*stages=*/1, most, 1, 1, Atom::Fma, swizzle,
                                                     rasterGroup ? int64_t(rasterGroup) : 8, /*producerWarps=*/0,
                                                     /*persistent=*/false, /*cluster=*/1, /*clusterAxis=*/0,
                                                     Multicast::None, Order::Grouped, false, false));
  }

  /// How warpgroups share the products of a kernel whose operands producer warps load; nothing if there are none, or
  /// something stands against it. That is an error only where the atom was asked for: a variant for unaligned memory
  /// takes another.
  FailureOr<std::optional<WarpGrid>> planAsync(tile::KernelOp kernel, const TargetInfo &info) {
    tile::DotOp dot = mainDot(kernel);
    bool asked = atom == stringifyAtom(Atom::Wgmma);
    if (!dot || (!asked && (!atom.empty() || !info.hasWgmma))) return std::optional<WarpGrid>();
    AsyncObstacle obstacle = info.hasWgmma ? findAsyncObstacle(kernel, info)
                                           : AsyncObstacle{dot, std::string(target) + " has no such instruction"};
    if (obstacle.why.empty()) {
      if (auto grid = shareAmongWarpgroups(kernel, dot)) return std::optional(*grid);
      obstacle = {dot, "its warps cannot share it in pieces of 64 rows"};
    }
    bool isGeneral = kernel.getSymName().ends_with(kGeneralSuffix);
    if (asked && !isGeneral) {
      auto diagnostic = obstacle.op->emitError() << "schedule: atom wgmma does not fit this product: " << obstacle.why;
      diagnostic.attachNote() << "fix: leave the atom open, or change what stands against it";
      return diagnostic;
    }
    if (!isGeneral) obstacle.op->emitRemark() << "wgmma is not used: " << obstacle.why;
    return std::optional<WarpGrid>();
  }

  std::optional<WarpGrid> shareAmongWarpgroups(tile::KernelOp kernel, tile::DotOp main) {
    if (warps && warps % 4) return {};
    auto grid = shareWarpgroups(main.getM(), main.getN(), warps ? warps / 4 : chooseWarpgroups(main.getM()));
    if (!grid) return {};
    auto fits = kernel.walk([&](tile::DotOp dot) {
      bool share = dot.getN() / grid->columns <= 256 &&
                   layout::wgmmaAccumulator({static_cast<int>(dot.getM()), static_cast<int>(dot.getN())},
                                            static_cast<int>(grid->rows), static_cast<int>(grid->columns));
      // Warpgroups that share columns would each need all of the first operand.
      share &= grid->columns == 1 || loadOf(dot.getA()).op;
      return share ? WalkResult::advance() : WalkResult::interrupt();
    });
    if (fits.wasInterrupted()) return {};
    return grid;
  }

  /// How blocks form clusters: as asked for, or an error; left open, two by two where the model says that it pays.
  FailureOr<ClusterChoice> planCluster(tile::KernelOp kernel, const TargetInfo &info, bool isAsync) {
    auto refuse = [&](const Twine &why, const Twine &fix) {
      auto diagnostic = kernel.emitError() << "schedule: cluster is " << int64_t(cluster) << ", but " << why;
      diagnostic.attachNote() << "fix: " << fix;
      return diagnostic;
    };
    auto asked = multicast.empty() ? std::optional(Multicast::None) : symbolizeMulticast(multicast);
    if (!asked) return kernel.emitError() << "schedule: multicast is '" << multicast << "'\n  fix: use a, b or both";
    std::string why;
    bool isGeneral = kernel.getSymName().ends_with(kGeneralSuffix);
    if (cluster == 0 && multicast.empty()) {
      if (!isAsync || isGeneral || info.clusterSize == 1 || dynamic) return ClusterChoice();
      ClusterChoice choice = chooseCluster(kernel, 2, Multicast::None, why);
      return clusterPays(kernel, choice, info) ? choice : ClusterChoice();
    }
    if (*asked != Multicast::None && cluster <= 1)
      return kernel.emitError()
             << "schedule: multicast is '" << multicast
             << "', but blocks that run alone share nothing\n  fix: state the blocks of a cluster too";
    if (cluster <= 1) return ClusterChoice();
    if (info.clusterSize == 1)
      return refuse(target + " has no clusters of blocks", "leave it open, or compile for sm_90a");
    if (!llvm::isPowerOf2_64(static_cast<uint64_t>(cluster)) || cluster > info.clusterSize)
      return refuse("a cluster on " + target + " has 1, 2, 4 or " + Twine(info.clusterSize) + " blocks",
                    "use one of these");
    // Memory that is not aligned cannot be loaded by TMA: that variant has no clusters.
    if (isGeneral) return ClusterChoice();
    if (!isAsync)
      return refuse("no product of this kernel is computed by wgmma, whose operands alone are sent to several blocks",
                    "leave it open, or see the remarks for what stands against wgmma");
    ClusterChoice choice = chooseCluster(kernel, cluster, *asked, why);
    if (choice.size == 1) return refuse(why, "leave it open");
    return choice;
  }

  /// Checks what is asked of the order of tiles. Returns whether a counter deals them out.
  FailureOr<bool> planOrder(tile::KernelOp kernel, bool isPersistent, bool hasRoles, int64_t blocksOfCluster) {
    auto refuse = [&](const Twine &what, const Twine &fix) {
      auto diagnostic = kernel.emitError() << "schedule: " << what;
      diagnostic.attachNote() << "fix: " << fix;
      return diagnostic;
    };
    if (!order.empty() && order != "grouped" && order != "hilbert")
      return refuse("raster_order is '" + order + "'", "use grouped or hilbert");
    if (order == "hilbert" && rasterGroup && (rasterGroup < 2 || !llvm::isPowerOf2_64(uint64_t(rasterGroup))))
      return refuse("raster_order is 'hilbert', but raster_group is " + Twine(rasterGroup) +
                        ", and the curve runs through squares of as many tiles on each side",
                    "use a raster_group of 2, 4, 8, 16, 32 or 64");
    // Memory that is not aligned cannot be loaded by TMA: that variant has no roles.
    if (!dynamic || kernel.getSymName().ends_with(kGeneralSuffix)) return false;
    if (!hasRoles)
      return refuse("dynamic is true, but this kernel has no warps that load by TMA, which ask for the next tile",
                    "leave it open, or see the remarks for what stands against wgmma");
    if (!isPersistent)
      return refuse("dynamic is true, but blocks do not go on to further tiles", "leave persistent open");
    if (blocksOfCluster > 1)
      return refuse("dynamic is true, but the blocks of a cluster take their tiles together", "leave one of them open");
    return true;
  }

  /// As many stages as fit beside the results on their way out and what is loaded once, at most kMostAsyncStages.
  int64_t chooseAsyncStages(tile::KernelOp kernel, WarpGrid grid, const TargetInfo &info) {
    int64_t stageBytes = 0, otherBytes = dynamic ? kNumbersBytes : 0;
    llvm::SmallPtrSet<Operation *, 4> seen;
    kernel.walk([&](tile::DotOp dot) {
      for (Value operand : {dot.getA(), dot.getB()}) {
        OperandLoad load = loadOf(operand);
        if (!load.op || !seen.insert(load.op).second) continue;
        auto [shape, elementBytes] = *extentsOf(operand.getType());
        int64_t bytes = shape[0] * shape[1] * elementBytes;
        if (isa<scf::ForOp>(load.op->getParentOp()))
          stageBytes += bytes;
        else
          otherBytes += kSingleLoadStages * bytes;
      }
    });
    kernel.walk([&](tile::StoreOp store) {
      auto type = cast<RankedTensorType>(store.getValue().getType());
      // What leaves is mostly made of products, in their layout.
      auto layout = type.getRank() == 2
                        ? layout::wgmmaAccumulator(coordOf(type.getShape()), static_cast<int>(grid.rows),
                                                   static_cast<int>(grid.columns))
                        : std::nullopt;
      if (auto choice = layout ? planBulkStore(store, *layout, /*roles=*/true, info) : BulkStoreChoice(); choice.plan) {
        otherBytes += choice.plan->bytes();
        return;
      }
      otherBytes += (type.getNumElements() + 8 * type.getShape().front()) * elementBytesOf(type.getElementType());
    });
    return std::clamp<int64_t>((info.sharedPerBlock - otherBytes) / std::max<int64_t>(stageBytes, 1), 1,
                               kMostAsyncStages);
  }

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
