// Evaluation of loads, stores, buffers and copies.

#include "Machine.h"

using namespace mlir;

namespace tilewright::evaluator {
namespace {

/// Visits the elements of a tile at an offset that lie inside the tensor: `visit(position in the tile, bytes)`.
template <class Visit>
void forEachInside(const GlobalArray &global, ArrayRef<int64_t> offsets, ArrayRef<int64_t> shape, Visit visit) {
  const size_t rank = shape.size();
  SmallVector<int64_t, 5> begin(rank), end(rank), pitch(rank);
  int64_t size = 1;
  for (size_t axis = rank; axis-- > 0;) {
    pitch[axis] = size;
    size *= shape[axis];
    // Before any sum, so that offsets far outside do not overflow.
    if (offsets[axis] >= global.sizes[axis] || offsets[axis] <= -shape[axis]) return;
    begin[axis] = std::max<int64_t>(0, -offsets[axis]);
    end[axis] = std::min(shape[axis], global.sizes[axis] - offsets[axis]);
    if (begin[axis] >= end[axis]) return;
  }
  const unsigned bytes = bytesOf(global.element);
  SmallVector<int64_t, 5> at(begin);
  while (true) {
    int64_t position = 0, element = 0;
    for (size_t axis = 0; axis < rank; ++axis) {
      position += at[axis] * pitch[axis];
      element += (offsets[axis] + at[axis]) * global.strides[axis];
    }
    uint8_t *address = global.bytes.data() + element * bytes;
    const int64_t step = global.strides[rank - 1] * bytes;
    for (int64_t last = begin[rank - 1]; last < end[rank - 1]; ++last, ++position, address += step)
      visit(position, address);
    size_t axis = rank - 1;
    while (axis > 0 && ++at[axis - 1] == end[axis - 1]) {
      at[axis - 1] = begin[axis - 1];
      --axis;
    }
    if (axis == 0) return;
  }
}

SmallVector<int64_t, 5> offsetsOf(Machine &machine, ValueRange offsets) {
  SmallVector<int64_t, 5> result;
  for (Value offset : offsets) result.push_back(machine.getInteger(offset));
  return result;
}

void loadInside(const GlobalArray &global, ArrayRef<int64_t> offsets, Tile &tile) {
  const Element element = global.element;
  if (isFloat(element))
    forEachInside(global, offsets, tile.shape,
                  [&](int64_t position, const uint8_t *bytes) { tile.floats[position] = loadFloat(element, bytes); });
  else
    forEachInside(global, offsets, tile.shape, [&](int64_t position, const uint8_t *bytes) {
      tile.integers[position] = loadInteger(element, bytes);
    });
}

void storeInside(const Tile &tile, const GlobalArray &global, ArrayRef<int64_t> offsets) {
  const Element element = global.element;
  if (isFloat(element))
    forEachInside(global, offsets, tile.shape,
                  [&](int64_t position, uint8_t *bytes) { storeFloat(element, tile.floats[position], bytes); });
  else
    forEachInside(global, offsets, tile.shape,
                  [&](int64_t position, uint8_t *bytes) { storeInteger(element, tile.integers[position], bytes); });
}

/// A buffer is memory: what is kept there has the precision of its type. An infinity is not a conversion.
TileRef asStored(TileRef tile) {
  if (!isFloat(tile->element) || tile->element == Element::F64) return tile;
  auto rounded = std::make_shared<Tile>(*tile);
  for (double &value : rounded->floats) {
    uint8_t bytes[8];
    storeFloat(tile->element, value, bytes);
    value = loadFloat(tile->element, bytes);
  }
  return rounded;
}

LogicalResult runLoad(Machine &machine, Operation *op) {
  auto load = cast<tile::LoadOp>(op);
  auto tile = machine.makeTile(load.getResult());
  if (failed(tile)) return failure();
  if (load.getPad()) {
    TileRef pad = machine.get(load.getPad());
    if (isFloat(pad->element))
      std::fill((*tile)->floats.begin(), (*tile)->floats.end(), pad->floats[0]);
    else
      std::fill((*tile)->integers.begin(), (*tile)->integers.end(), pad->integers[0]);
  }
  loadInside(machine.getGlobal(load.getSource()), offsetsOf(machine, load.getOffsets()), **tile);
  machine.set(load.getResult(), std::move(*tile));
  return success();
}

LogicalResult runStore(Machine &machine, Operation *op) {
  auto store = cast<tile::StoreOp>(op);
  storeInside(*machine.get(store.getValue()), machine.getGlobal(store.getDestination()),
              offsetsOf(machine, store.getOffsets()));
  return success();
}

LogicalResult runAlloc(Machine &machine, Operation *op) {
  machine.declare(op->getResult(0));
  return success();
}

LogicalResult runRead(Machine &machine, Operation *op) {
  auto contents = machine.readOperand(op, op->getOperand(0));
  if (failed(contents)) return failure();
  machine.set(op->getResult(0), *contents);
  return success();
}

LogicalResult runWrite(Machine &machine, Operation *op) {
  auto write = cast<tile::WriteOp>(op);
  machine.getStorage(write.getDestination()).contents = asStored(machine.get(write.getValue()));
  return success();
}

LogicalResult runCopy(Machine &machine, Operation *op) {
  auto copy = cast<tile::CopyOp>(op);
  if (auto global = dyn_cast<tile::GlobalType>(copy.getSource().getType())) {
    auto buffer = cast<tile::BufferType>(copy.getDestination().getType());
    auto tile = std::make_shared<Tile>(*elementOf(buffer.getElementType()), buffer.getShape());
    loadInside(machine.getGlobal(copy.getSource()), offsetsOf(machine, copy.getSourceOffsets()), *tile);
    machine.getStorage(copy.getDestination()).contents = std::move(tile);
    return success();
  }
  auto contents = machine.readOperand(op, copy.getSource());
  if (failed(contents)) return failure();
  if (isa<tile::BufferType>(copy.getDestination().getType()))
    machine.getStorage(copy.getDestination()).contents = *contents;
  else
    storeInside(**contents, machine.getGlobal(copy.getDestination()), offsetsOf(machine, copy.getDestinationOffsets()));
  return success();
}

} // namespace

void addMemoryOps(HandlerTable &table) {
  table["tile.load"] = runLoad;
  table["tile.store"] = runStore;
  table["tile.alloc"] = runAlloc;
  table["tile.read"] = runRead;
  table["tile.write"] = runWrite;
  table["tile.copy"] = runCopy;
}

} // namespace tilewright::evaluator
