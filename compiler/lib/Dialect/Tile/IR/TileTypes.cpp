// Syntax and checks of `!tile.global`, `!tile.buffer` and `!tile.slot`.

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilewright::tile;

#define GET_TYPEDEF_CLASSES
#include "tilewright/Dialect/Tile/IR/TileTypes.cpp.inc"

void TileDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "tilewright/Dialect/Tile/IR/TileTypes.cpp.inc"
      >();
}

static int64_t elementBytes(Type type) { return type.isInteger(1) ? 1 : type.getIntOrFloatBitWidth() / 8; }

static bool isElementType(Type type) {
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type, Float8E4M3FNType, Float8E5M2Type>(type)) return true;
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSigned() && llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth()) &&
         !(integer.getWidth() == 1 && integer.isUnsigned());
}

static LogicalResult verifyElementType(function_ref<InFlightDiagnostic()> emitError, Type type) {
  if (isElementType(type)) return success();
  return emitError() << "unsupported element type " << type
                     << "; use f64, f32, f16, bf16, f8E4M3FN, f8E5M2, i1, i8..i64 or ui8..ui64";
}

//===-- global ----------------------------------------------------------------------------------------------------===//

int64_t GlobalType::getElementBytes() const { return elementBytes(getElementType()); }

Type GlobalType::getTileElementType() const {
  auto integer = dyn_cast<IntegerType>(getElementType());
  return integer ? IntegerType::get(getContext(), integer.getWidth()) : getElementType();
}

int64_t GlobalType::getContiguousDim() const {
  for (int64_t dim = getRank() - 1; dim >= 0; --dim)
    if (getStrides()[dim] == 1) return dim;
  return -1;
}

GlobalType GlobalType::withAlign(int64_t align) const {
  return get(getContext(), getShape(), getElementType(), getStrides(), align);
}

llvm::SmallVector<int64_t> GlobalType::defaultStrides(int64_t rank) {
  SmallVector<int64_t> strides(rank, ShapedType::kDynamic);
  if (rank) strides.back() = 1;
  return strides;
}

LogicalResult GlobalType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Type elementType, ArrayRef<int64_t> strides, int64_t align) {
  if (failed(verifyElementType(emitError, elementType))) return failure();
  if (shape.empty() || shape.size() > 5)
    return emitError() << "a global tensor has 1 to 5 dimensions, not " << shape.size();
  if (strides.size() != shape.size())
    return emitError() << shape.size() << " extents but " << strides.size() << " strides";
  for (int64_t extent : shape)
    if (extent < 0 && !ShapedType::isDynamic(extent)) return emitError() << "negative extent " << extent;
  for (int64_t stride : strides)
    if (stride < 0 && !ShapedType::isDynamic(stride)) return emitError() << "negative stride " << stride;
  if (align < elementBytes(elementType) || align > 128 || (align & (align - 1)))
    return emitError() << "alignment " << align << " is not a power of two from the element size to 128";
  if (align == elementBytes(elementType)) return success();
  for (auto [extent, stride] : llvm::zip_equal(shape, strides)) {
    // The extent of the contiguous dimension, and the strides of the others.
    int64_t fact = stride == 1 ? extent : stride;
    if (!ShapedType::isDynamic(fact) && fact * elementBytes(elementType) % align != 0)
      return emitError() << "align = " << align << " does not hold: " << fact << " elements of " << elementType
                         << " are no multiple of it";
  }
  return success();
}

Type GlobalType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> shape, strides;
  Type elementType;
  if (parser.parseLess() || parser.parseDimensionList(shape) || parser.parseType(elementType)) return {};
  strides = defaultStrides(shape.size());
  int64_t align = elementType.isIntOrFloat() ? elementBytes(elementType) : 1;
  while (succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("strides"))) {
      strides.clear();
      auto parseStride = [&]() -> ParseResult {
        if (succeeded(parser.parseOptionalQuestion())) {
          strides.push_back(ShapedType::kDynamic);
          return success();
        }
        return parser.parseInteger(strides.emplace_back());
      };
      if (parser.parseEqual() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseStride)) return {};
    } else if (parser.parseKeyword("align") || parser.parseEqual() || parser.parseInteger(align)) {
      return {};
    }
  }
  if (parser.parseGreater()) return {};
  return parser.getChecked<GlobalType>(loc, parser.getContext(), shape, elementType, strides, align);
}

void GlobalType::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printDimensionList(getShape());
  printer << "x" << getElementType();
  if (getStrides() != ArrayRef<int64_t>(defaultStrides(getRank()))) {
    printer << ", strides = [";
    llvm::interleaveComma(getStrides(), printer, [&](int64_t stride) {
      if (ShapedType::isDynamic(stride))
        printer << "?";
      else
        printer << stride;
    });
    printer << "]";
  }
  if (getAlign() != getElementBytes()) printer << ", align = " << getAlign();
  printer << ">";
}

//===-- buffer ----------------------------------------------------------------------------------------------------===//

RankedTensorType BufferType::getTileType() const { return RankedTensorType::get(getShape(), getElementType()); }

int64_t BufferType::getBytes() const {
  int64_t bytes = elementBytes(getElementType());
  for (int64_t extent : getShape()) bytes *= extent;
  return bytes;
}

LogicalResult BufferType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Type elementType, Space) {
  if (failed(verifyElementType(emitError, elementType))) return failure();
  if (elementType.isUnsignedInteger()) return emitError() << "a buffer holds signless integers, not " << elementType;
  if (shape.empty()) return emitError() << "a buffer has at least one dimension";
  for (int64_t extent : shape)
    if (extent <= 0) return emitError() << "extent " << extent << " of a buffer is not positive";
  return success();
}

Type BufferType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> shape;
  Type elementType;
  StringRef spaceName;
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(elementType) ||
      parser.parseComma())
    return {};
  SMLoc spaceLoc = parser.getCurrentLocation();
  if (parser.parseKeyword(&spaceName) || parser.parseGreater()) return {};
  auto space = symbolizeSpace(spaceName);
  if (!space) {
    parser.emitError(spaceLoc, "a buffer is 'shared' or 'fragment', not '") << spaceName << "'";
    return {};
  }
  return parser.getChecked<BufferType>(loc, parser.getContext(), shape, elementType, *space);
}

void BufferType::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printDimensionList(getShape());
  printer << "x" << getElementType() << ", " << stringifySpace(getSpace()) << ">";
}
