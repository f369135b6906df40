// The `tile` dialect in C++: its types, attributes and operations.

#ifndef TILEWRIGHT_DIALECT_TILE_IR_TILE_H
#define TILEWRIGHT_DIALECT_TILE_IR_TILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "tilewright/Dialect/Tile/IR/TileDialect.h.inc"
#include "tilewright/Dialect/Tile/IR/TileEnums.h.inc"

namespace tilewright::tile {

/// Memory that other blocks and the host can see.
struct GlobalMemory : mlir::SideEffects::Resource::Base<GlobalMemory> {
  llvm::StringRef getName() final { return "global"; }
};
/// Shared memory and fragments of one block.
struct BufferMemory : mlir::SideEffects::Resource::Base<BufferMemory> {
  llvm::StringRef getName() final { return "buffer"; }
};
/// Variables of the trace.
struct SlotMemory : mlir::SideEffects::Resource::Base<SlotMemory> {
  llvm::StringRef getName() final { return "slot"; }
};

/// The attribute of an `scf.for` that makes it a pipelined loop: the number of stages, 0 to leave it to the planner.
inline constexpr llvm::StringLiteral kStagesAttr = "tile.stages";

class BlocksOp;

} // namespace tilewright::tile

#define GET_ATTRDEF_CLASSES
#include "tilewright/Dialect/Tile/IR/TileAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "tilewright/Dialect/Tile/IR/TileTypes.h.inc"
#define GET_OP_CLASSES
#include "tilewright/Dialect/Tile/IR/TileOps.h.inc"

#endif // TILEWRIGHT_DIALECT_TILE_IR_TILE_H
