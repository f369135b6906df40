// Syntax and checks of layouts and schedules.

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

#include "tilewright/Dialect/Sched/IR/SchedEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedAttributes.cpp.inc"

void SchedDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tilewright/Dialect/Sched/IR/SchedAttributes.cpp.inc"
      >();
}

//===-- layout ----------------------------------------------------------------------------------------------------===//

static void flatten(std::span<const layout::Coord> bases, SmallVectorImpl<int64_t> &flat) {
  for (const layout::Coord &basis : bases) flat.append(basis.begin(), basis.end());
}

static std::vector<layout::Coord> unflatten(ArrayRef<int64_t> flat, size_t rank) {
  std::vector<layout::Coord> bases;
  for (; !flat.empty(); flat = flat.drop_front(rank)) bases.push_back(coordOf(flat.take_front(rank)));
  return bases;
}

LayoutAttr LayoutAttr::get(MLIRContext *context, const layout::Distributed &layout) {
  SmallVector<int64_t> reg, lane, warp, repeat(layout.repeat().begin(), layout.repeat().end());
  flatten(layout.registerBases(), reg);
  flatten(layout.laneBases(), lane);
  flatten(layout.warpBases(), warp);
  return get(context, reg, lane, warp, repeat);
}

layout::Distributed LayoutAttr::getLayout() const {
  size_t rank = getRepeat().size();
  return layout::Distributed(coordOf(getRepeat()), unflatten(getReg(), rank), unflatten(getLane(), rank),
                             unflatten(getWarp(), rank));
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> reg,
                                 ArrayRef<int64_t> lane, ArrayRef<int64_t> warp, ArrayRef<int64_t> repeat) {
  size_t rank = repeat.size();
  if (rank == 0 || rank > layout::Coord::maxRank) return emitError() << "a layout has 1 to 8 dimensions, not " << rank;
  for (ArrayRef<int64_t> bases : {reg, lane, warp})
    if (bases.size() % rank != 0) return emitError() << "a basis is no coordinate of rank " << rank;
  layout::Distributed layout(coordOf(repeat), unflatten(reg, rank), unflatten(lane, rank), unflatten(warp, rank));
  if (std::string why = layout.verify(); !why.empty()) return emitError() << why;
  return success();
}

static ParseResult parseBases(AsmParser &parser, StringRef name, SmallVectorImpl<int64_t> &flat) {
  auto parseNumber = [&] { return parser.parseInteger(flat.emplace_back()); };
  auto parseBasis = [&] { return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseNumber); };
  return failure(parser.parseKeyword(name) || parser.parseEqual() ||
                 parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseBasis) || parser.parseComma());
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> reg, lane, warp, repeat;
  auto parseNumber = [&] { return parser.parseInteger(repeat.emplace_back()); };
  if (parser.parseLess() || parseBases(parser, "reg", reg) || parseBases(parser, "lane", lane) ||
      parseBases(parser, "warp", warp) || parser.parseKeyword("repeat") || parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseNumber) || parser.parseGreater())
    return {};
  return parser.getChecked<LayoutAttr>(loc, parser.getContext(), reg, lane, warp, repeat);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  size_t rank = getRepeat().size();
  auto printBases = [&](StringRef name, ArrayRef<int64_t> flat) {
    printer << name << " = [";
    for (size_t i = 0; i < flat.size(); i += rank) {
      printer << (i ? ", [" : "[");
      llvm::interleaveComma(flat.slice(i, rank), printer);
      printer << "]";
    }
    printer << "], ";
  };
  printer << "<";
  printBases("reg", getReg());
  printBases("lane", getLane());
  printBases("warp", getWarp());
  printer << "repeat = [";
  llvm::interleaveComma(getRepeat(), printer);
  printer << "]>";
}

//===-- memory ----------------------------------------------------------------------------------------------------===//

LogicalResult MemoryAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t>, int64_t swizzle) {
  if (swizzle == 0 || swizzle == 16 || swizzle == 32 || swizzle == 64 || swizzle == 128) return success();
  return emitError() << "a swizzle spans 16, 32, 64 or 128 bytes, not " << swizzle;
}

//===-- helpers ---------------------------------------------------------------------------------------------------===//

layout::Distributed tilewright::sched::layoutOf(Type tile) {
  return cast<LayoutAttr>(cast<RankedTensorType>(tile).getEncoding()).getLayout();
}

RankedTensorType tilewright::sched::withLayout(Type tile, const layout::Distributed &layout) {
  auto type = cast<RankedTensorType>(tile);
  return RankedTensorType::get(type.getShape(), type.getElementType(), LayoutAttr::get(type.getContext(), layout));
}

layout::Coord tilewright::sched::coordOf(ArrayRef<int64_t> shape) {
  layout::Coord coord;
  for (int64_t extent : shape) coord.push(static_cast<int>(extent));
  return coord;
}

int64_t tilewright::sched::elementBytesOf(Type elementType) {
  return elementType.isInteger(1) ? 1 : elementType.getIntOrFloatBitWidth() / 8;
}
