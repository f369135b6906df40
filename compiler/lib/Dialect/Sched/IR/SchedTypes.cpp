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
  if (getMemory().getSwizzled())
    if (auto memory = layout::Memory::swizzled(shape, order, static_cast<int>(getElementBytes()))) return *memory;
  return layout::Memory::rowMajor(shape, order);
}

int64_t SharedType::getElementBytes() const { return elementBytesOf(getElementType()); }

int64_t SharedType::getBytes() const { return getLayout().bytes(static_cast<int>(getElementBytes())); }

int64_t RingType::getAlignment() const { return getSlot().getLayout().alignment(); }

int64_t RingType::getSlotBytes() const { return llvm::alignTo(getSlot().getBytes(), getAlignment()); }

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, SharedType) {
  if (stages < 1 || stages > 8) return emitError() << "a ring has 1 to 8 stages, not " << stages;
  return success();
}
