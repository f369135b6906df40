// The generated parts of all operations of the `tile` dialect.

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/IR/Builders.h"

#define GET_OP_CLASSES
#include "tilewright/Dialect/Tile/IR/TileOps.cpp.inc"
