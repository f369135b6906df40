// Registration of the `tile` dialect and the checks of its discardable attributes.

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilewright::tile;

#include "tilewright/Dialect/Tile/IR/TileDialect.cpp.inc"
#include "tilewright/Dialect/Tile/IR/TileEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "tilewright/Dialect/Tile/IR/TileAttributes.cpp.inc"

void TileDialect::initialize() {
  registerTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tilewright/Dialect/Tile/IR/TileAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "tilewright/Dialect/Tile/IR/TileOps.cpp.inc"
      >();
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != kStagesAttr)
    return op->emitError("unknown attribute '") << attribute.getName().getValue() << "'";
  if (!isa<scf::ForOp>(op)) return op->emitError("'tile.stages' belongs on an scf.for, not on ") << op->getName();
  auto stages = dyn_cast<IntegerAttr>(attribute.getValue());
  if (!stages || !stages.getType().isSignlessInteger(32) || stages.getInt() < 0 || stages.getInt() > 8)
    return op->emitError("'tile.stages' must be an i32 from 0 (the planner's choice) to 8");
  return success();
}

Operation *TileDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}
