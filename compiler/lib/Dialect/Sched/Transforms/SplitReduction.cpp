// Deals the iterations of a loop that sums products out to several blocks.
//
//   tile.kernel @f(...) {                         tile.kernel @f(..., %parts) {
//     tile.blocks (%i) in (%n) {                    tile.blocks (%i, %s) in (%n, 4) {
//       %r = scf.for %k = 0 to %m ... {...}   ->      %r = scf.for %k = (part %s of 0 to %m) ... {...}
//       tile.store (bias and cast of %r) ...          tile.store %r, %parts[...]
//     }                                             }
//   }                                             }
//                                                 tile.kernel @f_whole(..., %parts) {
//                                                   tile.blocks (%i) in (%n) {
//                                                     %r = the sum of the parts, in their order
//                                                     tile.store (bias and cast of %r) ...
//                                                   }
//                                                 }

#include "RowCut.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Splits.h"
#include "tilewright/Target/TargetInfo.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_SPLITREDUCTION
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

constexpr int64_t kVectorBytes = 16;
constexpr size_t kMostDimensions = 3;
/// The second kernel is cut into no blocks of fewer rows.
constexpr int64_t kLeastRows = 8;

/// The workspace that holds parts of a sum of this type: its columns are those of a tile.
tile::GlobalType workspaceOf(Type sum) {
  auto tile = cast<RankedTensorType>(sum);
  int64_t columns = tile.getDimSize(1), rowBytes = columns * elementBytesOf(tile.getElementType());
  int64_t align = std::min<int64_t>(kVectorBytes, rowBytes & -rowBytes);
  return tile::GlobalType::get(sum.getContext(), {ShapedType::kDynamic, columns}, tile.getElementType(), {columns, 1},
                               align);
}

/// Erases what has no use in a block, last operations first.
void prune(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op)) op.erase();
}

class Splitter {
public:
  Splitter(tile::KernelOp kernel, int64_t parts, bool unordered)
      : kernel(kernel), parts(parts), unordered(unordered), builder(kernel.getContext()) {}

  void run() {
    builder.setInsertionPointAfter(kernel);
    auto whole = cast<tile::KernelOp>(builder.clone(*kernel));
    whole.setSymName((kernel.getSymName() + kWholeSuffix).str());
    declareWorkspaces(kernel, SplitStep::Parts);
    declareWorkspaces(whole, SplitStep::Whole);
    makeParts(findSplitLoop(kernel).loop);
    makeWhole(whole, findSplitLoop(whole).loop);
  }

private:
  void declareWorkspaces(tile::KernelOp step, SplitStep kind) {
    scf::ForOp loop = findSplitLoop(step).loop;
    SmallVector<int64_t> rows;
    SmallVector<Attribute> names;
    if (auto given = step.getArgNames()) names.assign(given->begin(), given->end());
    for (Type sum : loop.getResultTypes()) {
      rows.push_back((unordered ? 1 : parts) * cast<RankedTensorType>(sum).getDimSize(0));
      names.push_back(builder.getStringAttr("parts"));
      (void)step.insertArgument(step.getArgumentTypes().size(), workspaceOf(sum), {}, loop.getLoc());
    }
    if (step.getArgNames()) step.setArgNamesAttr(builder.getArrayAttr(names));
    int64_t blocksPerTile = kind == SplitStep::Parts ? parts : 1;
    step->setAttr(kSplitAttr, SplitAttr::get(builder.getContext(), kind, parts, unordered, blocksPerTile, rows));
  }

  Value index(Location loc, int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value add(Location loc, Value a, Value b) { return builder.createOrFold<arith::AddIOp>(loc, a, b); }
  Value multiply(Location loc, Value a, Value b) { return builder.createOrFold<arith::MulIOp>(loc, a, b); }

  /// The workspace of a sum, and the row in it where part `part` (null: the only one) of this block's tile begins.
  std::pair<Value, Value> placeOf(scf::ForOp loop, unsigned number, ValueRange indices, ValueRange extents,
                                  Value part) {
    Location loc = loop.getLoc();
    Value tile = indices.front(), tiles = extents.front();
    for (auto [place, extent] : llvm::zip_equal(indices.drop_front(), extents.drop_front())) {
      tile = add(loc, multiply(loc, tile, extent), place);
      tiles = multiply(loc, tiles, extent);
    }
    if (part) tile = add(loc, multiply(loc, part, tiles), tile);
    auto sum = cast<RankedTensorType>(loop.getResult(number).getType());
    auto arguments = loop->getParentOfType<tile::KernelOp>().getBody().getArguments();
    Value workspace = arguments[arguments.size() - loop.getNumResults() + number];
    return {workspace, multiply(loc, tile, index(loc, sum.getDimSize(0)))};
  }

  //===-- the step that sums parts --------------------------------------------------------------------------------===//

  void makeParts(scf::ForOp loop) {
    tile::BlocksOp grid = kernel.getBlocks();
    SmallVector<Value> extents(grid.getExtents()), indices(grid.getBody().getArguments());
    Value part = addPartToGrid(grid, indices, parts);
    builder.setInsertionPoint(loop);
    narrow(loop, part);
    for (OpOperand &init : loop.getInitArgsMutable())
      init.set(arith::ConstantOp::create(builder, loop.getLoc(), builder.getZeroAttr(init.get().getType())));
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*loop->getBlock()))) {
      if (&op == loop) break;
      if (!op.hasTrait<OpTrait::IsTerminator>()) op.erase();
    }
    builder.setInsertionPointAfter(loop);
    for (auto [number, sum] : llvm::enumerate(loop.getResults())) {
      auto [workspace, row] =
          placeOf(loop, static_cast<unsigned>(number), indices, extents, unordered ? Value() : part);
      auto store =
          tile::StoreOp::create(builder, loop.getLoc(), sum, workspace, ValueRange{row, index(loop.getLoc(), 0)});
      if (unordered) store->setAttr(kAddsAttr, builder.getUnitAttr());
    }
    prune(grid.getBody().front());
  }

  /// Gives each tile of the grid so many blocks. Returns the number of this one; `indices` stay those of the tile.
  Value addPartToGrid(tile::BlocksOp grid, SmallVector<Value> &indices, int64_t blocks) {
    Location loc = grid.getLoc();
    builder.setInsertionPoint(grid);
    Value count = index(loc, blocks);
    Block &body = grid.getBody().front();
    if (indices.size() < kMostDimensions) {
      grid.getExtentsMutable().append(count);
      return body.addArgument(builder.getIndexType(), loc);
    }
    OpOperand &last = grid.getExtentsMutable()[kMostDimensions - 1];
    last.set(multiply(loc, last.get(), count));
    builder.setInsertionPointToStart(&body);
    auto tile = arith::DivUIOp::create(builder, loc, indices.back(), count);
    auto part = arith::RemUIOp::create(builder, loc, indices.back(), count);
    indices.back().replaceAllUsesExcept(tile, SmallPtrSet<Operation *, 2>{tile, part});
    indices.back() = tile;
    return part;
  }

  /// Leaves the iterations of one part to a loop: as many as to any other, or one more for the first ones.
  void narrow(scf::ForOp loop, Value part) {
    Location loc = loop.getLoc();
    Value zero = index(loc, 0), one = index(loc, 1), count = index(loc, parts);
    Value length = arith::SubIOp::create(builder, loc, loop.getUpperBound(), loop.getLowerBound());
    Value iterations =
        arith::CeilDivUIOp::create(builder, loc, arith::MaxSIOp::create(builder, loc, length, zero), loop.getStep());
    Value each = arith::DivUIOp::create(builder, loc, iterations, count);
    Value rest = arith::RemUIOp::create(builder, loc, iterations, count);
    auto startOf = [&](Value number) {
      Value longer = arith::MinUIOp::create(builder, loc, number, rest);
      Value before = add(loc, multiply(loc, number, each), longer);
      return add(loc, loop.getLowerBound(), multiply(loc, before, loop.getStep()));
    };
    Value first = startOf(part), last = startOf(add(loc, part, one));
    loop.setLowerBound(first);
    loop.setUpperBound(last);
  }

  //===-- the step that adds them up ------------------------------------------------------------------------------===//

  void makeWhole(tile::KernelOp whole, scf::ForOp loop) {
    tile::BlocksOp grid = whole.getBlocks();
    Block &body = grid.getBody().front();
    builder.setInsertionPoint(loop);
    SmallVector<Value> read;
    for (unsigned number = 0; number < loop.getNumResults(); ++number)
      loop.getResult(number).replaceAllUsesWith(sumOf(grid, loop, number, read));
    int64_t rows = cast<RankedTensorType>(loop.getResult(0).getType()).getDimSize(0);
    loop.erase();
    prune(body);
    // Few tiles would be added up by few blocks: where that is possible, each tile by as many as computed its parts.
    int64_t blocks = 1;
    while (2 * blocks <= parts && rows % (2 * blocks) == 0 && rows / (2 * blocks) >= kLeastRows) blocks *= 2;
    RowCut cut(body, rows);
    if (blocks == 1 || !cut.collect(read)) return;
    SmallVector<Value> indices(body.getArguments());
    Value number = addPartToGrid(grid, indices, blocks);
    builder.setInsertionPointToStart(&body);
    if (Operation *op = number.getDefiningOp()) builder.setInsertionPointAfter(op);
    cut.apply(blocks, multiply(grid.getLoc(), number, index(grid.getLoc(), rows / blocks)), builder);
    auto split = whole->getAttrOfType<SplitAttr>(kSplitAttr);
    whole->setAttr(kSplitAttr,
                   SplitAttr::get(builder.getContext(), split.getStep(), parts, unordered, blocks, split.getRows()));
  }

  /// The sum of the parts; what is read for it is added to `tiles`.
  Value sumOf(tile::BlocksOp grid, scf::ForOp loop, unsigned number, SmallVector<Value> &tiles) {
    Location loc = loop.getLoc();
    Type type = loop.getResult(number).getType();
    auto read = [&](Value part) -> Value {
      auto [workspace, row] = placeOf(loop, number, grid.getBody().getArguments(), grid.getExtents(), part);
      tiles.push_back(
          tile::LoadOp::create(builder, loc, type, workspace, ValueRange{row, index(loc, 0)}, /*pad=*/Value()));
      return tiles.back();
    };
    auto plus = [&](Value a, Value b) -> Value {
      if (getElementTypeOrSelf(type).isInteger()) return arith::AddIOp::create(builder, loc, a, b);
      return arith::AddFOp::create(builder, loc, a, b);
    };
    Value init = loop.getInitArgs()[number], sum;
    if (!matchPattern(init, m_AnyZeroFloat()) && !matchPattern(init, m_Zero())) sum = init;
    for (int64_t part = 0; part < (unordered ? 1 : parts); ++part) {
      Value next = read(unordered ? Value() : index(loc, part));
      sum = sum ? plus(sum, next) : next;
    }
    return sum;
  }

  tile::KernelOp kernel;
  int64_t parts;
  bool unordered;
  OpBuilder builder;
};

struct SplitReduction : impl::SplitReductionBase<SplitReduction> {
  using SplitReductionBase::SplitReductionBase;

  void runOnOperation() override {
    auto info = findTarget(target);
    if (!info) {
      getOperation().emitError() << info.failure().message;
      return signalPassFailure();
    }
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<tile::KernelOp>())) {
      FailureOr<int64_t> parts = partsOf(kernel, **info);
      if (failed(parts)) return signalPassFailure();
      if (*parts > 1) Splitter(kernel, *parts, unordered).run();
    }
  }

private:
  /// In how many parts the sums of a kernel are computed: as asked for, or an error; left open, where it pays.
  FailureOr<int64_t> partsOf(tile::KernelOp kernel, const TargetInfo &info) {
    if (splits < 0 || splits > kMostSplits) {
      auto diagnostic = kernel.emitError() << "schedule: split_k is " << int64_t(splits);
      diagnostic.attachNote() << "fix: use 1 to " << kMostSplits;
      return diagnostic;
    }
    int64_t parts = splits ? int64_t(splits) : chooseSplits(kernel, info);
    if (parts == 1) return 1;
    SplitLoop found = findSplitLoop(kernel);
    if (found.loop) return parts;
    if (splits == 0) {
      if (!kernel.getSymName().ends_with(kGeneralSuffix))
        found.at->emitRemark() << "sums are not split among " << parts
                               << " blocks for each tile, which would pay: " << found.why;
      return 1;
    }
    auto diagnostic = found.at->emitError() << "schedule: split_k is " << parts << ", but " << found.why;
    diagnostic.attachNote()
        << "fix: leave it open, or let one loop of blocks() do nothing but add products to matrices";
    return diagnostic;
  }
};

} // namespace
} // namespace tilewright::sched
