// All operations of the `tile` dialect.

#ifndef TILEWRIGHT_TILE_OPS_TD
#define TILEWRIGHT_TILE_OPS_TD

include "tilewright/Dialect/Tile/IR/TileComputeOps.td"
include "tilewright/Dialect/Tile/IR/TileMemoryOps.td"
include "tilewright/Dialect/Tile/IR/TileStructureOps.td"

#endif // TILEWRIGHT_TILE_OPS_TD
