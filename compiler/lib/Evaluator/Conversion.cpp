// Evaluation of casts between element types.

#include "Machine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;

namespace tilewright::evaluator {
namespace {

/// A result of the op's type, each element of which is computed from one of the source; no rounding afterwards.
template <class From, class To, class Convert>
LogicalResult convertEach(Machine &machine, Operation *op, Convert convert) {
  TileRef source = machine.get(op->getOperand(0));
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return failure();
  const std::vector<From> &from = source->array<From>();
  std::vector<To> &to = (*result)->template array<To>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = convert(from[i], *source, **result);
  machine.set(op->getResult(0), std::move(*result));
  return success();
}

/// How the bits of an integer source, or of an integer result, are read.
struct Signs {
  bool fromUnsigned;
  bool toUnsigned;
  /// A set i1 is 1 (`tile.cast`), not -1 (signed ops of `arith`).
  bool boolIsOne;
};

int64_t readInteger(int64_t value, unsigned width, Signs signs) {
  if (signs.fromUnsigned) return static_cast<int64_t>(asUnsigned(value, width));
  return signs.boolIsOne ? value : asSigned(value, width);
}

LogicalResult convert(Machine &machine, Operation *op, Signs signs) {
  auto from = elementOf(getElementTypeOrSelf(op->getOperand(0).getType()));
  auto to = elementOf(getElementTypeOrSelf(op->getResult(0).getType()));
  if (!from || !to)
    return op->emitError() << "the evaluator does not convert " << op->getOperand(0).getType() << " to "
                           << op->getResult(0).getType();
  if (isFloat(*from) && isFloat(*to))
    return convertEach<double, double>(
        machine, op, [](double value, const Tile &, const Tile &result) { return roundFloat(result.element, value); });
  if (isFloat(*from))
    return convertEach<double, int64_t>(machine, op, [=](double value, const Tile &, const Tile &result) {
      return truncateToInteger(value, result.width(), signs.toUnsigned);
    });
  if (isFloat(*to))
    return convertEach<int64_t, double>(machine, op, [=](int64_t value, const Tile &source, const Tile &result) {
      return roundInteger(result.element, readInteger(value, source.width(), signs), signs.fromUnsigned);
    });
  return convertEach<int64_t, int64_t>(machine, op, [=](int64_t value, const Tile &source, const Tile &result) {
    if (signs.boolIsOne && result.width() == 1) return int64_t(value != 0);
    return wrap(readInteger(value, source.width(), signs), result.width());
  });
}

LogicalResult runCast(Machine &machine, Operation *op) {
  auto cast = mlir::cast<tile::CastOp>(op);
  return convert(machine, op, {cast.getFromUnsigned(), cast.getToUnsigned(), true});
}

/// The casts of `arith`: the same conversions, but a signed i1 is 0 or -1 and integers truncate to i1.
LogicalResult runSignedCast(Machine &machine, Operation *op) { return convert(machine, op, {false, false, false}); }
LogicalResult runUnsignedCast(Machine &machine, Operation *op) { return convert(machine, op, {true, true, false}); }

/// Between types of one width: the same bits.
LogicalResult runBitcast(Machine &machine, Operation *op) {
  TileRef source = machine.get(op->getOperand(0));
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return failure();
  for (int64_t i = 0, size = source->size(); i < size; ++i) {
    uint8_t bytes[8];
    if (isFloat(source->element))
      storeFloat(source->element, source->floats[i], bytes);
    else
      storeInteger(source->element, source->integers[i], bytes);
    if (isFloat((*result)->element))
      (*result)->floats[i] = loadFloat((*result)->element, bytes);
    else
      (*result)->integers[i] = loadInteger((*result)->element, bytes);
  }
  machine.set(op->getResult(0), std::move(*result));
  return success();
}

} // namespace

void addConversionOps(HandlerTable &table) {
  table["tile.cast"] = runCast;
  for (StringRef name : {"arith.extf", "arith.truncf", "arith.extsi", "arith.trunci", "arith.sitofp", "arith.fptosi",
                         "arith.index_cast"})
    table[name] = runSignedCast;
  for (StringRef name : {"arith.extui", "arith.uitofp", "arith.fptoui", "arith.index_castui"})
    table[name] = runUnsignedCast;
  table["arith.bitcast"] = runBitcast;
}

} // namespace tilewright::evaluator
