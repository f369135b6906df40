// Values and dispatch of the evaluator.

#include "Machine.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace tilewright::evaluator {

Tile::Tile(Element element, ArrayRef<int64_t> shape) : element(element), shape(shape) {
  if (isFloat(element))
    floats.resize(size());
  else
    integers.resize(size());
}

int64_t Tile::size() const {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

std::optional<Element> elementOf(Type type) {
  if (type.isF64()) return Element::F64;
  if (type.isF32()) return Element::F32;
  if (type.isF16()) return Element::F16;
  if (type.isBF16()) return Element::BF16;
  if (isa<Float8E4M3FNType>(type)) return Element::F8E4M3FN;
  if (isa<Float8E5M2Type>(type)) return Element::F8E5M2;
  if (type.isIndex()) return Element::I64;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.isSigned()) return std::nullopt;
  switch (integer.getWidth()) {
  case 1: return Element::I1;
  case 8: return integer.isUnsigned() ? Element::U8 : Element::I8;
  case 16: return integer.isUnsigned() ? Element::U16 : Element::I16;
  case 32: return integer.isUnsigned() ? Element::U32 : Element::I32;
  case 64: return integer.isUnsigned() ? Element::U64 : Element::I64;
  default: return std::nullopt;
  }
}

void Machine::setInteger(Value value, int64_t integer) {
  auto tile = std::make_shared<Tile>(Element::I64, ArrayRef<int64_t>());
  tile->element = signless(elementOf(value.getType()).value_or(Element::I64));
  tile->integers[0] = wrap(integer, tile->width());
  set(value, std::move(tile));
}

Storage &Machine::declare(Value value) {
  auto storage = std::make_shared<Storage>();
  storage->declaration = value.getDefiningOp();
  Storage &result = *storage;
  cells[value].storage = std::move(storage);
  return result;
}

FailureOr<std::shared_ptr<Tile>> Machine::makeTile(Value value) {
  auto element = elementOf(getElementTypeOrSelf(value.getType()));
  if (!element) return emitError(value.getLoc()) << "the evaluator has no values of type " << value.getType();
  ArrayRef<int64_t> shape;
  if (auto tensor = dyn_cast<RankedTensorType>(value.getType())) shape = tensor.getShape();
  return std::make_shared<Tile>(signless(*element), shape);
}

LogicalResult Machine::finish(Operation *op, std::shared_ptr<Tile> tile) {
  if (options.rounding == Rounding::EveryOperation && isFloat(tile->element) && tile->element != Element::F64)
    for (double &value : tile->floats) value = roundFloat(tile->element, value);
  set(op->getResult(0), std::move(tile));
  return success();
}

static const HandlerTable &handlers() {
  static const HandlerTable table = [] {
    HandlerTable table;
    addStructureOps(table);
    addMemoryOps(table);
    addComputeOps(table);
    addConversionOps(table);
    addArithOps(table);
    addMathOps(table);
    return table;
  }();
  return table;
}

LogicalResult Machine::run(Block &block) {
  const HandlerTable &table = handlers();
  for (Operation &op : block.without_terminator()) {
    auto handler = table.find(op.getName().getStringRef());
    if (handler == table.end()) return op.emitError() << "the evaluator does not know '" << op.getName() << "'";
    if (failed(handler->second(*this, &op))) return failure();
  }
  return success();
}

void Machine::assign(ValueRange from, ValueRange to) {
  SmallVector<Cell> moved;
  for (Value value : from) moved.push_back(cells.find(value)->second);
  for (auto [value, cell] : llvm::zip_equal(to, moved)) cells[value] = cell;
}

FailureOr<TileRef> Machine::readOperand(Operation *op, Value value) {
  if (!isa<tile::BufferType>(value.getType())) return get(value);
  const Storage &storage = getStorage(value);
  if (storage.contents) return storage.contents;
  auto alloc = dyn_cast<tile::AllocOp>(storage.declaration);
  auto diagnostic = op->emitError("use of a buffer before it is written");
  if (alloc && alloc.getName()) diagnostic << ": '" << *alloc.getName() << "'";
  diagnostic.attachNote(storage.declaration->getLoc()) << "declared here, without contents";
  return diagnostic;
}

} // namespace tilewright::evaluator
