// Gives every tile its layout, and every buffer its place in memory.
//
//   %s = tile.alloc : !tile.buffer<...>           %r = sched.alloc : !sched.ring<1 of ...>
//   tile.copy %a[%i, %k] to %s               ->   %s = sched.slot %r
//   %d = tile.dot %s, %t, %c : tensor<...>        sched.copy %a[%i, %k] to %s {layout = ...}
//                                                 %d = sched.dot %s, %t, %c : tensor<..., #sched.layout<...>>

#include "BlockStart.h"
#include "LayoutClasses.h"
#include "tilewright/Dialect/Sched/Transforms/BulkStores.h"
#include "tilewright/Dialect/Sched/Transforms/Divisibility.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Products.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

constexpr int64_t kVectorBytes = 16;
/// Without a permutation wgmma wants rows cut into panels of 16 bytes (PTX ISA 9.7.15.5.1.2.1).
constexpr int64_t kPlainPanels = 16;

/// Gives each use its own copy of the tiles that cost nothing to make, so that they bind no classes together.
void multiplyConstants(tile::KernelOp kernel) {
  SmallVector<Operation *> cheap;
  kernel.walk([&](Operation *op) {
    if (isa<arith::ConstantOp, tile::SplatOp, tile::IotaOp>(op) && isa<RankedTensorType>(op->getResult(0).getType()))
      cheap.push_back(op);
  });
  for (Operation *op : cheap) {
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
      OpBuilder builder(use.getOwner());
      use.set(builder.clone(*op)->getResult(0));
    }
    op->erase();
  }
}

/// Rewrites one kernel.
class Assigner {
public:
  Assigner(tile::KernelOp kernel, ScheduleAttr schedule, const TargetInfo &target)
      : kernel(kernel), schedule(schedule), target(target),
        classes(kernel, schedule, [&](tile::DotOp dot) { return atomOf(dot); }), builder(kernel.getContext()) {}

  void run() {
    kernel.walk([&](tile::AllocOp alloc) { declare(alloc); });
    SmallVector<Operation *> ops;
    kernel.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) rewrite(op);
    for (Operation *op : llvm::reverse(dead)) op->erase();
    setTypes();
    convertStores();
  }

private:
  int warps() const { return static_cast<int>(schedule.getWarps()); }

  /// The scheduled atom is that of the largest product; the others take it where they can.
  Atom atomOf(tile::DotOp dot) const {
    return isLegal(dot, schedule.getAtom(), target) ? schedule.getAtom() : chooseAtom(dot, target);
  }

  //===-- buffers -------------------------------------------------------------------------------------------------===//

  /// The contiguous dimension of a buffer is that of the memory it is filled from.
  int contiguousDimOf(tile::AllocOp alloc) {
    for (Operation *user : alloc->getUsers())
      if (auto copy = dyn_cast<tile::CopyOp>(user))
        if (auto global = dyn_cast<tile::GlobalType>(copy.getSource().getType());
            global && global.getContiguousDim() >= 0)
          return static_cast<int>(global.getContiguousDim());
    return static_cast<int>(alloc.getResult().getType().getShape().size()) - 1;
  }

  void declare(tile::AllocOp alloc) {
    auto type = alloc.getResult().getType();
    SmallVector<int64_t> order = {contiguousDimOf(alloc)};
    for (int64_t dim = type.getShape().size() - 1; dim >= 0; --dim)
      if (dim != order.front()) order.push_back(dim);
    auto shape = coordOf(type.getShape());
    int bytes = static_cast<int>(elementBytesOf(type.getElementType()));
    int64_t swizzle = schedule.getSwizzle();
    if (!layout::Memory::swizzled(shape, coordOf(order), bytes))
      swizzle = 0;
    else if (swizzle == 0 && schedule.getAtom() == Atom::Wgmma)
      swizzle = kPlainPanels;
    // At the start of the block, so that loops can make rings of buffers that are declared inside them.
    setToBlockStart(builder, kernel);
    slots[alloc.getResult()] = declareRing(alloc.getLoc(), type.getShape(), type.getElementType(), order, swizzle,
                                           alloc.getName().value_or("buffer"));
    dead.push_back(alloc);
  }

  Value declareRing(Location loc, ArrayRef<int64_t> shape, Type elementType, ArrayRef<int64_t> order, int64_t swizzle,
                    StringRef name) {
    auto memory = MemoryAttr::get(kernel.getContext(), order, swizzle);
    auto slot = SharedType::get(kernel.getContext(), shape, elementType, memory);
    Value ring = AllocOp::create(builder, loc, RingType::get(kernel.getContext(), 1, slot), builder.getStringAttr(name),
                                 /*offset=*/IntegerAttr());
    return SlotOp::create(builder, loc, ring, Value(), 0);
  }

  /// Shared memory of `elements` elements for an operation that exchanges data between warps.
  Value declareScratch(Location loc, int64_t elements, Type elementType) {
    return declareRing(loc, {elements}, elementType, {0}, /*swizzle=*/0, "scratch");
  }

  //===-- layouts -------------------------------------------------------------------------------------------------===//

  /// `tile`, whose type already carries its layout, in layout `to`.
  Value convert(Value tile, const layout::Distributed &to) {
    auto from = layoutOf(tile.getType());
    auto type = withLayout(tile.getType(), to);
    if (from.isEquivalent(to) && type == tile.getType()) return tile;
    int bytes = static_cast<int>(elementBytesOf(type.getElementType()));
    auto plan = layout::planConversion(from, to, bytes);
    Value scratch;
    if (plan.shared) scratch = declareScratch(tile.getLoc(), plan.shared->memory.elements(), type.getElementType());
    return ConvertOp::create(builder, tile.getLoc(), type, tile, scratch);
  }

  /// Tiles get their types at the end, except those that a rewrite makes or needs earlier.
  layout::Distributed layoutFor(Value tile) const {
    return cast<RankedTensorType>(tile.getType()).getEncoding() ? layoutOf(tile.getType()) : classes.layoutOf(tile);
  }
  void setType(Value tile, const layout::Distributed &layout) { tile.setType(withLayout(tile.getType(), layout)); }

  void rewriteRelation(Operation *op) {
    Value source = op->getOperand(0), result = op->getResult(0);
    layout::Distributed wanted = layoutFor(result);
    builder.setInsertionPoint(op);
    setType(source, layoutFor(source));
    if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
      op->setOperand(0, convert(source, operandLayout(broadcast, wanted)));
      return;
    }
    layout::Distributed natural = resultLayout(op, layoutFor(source));
    Operation *made = op;
    if (auto reduce = dyn_cast<tile::ReduceOp>(op)) made = rewriteReduce(reduce, natural);
    if (natural == wanted) return;
    // The value in its natural layout, then in that of its class; all uses are of the latter.
    Value fresh = made->getResult(0);
    builder.setInsertionPointAfter(made);
    setType(fresh, natural);
    Value converted = convert(fresh, wanted);
    fresh.replaceAllUsesExcept(converted, converted.getDefiningOp());
  }

  Operation *rewriteReduce(tile::ReduceOp reduce, const layout::Distributed &natural) {
    auto source = layoutFor(reduce.getSource());
    int axis = static_cast<int>(reduce.getAxis());
    int64_t warpsAlong = 1;
    for (const layout::Coord &basis : source.warpBases())
      if (basis[axis]) warpsAlong *= 2;
    auto type = cast<RankedTensorType>(reduce.getResult().getType());
    Value scratch;
    if (warpsAlong > 1)
      scratch = declareScratch(reduce.getLoc(), warpsAlong * type.getNumElements(), type.getElementType());
    auto made = ReduceOp::create(builder, reduce.getLoc(), withLayout(type, natural), reduce.getSource(), scratch,
                                 reduce.getAxisAttr(), reduce.getKindAttr(), reduce.getIsUnsignedAttr());
    replace(reduce, made.getResult());
    return made;
  }

  //===-- memory --------------------------------------------------------------------------------------------------===//

  void rewriteCopy(tile::CopyOp copy) {
    builder.setInsertionPoint(copy);
    if (auto global = dyn_cast<tile::GlobalType>(copy.getSource().getType())) {
      copyFromGlobal(copy, global);
    } else {
      auto buffer = cast<tile::BufferType>(copy.getSource().getType());
      auto target = dyn_cast<tile::GlobalType>(copy.getDestination().getType());
      int dim = target && target.getContiguousDim() >= 0 ? static_cast<int>(target.getContiguousDim())
                                                         : static_cast<int>(buffer.getShape().size()) - 1;
      int64_t align = target ? std::min(target.getAlign(), kVectorBytes) : kVectorBytes;
      int vector = std::max<int>(1, static_cast<int>(align / elementBytesOf(buffer.getElementType())));
      auto layout = layout::blocked(coordOf(buffer.getShape()), vector, dim, warps());
      Value tile = ReadOp::create(builder, copy.getLoc(), withLayout(buffer.getTileType(), layout),
                                  slots.lookup(copy.getSource()));
      if (target)
        tile::StoreOp::create(builder, copy.getLoc(), tile, copy.getDestination(), copy.getDestinationOffsets());
      else
        WriteOp::create(builder, copy.getLoc(), tile, slots.lookup(copy.getDestination()));
    }
    dead.push_back(copy);
  }

  void copyFromGlobal(tile::CopyOp copy, tile::GlobalType global) {
    Value slot = slots.lookup(copy.getDestination());
    auto shared = cast<SharedType>(slot.getType());
    auto memory = shared.getLayout();
    int dim = static_cast<int>(global.getContiguousDim());
    int64_t elementBytes = shared.getElementBytes(), vector = 1;
    if (dim >= 0 && dim == memory.contiguousDim()) {
      int64_t bytes =
          std::min<int64_t>({global.getAlign(), kVectorBytes, memory.maxVectorBytes(static_cast<int>(elementBytes))});
      vector = std::min({bytes / elementBytes, divisorOf(copy.getSourceOffsets()[dim]),
                         int64_t(layout::powerOfTwoPart(static_cast<int>(shared.getShape()[dim])))});
    }
    auto layout =
        layout::blocked(coordOf(shared.getShape()), static_cast<int>(vector), memory.contiguousDim(), warps());
    int64_t bytes = vector * elementBytes;
    CopyOp::create(builder, copy.getLoc(), copy.getSource(), copy.getSourceOffsets(), slot, /*predicate=*/Value(),
                   LayoutAttr::get(kernel.getContext(), layout), builder.getI64IntegerAttr(bytes),
                   bytes >= 4 ? builder.getUnitAttr() : UnitAttr());
  }

  void rewrite(Operation *op) {
    if (isa<tile::ReduceOp, tile::BroadcastOp, tile::ReshapeOp, tile::TransposeOp>(op)) return rewriteRelation(op);
    if (auto copy = dyn_cast<tile::CopyOp>(op)) return rewriteCopy(copy);
    builder.setInsertionPoint(op);
    if (auto read = dyn_cast<tile::ReadOp>(op)) {
      auto type = withLayout(read.getResult().getType(), layoutFor(read.getResult()));
      auto made = ReadOp::create(builder, op->getLoc(), type, slots.lookup(read.getSource()));
      replace(read, made.getResult());
    } else if (auto write = dyn_cast<tile::WriteOp>(op)) {
      WriteOp::create(builder, op->getLoc(), write.getValue(), slots.lookup(write.getDestination()));
      dead.push_back(op);
    } else if (auto dot = dyn_cast<tile::DotOp>(op)) {
      auto type = withLayout(dot.getResult().getType(), layoutFor(dot.getResult()));
      Value a = isa<tile::BufferType>(dot.getA().getType()) ? slots.lookup(dot.getA()) : registersOf(dot);
      auto made = DotOp::create(
          builder, op->getLoc(), type, a, slots.lookup(dot.getB()), dot.getAccumulator(),
          AtomAttr::get(kernel.getContext(), atomOf(dot)), builder.getI64IntegerAttr(schedule.getWarpsM()),
          builder.getI64IntegerAttr(schedule.getWarpsN()), dot.getTransposeAAttr(), dot.getTransposeBAttr(),
          dot.getTf32Attr(), dot.getUnsignedAAttr(), dot.getUnsignedBAttr());
      replace(dot, made.getResult());
    }
  }

  /// The first operand of a product that takes it from registers: in the layout of an accumulator of its shape.
  Value registersOf(tile::DotOp dot) {
    setType(dot.getA(), layoutFor(dot.getA()));
    layout::Coord shape = coordOf(cast<RankedTensorType>(dot.getA().getType()).getShape());
    return convert(dot.getA(), *layout::wgmmaAccumulator(shape, static_cast<int>(schedule.getWarpsM() / 4),
                                                         static_cast<int>(schedule.getWarpsN())));
  }

  void replace(Operation *op, Value fresh) {
    op->getResult(0).replaceAllUsesWith(fresh);
    dead.push_back(op);
  }

  //===-- types ---------------------------------------------------------------------------------------------------===//

  void setTypes() {
    auto set = [&](Value value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type || type.getEncoding()) return;
      setType(value, classes.layoutOf(value));
    };
    kernel.walk([&](Operation *op) {
      llvm::for_each(op->getResults(), set);
      for (Region &region : op->getRegions())
        for (Block &block : region) llvm::for_each(block.getArguments(), set);
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
          constant.setValueAttr(cast<TypedAttr>(dense.isSplat()
                                                    ? Attribute(dense.resizeSplat(cast<ShapedType>(constant.getType())))
                                                    : Attribute(dense.reshape(cast<ShapedType>(constant.getType())))));
    });
  }

  /// Products of narrow elements are stored in rows of whole vectors rather than in the pairs that their layout gives;
  /// by TMA where that exists.
  void convertStores() {
    SmallVector<tile::StoreOp> stores;
    kernel.walk([&](tile::StoreOp store) { stores.push_back(store); });
    for (tile::StoreOp store : stores) {
      auto present = layoutOf(store.getValue().getType());
      BulkStoreChoice choice = planBulkStore(store, present, schedule.getProducerWarps() > 0, target);
      if (choice.plan) {
        storeInParts(store, *choice.plan);
        continue;
      }
      if (!choice.why.empty()) store.emitRemark() << "this store is not by TMA: " << choice.why;
      auto global = store.getDestination().getType();
      int dim = static_cast<int>(global.getContiguousDim());
      int64_t bytes = global.getElementBytes(), vector = std::min(global.getAlign(), kVectorBytes) / bytes;
      if (dim < 0 || bytes > 2 || vector <= 2) continue;
      auto shape = coordOf(cast<RankedTensorType>(store.getValue().getType()).getShape());
      auto layout = layout::blocked(shape, static_cast<int>(vector), dim, warps());
      if (present.vectorWidth(dim) >= layout.vectorWidth(dim)) continue;
      builder.setInsertionPoint(store);
      store.getValueMutable().assign(convert(store.getValue(), layout));
    }
  }

  tile::KernelOp kernel;
  ScheduleAttr schedule;
  const TargetInfo &target;
  LayoutClasses classes;
  OpBuilder builder;
  llvm::DenseMap<Value, Value> slots;
  SmallVector<Operation *> dead;
};

struct AssignLayouts : impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    if (!schedule) {
      getOperation().emitError("has no schedule; sched-plan runs before sched-assign-layouts");
      return signalPassFailure();
    }
    auto info = findTarget(target);
    if (!info) {
      getOperation().emitError() << info.failure().message;
      return signalPassFailure();
    }
    multiplyConstants(getOperation());
    Assigner(getOperation(), schedule, **info).run();
  }
};

} // namespace
} // namespace tilewright::sched
