// Lists the tensor maps that a scheduled kernel needs.

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

using namespace mlir;
using namespace tilewright::sched;

TensorMap tilewright::sched::tensorMapOf(TmaLoadOp load) {
  return {cast<BlockArgument>(load.getSource()), load.getDestination().getType()};
}

SmallVector<TensorMap> tilewright::sched::tensorMapsOf(tile::KernelOp kernel) {
  SmallVector<TensorMap> maps;
  kernel.walk([&](TmaLoadOp load) {
    TensorMap map = tensorMapOf(load);
    if (!llvm::is_contained(maps, map)) maps.push_back(map);
  });
  return maps;
}
