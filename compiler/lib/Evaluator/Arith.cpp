// Evaluation of upstream `arith`: constants, arithmetic, comparisons, selection.

#include "Elementwise.h"
#include "Numbers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;

namespace tilewright::evaluator {
namespace {

uint64_t bits(int64_t value) { return static_cast<uint64_t>(value); }

LogicalResult runConstant(Machine &machine, Operation *op) {
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return failure();
  const bool floats = isFloat((*result)->element);
  const unsigned width = floats ? 0 : (*result)->width();
  Attribute attribute = cast<arith::ConstantOp>(op).getValue();
  if (auto value = dyn_cast<FloatAttr>(attribute)) {
    (*result)->floats[0] = value.getValueAsDouble();
  } else if (auto value = dyn_cast<IntegerAttr>(attribute)) {
    (*result)->integers[0] = wrap(value.getValue().getSExtValue(), width);
  } else if (auto elements = dyn_cast<DenseElementsAttr>(attribute)) {
    size_t i = 0;
    if (floats)
      for (const APFloat &value : elements.getValues<APFloat>()) (*result)->floats[i++] = value.convertToDouble();
    else
      for (const APInt &value : elements.getValues<APInt>())
        (*result)->integers[i++] = wrap(value.getSExtValue(), width);
  } else {
    return op->emitError("the evaluator knows numbers and dense constants only");
  }
  machine.set(op->getResult(0), std::move(*result));
  return success();
}

//===-- comparison and selection ----------------------------------------------------------------------------------===//

bool compareFloats(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse: return false;
  case P::AlwaysTrue: return true;
  case P::ORD: return !unordered;
  case P::UNO: return unordered;
  case P::OEQ: return a == b;
  case P::OGT: return a > b;
  case P::OGE: return a >= b;
  case P::OLT: return a < b;
  case P::OLE: return a <= b;
  case P::ONE: return !unordered && a != b;
  case P::UEQ: return unordered || a == b;
  case P::UGT: return unordered || a > b;
  case P::UGE: return unordered || a >= b;
  case P::ULT: return unordered || a < b;
  case P::ULE: return unordered || a <= b;
  case P::UNE: return unordered || a != b;
  }
  return false;
}

bool compareIntegers(arith::CmpIPredicate predicate, int64_t a, int64_t b, unsigned width) {
  using P = arith::CmpIPredicate;
  const int64_t signedA = asSigned(a, width), signedB = asSigned(b, width);
  const uint64_t unsignedA = asUnsigned(a, width), unsignedB = asUnsigned(b, width);
  switch (predicate) {
  case P::eq: return a == b;
  case P::ne: return a != b;
  case P::slt: return signedA < signedB;
  case P::sle: return signedA <= signedB;
  case P::sgt: return signedA > signedB;
  case P::sge: return signedA >= signedB;
  case P::ult: return unsignedA < unsignedB;
  case P::ule: return unsignedA <= unsignedB;
  case P::ugt: return unsignedA > unsignedB;
  case P::uge: return unsignedA >= unsignedB;
  }
  return false;
}

/// A tile of bools, one for each pair of elements.
template <class Number, class Compare> LogicalResult compareEach(Machine &machine, Operation *op, Compare compare) {
  const TileRef a = machine.get(op->getOperand(0)), b = machine.get(op->getOperand(1));
  auto result = std::make_shared<Tile>(Element::I1, a->shape);
  const std::vector<Number> &left = a->array<Number>(), &right = b->array<Number>();
  for (size_t i = 0; i < left.size(); ++i) result->integers[i] = compare(left[i], right[i], *a);
  machine.set(op->getResult(0), std::move(result));
  return success();
}

LogicalResult runCmpF(Machine &machine, Operation *op) {
  const auto predicate = cast<arith::CmpFOp>(op).getPredicate();
  return compareEach<double>(machine, op,
                             [=](double a, double b, const Tile &) { return compareFloats(predicate, a, b); });
}

LogicalResult runCmpI(Machine &machine, Operation *op) {
  const auto predicate = cast<arith::CmpIOp>(op).getPredicate();
  return compareEach<int64_t>(machine, op, [=](int64_t a, int64_t b, const Tile &operand) {
    return compareIntegers(predicate, a, b, operand.width());
  });
}

template <class Number> void selectEach(const Tile &condition, const Tile &a, const Tile &b, Tile &result) {
  std::vector<Number> &to = result.array<Number>();
  const size_t step = condition.shape.empty() ? 0 : 1;
  for (size_t i = 0; i < to.size(); ++i)
    to[i] = condition.integers[i * step] ? a.array<Number>()[i] : b.array<Number>()[i];
}

LogicalResult runSelect(Machine &machine, Operation *op) {
  const TileRef condition = machine.get(op->getOperand(0));
  const TileRef a = machine.get(op->getOperand(1)), b = machine.get(op->getOperand(2));
  auto result = std::make_shared<Tile>(a->element, a->shape);
  if (isFloat(a->element))
    selectEach<double>(*condition, *a, *b, *result);
  else
    selectEach<int64_t>(*condition, *a, *b, *result);
  machine.set(op->getResult(0), std::move(result));
  return success();
}

//===-- integer arithmetic that has undefined cases ---------------------------------------------------------------===//

/// What is undefined about a division or shift of these numbers, or null.
using Undefined = const char *(*)(int64_t a, int64_t b, unsigned width);

const char *signedDivisionFault(int64_t a, int64_t b, unsigned width) {
  if (b == 0) return "integer division by zero";
  const bool isLeast = asUnsigned(a, width) == uint64_t(1) << (width - 1);
  return isLeast && asSigned(b, width) == -1 ? "integer division overflows" : nullptr;
}
const char *unsignedDivisionFault(int64_t, int64_t b, unsigned) {
  return b == 0 ? "integer division by zero" : nullptr;
}
const char *shiftFault(int64_t, int64_t b, unsigned width) {
  return asUnsigned(b, width) >= width ? "shift by the width of the integer or more" : nullptr;
}

template <Undefined fault, auto function> LogicalResult runChecked(Machine &machine, Operation *op) {
  const TileRef a = machine.get(op->getOperand(0)), b = machine.get(op->getOperand(1));
  for (size_t i = 0; i < a->integers.size(); ++i)
    if (const char *what = fault(a->integers[i], b->integers[i], a->width()))
      return op->emitError() << what << " (" << a->integers[i] << ", " << b->integers[i] << ")";
  return runIntegers<function>(machine, op);
}

int64_t floorDivide(int64_t a, int64_t b, unsigned width) {
  a = asSigned(a, width), b = asSigned(b, width);
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
int64_t ceilDivide(int64_t a, int64_t b, unsigned width) {
  a = asSigned(a, width), b = asSigned(b, width);
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}
int64_t ceilDivideUnsigned(int64_t a, int64_t b, unsigned width) {
  const uint64_t x = asUnsigned(a, width), y = asUnsigned(b, width);
  return x / y + (x % y != 0);
}

int64_t shiftRightSigned(int64_t a, int64_t b, unsigned width) { return asSigned(a, width) >> b; }
int64_t shiftRightUnsigned(int64_t a, int64_t b, unsigned width) { return asUnsigned(a, width) >> b; }

void addFloatOps(HandlerTable &table) {
  table["arith.addf"] = runFloats<[](double a, double b) { return a + b; }>;
  table["arith.subf"] = runFloats<[](double a, double b) { return a - b; }>;
  table["arith.mulf"] = runFloats<[](double a, double b) { return a * b; }>;
  table["arith.divf"] = runFloats<[](double a, double b) { return a / b; }>;
  table["arith.remf"] = runFloats<[](double a, double b) { return std::fmod(a, b); }>;
  table["arith.negf"] = runFloats<[](double a) { return -a; }>;
  table["arith.maximumf"] = runFloats<maximumOf>;
  table["arith.minimumf"] = runFloats<minimumOf>;
  // These two take the number where the other operand is NaN.
  table["arith.maxnumf"] = runFloats<[](double a, double b) { return std::fmax(a, b); }>;
  table["arith.minnumf"] = runFloats<[](double a, double b) { return std::fmin(a, b); }>;
}

void addIntegerOps(HandlerTable &table) {
  table["arith.addi"] = runIntegers<[](int64_t a, int64_t b, unsigned) -> int64_t { return bits(a) + bits(b); }>;
  table["arith.subi"] = runIntegers<[](int64_t a, int64_t b, unsigned) -> int64_t { return bits(a) - bits(b); }>;
  table["arith.muli"] = runIntegers<[](int64_t a, int64_t b, unsigned) -> int64_t { return bits(a) * bits(b); }>;
  table["arith.andi"] = runIntegers<[](int64_t a, int64_t b, unsigned) { return a & b; }>;
  table["arith.ori"] = runIntegers<[](int64_t a, int64_t b, unsigned) { return a | b; }>;
  table["arith.xori"] = runIntegers<[](int64_t a, int64_t b, unsigned) { return a ^ b; }>;
  table["arith.maxsi"] =
      runIntegers<[](int64_t a, int64_t b, unsigned width) { return asSigned(a, width) < asSigned(b, width) ? b : a; }>;
  table["arith.minsi"] =
      runIntegers<[](int64_t a, int64_t b, unsigned width) { return asSigned(a, width) < asSigned(b, width) ? a : b; }>;
  table["arith.maxui"] = runIntegers<[](int64_t a, int64_t b, unsigned width) {
    return asUnsigned(a, width) < asUnsigned(b, width) ? b : a;
  }>;
  table["arith.minui"] = runIntegers<[](int64_t a, int64_t b, unsigned width) {
    return asUnsigned(a, width) < asUnsigned(b, width) ? a : b;
  }>;
}

void addCheckedOps(HandlerTable &table) {
  table["arith.divsi"] = runChecked<signedDivisionFault, [](int64_t a, int64_t b, unsigned width) {
    return asSigned(a, width) / asSigned(b, width);
  }>;
  table["arith.remsi"] = runChecked<signedDivisionFault, [](int64_t a, int64_t b, unsigned width) {
    return asSigned(a, width) % asSigned(b, width);
  }>;
  table["arith.floordivsi"] = runChecked<signedDivisionFault, floorDivide>;
  table["arith.ceildivsi"] = runChecked<signedDivisionFault, ceilDivide>;
  table["arith.divui"] = runChecked<unsignedDivisionFault, [](int64_t a, int64_t b, unsigned width) -> int64_t {
    return asUnsigned(a, width) / asUnsigned(b, width);
  }>;
  table["arith.remui"] = runChecked<unsignedDivisionFault, [](int64_t a, int64_t b, unsigned width) -> int64_t {
    return asUnsigned(a, width) % asUnsigned(b, width);
  }>;
  table["arith.ceildivui"] = runChecked<unsignedDivisionFault, ceilDivideUnsigned>;
  table["arith.shli"] = runChecked<shiftFault, [](int64_t a, int64_t b, unsigned) -> int64_t { return bits(a) << b; }>;
  table["arith.shrsi"] = runChecked<shiftFault, shiftRightSigned>;
  table["arith.shrui"] = runChecked<shiftFault, shiftRightUnsigned>;
}

} // namespace

void addArithOps(HandlerTable &table) {
  table["arith.constant"] = runConstant;
  table["arith.cmpf"] = runCmpF;
  table["arith.cmpi"] = runCmpI;
  table["arith.select"] = runSelect;
  addFloatOps(table);
  addIntegerOps(table);
  addCheckedOps(table);
}

} // namespace tilewright::evaluator
