// Lists the tensor maps that a scheduled kernel needs.

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

/// Rows after which every swizzle begins anew: parts of so many rows start where the tile itself could.
static constexpr int64_t kRowsOfSwizzle = 8;

std::optional<MulticastCut> tilewright::sched::cutForMulticast(SharedType tile, int64_t parts) {
  layout::Memory memory = tile.getLayout();
  int inner = memory.contiguousDim();
  int64_t panels = tile.getShape()[inner] / memory.panelElements(), rows = tile.getShape()[1 - inner];
  if (panels % parts == 0) return MulticastCut{panels / parts, rows, true};
  if (rows % (parts * kRowsOfSwizzle) == 0) return MulticastCut{panels, rows / parts, false};
  return {};
}

TensorMap tilewright::sched::tensorMapOf(TmaLoadOp load) {
  SharedType slot = load.getDestination().getType();
  return {cast<BlockArgument>(load.getSource()), slot,
          cutForMulticast(slot, static_cast<int64_t>(load.getMulticast()))->rows};
}

TensorMap tilewright::sched::tensorMapOf(TmaStoreOp store) {
  SharedType slot = store.getSource().getType();
  int64_t rows = slot.getShape()[slot.getMemory().getOrder().back()];
  return {cast<BlockArgument>(store.getDestination()), slot, rows / static_cast<int64_t>(store.getGroups())};
}

SmallVector<TensorMap> tilewright::sched::tensorMapsOf(tile::KernelOp kernel) {
  SmallVector<TensorMap> maps;
  auto add = [&](TensorMap map) {
    if (!llvm::is_contained(maps, map)) maps.push_back(map);
  };
  kernel.walk([&](Operation *op) {
    if (auto load = dyn_cast<TmaLoadOp>(op)) add(tensorMapOf(load));
    if (auto store = dyn_cast<TmaStoreOp>(op)) add(tensorMapOf(store));
  });
  return maps;
}
