// What every operation file of the `tile` dialect includes.

#ifndef TILEWRIGHT_TILE_OP_BASE_TD
#define TILEWRIGHT_TILE_OP_BASE_TD

include "tilewright/Dialect/Tile/IR/TileTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_GlobalMemory : Resource<"::tilewright::tile::GlobalMemory">;
def Tile_BufferMemory : Resource<"::tilewright::tile::BufferMemory">;
def Tile_SlotMemory : Resource<"::tilewright::tile::SlotMemory">;

#endif // TILEWRIGHT_TILE_OP_BASE_TD
