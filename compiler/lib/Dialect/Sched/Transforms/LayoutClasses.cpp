// Groups the tiles of a kernel into classes that share one layout, and chooses the layouts.

#include "LayoutClasses.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

constexpr int64_t kVectorBytes = 16;

bool isTile(Value value) { return isa<RankedTensorType>(value.getType()); }

} // namespace

layout::Distributed tilewright::sched::reshapeLayout(const layout::Distributed &layout, ArrayRef<int64_t> shape) {
  layout::Coord from = layout.shape();
  // Axes longer than one keep their order; the others hold no bits.
  auto move = [&](const layout::Coord &basis, int filler) {
    layout::Coord moved;
    int next = 0;
    for (int64_t extent : shape) {
      if (extent == 1) {
        moved.push(filler);
        continue;
      }
      while (from[next] == 1) ++next;
      moved.push(basis[next++]);
    }
    return moved;
  };
  auto moveAll = [&](std::span<const layout::Coord> bases) {
    std::vector<layout::Coord> moved;
    for (const layout::Coord &basis : bases) moved.push_back(move(basis, 0));
    return moved;
  };
  return layout::Distributed(move(layout.repeat(), 1), moveAll(layout.registerBases()), moveAll(layout.laneBases()),
                             moveAll(layout.warpBases()));
}

layout::Distributed tilewright::sched::resultLayout(Operation *op, const layout::Distributed &source) {
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return source.slice(static_cast<int>(reduce.getAxis()), layout::SlicedAxis::one).layout;
  if (auto transpose = dyn_cast<tile::TransposeOp>(op))
    return source.transpose(coordOf(transpose.getPermutation())).layout;
  return reshapeLayout(source, cast<RankedTensorType>(op->getResult(0).getType()).getShape());
}

layout::Distributed tilewright::sched::operandLayout(tile::BroadcastOp op, const layout::Distributed &result) {
  layout::Distributed layout = result;
  auto from = cast<RankedTensorType>(op.getSource().getType()), to = cast<RankedTensorType>(op.getResult().getType());
  for (int axis = 0; axis < from.getRank(); ++axis)
    if (from.getShape()[axis] != to.getShape()[axis]) layout = layout.slice(axis, layout::SlicedAxis::one).layout;
  return layout;
}

LayoutClasses::LayoutClasses(tile::KernelOp kernel, ScheduleAttr schedule, function_ref<Atom(tile::DotOp)> atomOf)
    : schedule(schedule) {
  kernel.walk<WalkOrder::PreOrder>([&](Operation *op) { collect(op); });
  assignProducts(kernel, atomOf);
  spread();
  // Larger tiles first: what relates to them follows.
  llvm::stable_sort(tiles, [](Value a, Value b) {
    return cast<RankedTensorType>(a.getType()).getNumElements() > cast<RankedTensorType>(b.getType()).getNumElements();
  });
  for (Value tile : tiles) {
    if (layouts.contains(leader(tile))) continue;
    assign(tile, coalesced(leader(tile)));
    spread();
  }
}

const layout::Distributed &LayoutClasses::layoutOf(Value tile) const { return layouts.find(leader(tile))->second; }

void LayoutClasses::unite(ValueRange values) {
  Value first;
  for (Value value : values) {
    if (!isTile(value)) continue;
    if (first)
      classes.unionSets(first, value);
    else
      first = value;
  }
}

void LayoutClasses::collect(Operation *op) {
  auto add = [&](Value value) {
    if (!isTile(value)) return;
    classes.insert(value);
    tiles.push_back(value);
  };
  llvm::for_each(op->getResults(), add);
  for (Region &region : op->getRegions())
    for (Block &block : region) llvm::for_each(block.getArguments(), add);

  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    auto yielded = loop.getYieldedValues();
    for (auto [init, argument, result, next] :
         llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults(), yielded))
      unite({init, argument, result, next});
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (branch.getNumResults() == 0) return;
    for (auto [result, then, otherwise] :
         llvm::zip_equal(branch.getResults(), branch.thenYield().getOperands(), branch.elseYield().getOperands()))
      unite({result, then, otherwise});
  } else if (auto dot = dyn_cast<tile::DotOp>(op)) {
    unite({dot.getAccumulator(), dot.getResult()});
  } else if (isa<tile::ReduceOp, tile::BroadcastOp, tile::ReshapeOp, tile::TransposeOp>(op)) {
    relations.push_back(op);
  } else if (op->hasTrait<OpTrait::Elementwise>() || isa<tile::CastOp>(op)) {
    SmallVector<Value> together(op->getOperands());
    llvm::append_range(together, op->getResults());
    unite(together);
  }
}

void LayoutClasses::assign(Value tile, const layout::Distributed &layout) { layouts.insert({leader(tile), layout}); }

void LayoutClasses::assignProducts(tile::KernelOp kernel, function_ref<Atom(tile::DotOp)> atomOf) {
  SmallVector<tile::DotOp> dots;
  kernel.walk([&](tile::DotOp dot) { dots.push_back(dot); });
  // The fragments of mma.sync are fixed, FMAs take any layout: where a class holds products of both kinds, mma decides.
  llvm::stable_sort(dots,
                    [&](tile::DotOp a, tile::DotOp b) { return atomOf(a) != Atom::Fma && atomOf(b) == Atom::Fma; });
  for (tile::DotOp dot : dots) {
    if (layouts.contains(leader(dot.getResult()))) continue;
    layout::Coord shape{static_cast<int>(dot.getM()), static_cast<int>(dot.getN())};
    if (atomOf(dot) == Atom::Fma)
      assign(dot.getResult(), layout::fmaTile(shape, static_cast<int>(schedule.getWarps())));
    else if (atomOf(dot) == Atom::Wgmma)
      assign(dot.getResult(), *layout::wgmmaAccumulator(shape, static_cast<int>(schedule.getWarpsM() / 4),
                                                        static_cast<int>(schedule.getWarpsN())));
    else
      assign(dot.getResult(), *layout::mmaAccumulator(shape, static_cast<int>(schedule.getWarpsM()),
                                                      static_cast<int>(schedule.getWarpsN())));
  }
}

void LayoutClasses::spread() {
  for (bool changed = true; changed;) {
    changed = false;
    auto reach = [&](Value tile, const layout::Distributed &layout) {
      if (layouts.contains(leader(tile))) return;
      assign(tile, layout);
      changed = true;
    };
    for (Operation *op : relations) {
      Value source = op->getOperand(0), result = op->getResult(0);
      bool hasSource = layouts.contains(leader(source)), hasResult = layouts.contains(leader(result));
      auto sourceShape = cast<RankedTensorType>(source.getType()).getShape();
      if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
        if (hasResult) reach(source, operandLayout(broadcast, layoutOf(result)));
      } else if (hasSource) {
        reach(result, resultLayout(op, layoutOf(source)));
      } else if (hasResult && isa<tile::ReshapeOp>(op)) {
        reach(source, reshapeLayout(layoutOf(result), sourceShape));
      } else if (auto transpose = dyn_cast<tile::TransposeOp>(op); transpose && hasResult) {
        layout::Coord inverse = layout::Coord::filled(static_cast<int>(transpose.getPermutation().size()), 0);
        for (auto [to, from] : llvm::enumerate(transpose.getPermutation()))
          inverse[static_cast<int>(from)] = static_cast<int>(to);
        reach(source, layoutOf(result).transpose(inverse).layout);
      }
    }
  }
}

/// Laid out for the global access with the widest vectors among the members of the class.
layout::Distributed LayoutClasses::coalesced(Value leader) const {
  auto type = cast<RankedTensorType>(leader.getType());
  int contiguous = static_cast<int>(type.getRank()) - 1, vector = 1;
  auto consider = [&](tile::GlobalType global) {
    int dim = static_cast<int>(global.getContiguousDim());
    int width = static_cast<int>(std::min(global.getAlign(), kVectorBytes) / global.getElementBytes());
    if (dim < 0 || width < vector) return;
    contiguous = dim;
    vector = width;
  };
  for (Value member : classes.members(leader)) {
    if (auto load = member.getDefiningOp<tile::LoadOp>()) consider(load.getSource().getType());
    for (Operation *user : member.getUsers())
      if (auto store = dyn_cast<tile::StoreOp>(user)) consider(store.getDestination().getType());
  }
  return layout::blocked(coordOf(type.getShape()), std::max(vector, 1), contiguous,
                         static_cast<int>(schedule.getWarps()));
}
