// Syntax, checks and sizes of rings and their slots.

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

static ParseResult parseShape(AsmParser &parser, SmallVector<int64_t> &shape, Type &elementType) {
  return failure(parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(elementType));
}

static void printShape(AsmPrinter &printer, ArrayRef<int64_t> shape, Type elementType) {
  printer.printDimensionList(shape);
  printer << "x" << elementType;
}

#define GET_TYPEDEF_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedTypes.cpp.inc"

void SchedDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "tilewright/Dialect/Sched/IR/SchedTypes.cpp.inc"
      >();
}

layout::Memory SharedType::getLayout() const {
  layout::Coord shape = coordOf(getShape()), order = coordOf(getMemory().getOrder());
  if (int64_t span = getMemory().getSwizzle())
    if (auto memory =
            layout::Memory::swizzled(shape, order, static_cast<int>(getElementBytes()), layout::Swizzle(span)))
      return *memory;
  return layout::Memory::rowMajor(shape, order);
}

int64_t SharedType::getElementBytes() const { return elementBytesOf(getElementType()); }

int64_t SharedType::getBytes() const { return getLayout().bytes(static_cast<int>(getElementBytes())); }

int64_t RingType::getAlignment() const { return getSlot().getLayout().alignment(); }

int64_t RingType::getSlotBytes() const { return llvm::alignTo(getSlot().getBytes(), getAlignment()); }

int64_t PipeType::getSlotBytes(size_t slot) const {
  return RingType::get(getContext(), 1, getSlots()[slot]).getSlotBytes();
}

int64_t PipeType::getSlotOffset(size_t slot) const {
  int64_t offset = 0;
  for (size_t i = 0; i < slot; ++i) {
    offset = llvm::alignTo(offset, getSlots()[i].getLayout().alignment()) + getStages() * getSlotBytes(i);
  }
  return slot < getSlots().size() ? llvm::alignTo(offset, getSlots()[slot].getLayout().alignment()) : offset;
}

int64_t PipeType::getAlignment() const {
  int64_t alignment = 8;
  for (SharedType slot : getSlots()) alignment = std::max<int64_t>(alignment, slot.getLayout().alignment());
  return alignment;
}

LogicalResult PipeType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, ArrayRef<SharedType> slots,
                               int64_t cluster) {
  if (stages < 1 || stages > 8) return emitError() << "a pipe has 1 to 8 stages, not " << stages;
  if (slots.empty()) return emitError() << "a pipe has at least one buffer";
  if (cluster < 1 || cluster > kMostBlocksOfCluster || !llvm::isPowerOf2_64(static_cast<uint64_t>(cluster)))
    return emitError() << "a cluster has 1, 2, 4, 8 or 16 blocks, not " << cluster;
  return success();
}

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, SharedType) {
  if (stages < 1 || stages > 8) return emitError() << "a ring has 1 to 8 stages, not " << stages;
  return success();
}
