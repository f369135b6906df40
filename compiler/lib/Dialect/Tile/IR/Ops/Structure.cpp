// Syntax, checks and folds of the operations that give a kernel its structure.

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tilewright::tile;

//===-- kernel ----------------------------------------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), buildType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

static bool isPtxIdentifier(StringRef name) {
  auto isFollow = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '$'; };
  if (name.empty()) return false;
  if (llvm::isDigit(name.front())) return false;
  if (name.front() == '_' || name.front() == '$') return name.size() > 1 && llvm::all_of(name, isFollow);
  return llvm::all_of(name, isFollow);
}

LogicalResult KernelOp::verify() {
  if (!isPtxIdentifier(getSymName()))
    return emitOpError() << "name '" << getSymName()
                         << "' is no PTX identifier\nfix: use letters, digits, '_' and '$', not starting with a digit";
  if (!getResultTypes().empty()) return emitOpError("a kernel has no results");
  for (auto [index, type] : llvm::enumerate(getArgumentTypes()))
    if (!isa<GlobalType>(type) && !type.isIntOrFloat())
      return emitOpError() << "argument " << getArgName(index) << " has type " << type
                           << "; an argument is a !tile.global or a scalar";
  if (auto names = getArgNames(); names && names->size() != getArgumentTypes().size())
    return emitOpError() << names->size() << " argument names for " << getArgumentTypes().size() << " arguments";
  if (getBody().front().empty() || !isa<ReturnOp>(getBody().front().back()))
    return emitOpError("must end with tile.return");
  BlocksOp first;
  for (auto blocks : getBody().getOps<BlocksOp>()) {
    if (first) {
      auto diagnostic = blocks.emitOpError("a kernel has one grid of blocks, and this is the second");
      diagnostic.attachNote(first.getLoc()) << "the first is here";
      diagnostic.attachNote() << "fix: give both loops one grid, or make two kernels of them";
      return diagnostic;
    }
    first = blocks;
  }
  return success();
}

std::string KernelOp::getArgName(unsigned index) {
  if (auto names = getArgNames(); names && index < names->size())
    return cast<StringAttr>((*names)[index]).getValue().str();
  return ("#" + Twine(index)).str();
}

BlocksOp KernelOp::getBlocks() {
  auto blocks = getBody().getOps<BlocksOp>();
  return blocks.empty() ? BlocksOp() : *blocks.begin();
}

//===-- blocks ----------------------------------------------------------------------------------------------------===//

ParseResult BlocksOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> indices;
  SmallVector<OpAsmParser::UnresolvedOperand> extents;
  Type indexType = parser.getBuilder().getIndexType();
  if (parser.parseArgumentList(indices, OpAsmParser::Delimiter::Paren) || parser.parseKeyword("in") ||
      parser.parseOperandList(extents, OpAsmParser::Delimiter::Paren) ||
      parser.resolveOperands(extents, indexType, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  for (auto &index : indices) index.type = indexType;
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, indices)) return failure();
  ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

void BlocksOp::print(OpAsmPrinter &printer) {
  printer << " (";
  llvm::interleaveComma(getBody().getArguments(), printer, [&](Value index) { printer << index; });
  printer << ") in (" << getExtents() << ")";
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false, /*printBlockTerminators=*/false);
}

LogicalResult BlocksOp::verify() {
  size_t rank = getExtents().size();
  if (rank < 1 || rank > 3) return emitOpError() << "a grid has 1 to 3 axes, not " << rank;
  if (getBody().getNumArguments() != rank)
    return emitOpError() << rank << " extents but " << getBody().getNumArguments() << " indices";
  for (Type type : getBody().getArgumentTypes())
    if (!type.isIndex()) return emitOpError("indices of blocks have type index");
  return success();
}

//===-- dim -------------------------------------------------------------------------------------------------------===//

LogicalResult DimOp::verify() {
  int64_t rank = getSource().getType().getRank();
  if (static_cast<int64_t>(getDim()) < 0 || static_cast<int64_t>(getDim()) >= rank)
    return emitOpError() << "dimension " << getDim() << " of a tensor of rank " << rank;
  return success();
}

OpFoldResult DimOp::fold(FoldAdaptor) {
  int64_t extent = getSource().getType().getShape()[getDim()];
  return ShapedType::isDynamic(extent) ? OpFoldResult() : IntegerAttr::get(IndexType::get(getContext()), extent);
}
