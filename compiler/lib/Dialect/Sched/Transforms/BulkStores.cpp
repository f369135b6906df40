// Plans stores by TMA, and writes them out.

#include "tilewright/Dialect/Sched/Transforms/BulkStores.h"

#include "BlockStart.h"
#include "tilewright/Layout/WritePlan.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// The most rows of a TMA box (CUDA driver API, cuTensorMapEncodeTiled).
constexpr int64_t kMostBoxExtent = 256;
/// What one access of a thread moves at most.
constexpr int64_t kVectorBytes = 16;
/// The widest span of the swizzle, which is also what a sub-tile has of a row.
constexpr int64_t kRowBytes = 128;
/// Rows of a sub-tile where fewer are possible.
constexpr int64_t kFewRows = 128;
constexpr int64_t kBuffers = 2;
/// Boxes of whole periods of the swizzle start where its pattern does.
constexpr int64_t kPatternRows = 8;

/// The largest multiple of `unit` that divides `extent`, which it divides itself, and is at most `most`, or `unit`.
int64_t largestPart(int64_t extent, int64_t unit, int64_t most) {
  int64_t best = unit;
  for (int64_t part = unit; part <= std::min(most, extent); part += unit)
    if (extent % part == 0) best = part;
  return best;
}

/// The number of warpgroups if the higher bits of the warp's number are the higher ones of the row in a part of `rows`
/// rows, else 1.
int64_t groupsOf(const layout::Distributed &layout, int outer, int64_t rows) {
  int64_t warpgroups = layout.warps() / 4;
  if (warpgroups < 2 || rows % (warpgroups * kPatternRows)) return 1;
  int64_t step = rows;
  for (int bit = layout.warpBits() - 1; bit >= 2; --bit)
    if (layout.warpBasis(bit)[outer] != (step /= 2)) return 1;
  return warpgroups;
}

/// The bank conflicts of writing a sub-tile.
int conflictsOf(const layout::Distributed &part, const layout::Memory &memory, int bytes) {
  if (auto matrices = layout::planMatrixWrite(part, memory, bytes))
    return layout::bankConflicts(*matrices, bytes).conflicts();
  return layout::bankConflicts(layout::planWrite(part, memory, bytes).access, bytes).conflicts();
}

layout::Distributed partOf(const layout::Distributed &layout, const layout::Coord &shape) {
  layout::Coord repeat;
  for (int dim = 0; dim < layout.rank(); ++dim) repeat.push(shape[dim] / layout.core()[dim]);
  auto bases = [](std::span<const layout::Coord> span) { return std::vector<layout::Coord>(span.begin(), span.end()); };
  return layout::Distributed(repeat, bases(layout.registerBases()), bases(layout.laneBases()),
                             bases(layout.warpBases()));
}

bool isMapType(Type type) { return !type.isInteger(1) && (isa<FloatType>(type) || isa<IntegerType>(type)); }

} // namespace

BulkStoreChoice tilewright::sched::planBulkStore(const layout::Distributed &layout, tile::GlobalType global, bool roles,
                                                 const TargetInfo &target) {
  if (!target.hasTma || global.getAlign() < kVectorBytes || global.getContiguousDim() < 0) return {};
  int inner = static_cast<int>(global.getContiguousDim()), outer = 1 - inner;
  int bytes = static_cast<int>(global.getElementBytes());
  if (layout.vectorWidth(inner) * bytes >= kVectorBytes) return {};
  if (global.getRank() != 2) return {{}, "the tensor has " + std::to_string(global.getRank()) + " dimensions, not 2"};
  if (!isMapType(global.getElementType())) return {{}, "tensor maps do not have its element type"};
  if (layout.replicatedLanes() || layout.replicatedWarps()) return {{}, "several threads hold the same elements"};
  layout::Coord shape = layout.shape(), core = layout.core();
  if (shape[inner] * bytes % kVectorBytes) return {{}, "rows of the tile are no multiple of 16 bytes"};
  MLIRContext *context = global.getContext();
  std::optional<BulkStorePlan> best;
  int fewest = 0;
  for (int64_t span = kRowBytes; span >= kVectorBytes; span /= 2) {
    int64_t panel = span / bytes;
    if (shape[inner] % panel) continue;
    BulkStorePlan plan;
    int64_t columns = largestPart(shape[inner], std::max<int64_t>(panel, core[inner]), kRowBytes / bytes);
    int64_t rows = core[outer];
    plan.groups = roles ? groupsOf(layout, outer, rows) : 1;
    if (plan.groups == 1) rows = largestPart(shape[outer], rows, kFewRows);
    if (columns % panel || rows / plan.groups > kMostBoxExtent) continue;
    layout::Coord part = layout::Coord::filled(2, 0);
    part[inner] = static_cast<int>(columns), part[outer] = static_cast<int>(rows);
    plan.part = partOf(layout, part);
    plan.buffers = std::min<int64_t>(kBuffers, shape[inner] / columns * (shape[outer] / rows));
    plan.buffer = SharedType::get(context, {part[0], part[1]}, global.getTileElementType(),
                                  MemoryAttr::get(context, {inner, outer}, span));
    int conflicts = conflictsOf(plan.part, plan.buffer.getLayout(), bytes);
    if (!best || conflicts < fewest) best = plan, fewest = conflicts;
  }
  if (!best) return {{}, "a sub-tile would have more than 256 rows"};
  if (fewest > 0) return {{}, "in no swizzle would its elements be written to different banks"};
  return {best, ""};
}

BulkStoreChoice tilewright::sched::planBulkStore(tile::StoreOp store, const layout::Distributed &layout, bool roles,
                                                 const TargetInfo &target) {
  // Tensor maps are of arguments.
  if (isWorkspace(store.getDestination())) return {};
  BulkStoreChoice choice = planBulkStore(layout, store.getDestination().getType(), roles, target);
  bool alone = llvm::all_of(store.getDestination().getUsers(),
                            [&](Operation *user) { return user == store || isa<tile::DimOp>(user); });
  if (choice.plan && !alone) return {{}, "the kernel reads or writes the tensor elsewhere too"};
  return choice;
}

void tilewright::sched::storeInParts(tile::StoreOp store, const BulkStorePlan &plan) {
  auto kernel = store->getParentOfType<tile::KernelOp>();
  OpBuilder builder(store);
  Location loc = store.getLoc();
  setToBlockStart(builder, kernel);
  auto argument = cast<BlockArgument>(store.getDestination()).getArgNumber();
  Value ring = AllocOp::create(builder, loc, RingType::get(builder.getContext(), plan.buffers, plan.buffer),
                               builder.getStringAttr(kernel.getArgName(argument)), /*offset=*/IntegerAttr());
  SmallVector<Value> slots;
  for (int64_t number = 0; number < plan.buffers; ++number)
    slots.push_back(SlotOp::create(builder, loc, ring, Value(), number));

  builder.setInsertionPoint(store);
  layout::Coord shape = layoutOf(store.getValue().getType()).shape(), part = plan.part.shape();
  auto type = cast<RankedTensorType>(store.getValue().getType());
  auto partType = RankedTensorType::get({part[0], part[1]}, type.getElementType(),
                                        LayoutAttr::get(builder.getContext(), plan.part));
  auto groups = builder.getI64IntegerAttr(plan.groups);
  int64_t number = 0;
  for (int64_t row = 0; row < shape[0]; row += part[0])
    for (int64_t column = 0; column < shape[1]; column += part[1], ++number) {
      auto at = builder.getDenseI64ArrayAttr({row, column});
      Value slot = slots[number % plan.buffers];
      Value value = PartOp::create(builder, loc, partType, store.getValue(), at);
      WriteOp::create(builder, loc, value, slot);
      FenceAsyncOp::create(builder, loc);
      GroupBarrierOp::create(builder, loc, groups);
      TmaStoreOp::create(builder, loc, slot, store.getDestination(), store.getOffsets(), /*predicate=*/Value(), at,
                         groups);
    }
  store.erase();
}
