// Evaluation of upstream `math`: the C library's functions in double.

#include "Elementwise.h"

#include <bit>
#include <cmath>

using namespace mlir;

namespace tilewright::evaluator {
namespace {

/// Whether each float has a property, as a tile of bools.
template <auto property> LogicalResult runProperty(Machine &machine, Operation *op) {
  const TileRef source = machine.get(op->getOperand(0));
  auto result = std::make_shared<Tile>(Element::I1, source->shape);
  for (size_t i = 0; i < source->floats.size(); ++i) result->integers[i] = property(source->floats[i]);
  machine.set(op->getResult(0), std::move(result));
  return success();
}

/// A float to the power of an integer.
LogicalResult runFPowI(Machine &machine, Operation *op) {
  const TileRef base = machine.get(op->getOperand(0)), exponent = machine.get(op->getOperand(1));
  auto result = std::make_shared<Tile>(base->element, base->shape);
  for (size_t i = 0; i < base->floats.size(); ++i)
    result->floats[i] = std::pow(base->floats[i], static_cast<double>(exponent->integers[i]));
  return machine.finish(op, std::move(result));
}

} // namespace

void addMathOps(HandlerTable &table) {
  table["math.absf"] = runFloats<[](double a) { return std::fabs(a); }>;
  table["math.acos"] = runFloats<[](double a) { return std::acos(a); }>;
  table["math.acosh"] = runFloats<[](double a) { return std::acosh(a); }>;
  table["math.asin"] = runFloats<[](double a) { return std::asin(a); }>;
  table["math.asinh"] = runFloats<[](double a) { return std::asinh(a); }>;
  table["math.atan"] = runFloats<[](double a) { return std::atan(a); }>;
  table["math.atan2"] = runFloats<[](double a, double b) { return std::atan2(a, b); }>;
  table["math.atanh"] = runFloats<[](double a) { return std::atanh(a); }>;
  table["math.cbrt"] = runFloats<[](double a) { return std::cbrt(a); }>;
  table["math.ceil"] = runFloats<[](double a) { return std::ceil(a); }>;
  table["math.copysign"] = runFloats<[](double a, double b) { return std::copysign(a, b); }>;
  table["math.cos"] = runFloats<[](double a) { return std::cos(a); }>;
  table["math.cosh"] = runFloats<[](double a) { return std::cosh(a); }>;
  table["math.erf"] = runFloats<[](double a) { return std::erf(a); }>;
  table["math.erfc"] = runFloats<[](double a) { return std::erfc(a); }>;
  table["math.exp"] = runFloats<[](double a) { return std::exp(a); }>;
  table["math.exp2"] = runFloats<[](double a) { return std::exp2(a); }>;
  table["math.expm1"] = runFloats<[](double a) { return std::expm1(a); }>;
  table["math.floor"] = runFloats<[](double a) { return std::floor(a); }>;
  table["math.fma"] = runFloats<[](double a, double b, double c) { return std::fma(a, b, c); }>;
  table["math.log"] = runFloats<[](double a) { return std::log(a); }>;
  table["math.log10"] = runFloats<[](double a) { return std::log10(a); }>;
  table["math.log1p"] = runFloats<[](double a) { return std::log1p(a); }>;
  table["math.log2"] = runFloats<[](double a) { return std::log2(a); }>;
  table["math.powf"] = runFloats<[](double a, double b) { return std::pow(a, b); }>;
  table["math.round"] = runFloats<[](double a) { return std::round(a); }>;
  table["math.roundeven"] = runFloats<[](double a) { return std::nearbyint(a); }>;
  table["math.rsqrt"] = runFloats<[](double a) { return 1 / std::sqrt(a); }>;
  table["math.sin"] = runFloats<[](double a) { return std::sin(a); }>;
  table["math.sinh"] = runFloats<[](double a) { return std::sinh(a); }>;
  table["math.sqrt"] = runFloats<[](double a) { return std::sqrt(a); }>;
  table["math.tan"] = runFloats<[](double a) { return std::tan(a); }>;
  table["math.tanh"] = runFloats<[](double a) { return std::tanh(a); }>;
  table["math.trunc"] = runFloats<[](double a) { return std::trunc(a); }>;
  table["math.fpowi"] = runFPowI;

  table["math.isfinite"] = runProperty<[](double a) { return std::isfinite(a); }>;
  table["math.isinf"] = runProperty<[](double a) { return std::isinf(a); }>;
  table["math.isnan"] = runProperty<[](double a) { return std::isnan(a); }>;

  table["math.absi"] =
      runIntegers<[](int64_t a, unsigned) -> int64_t { return a < 0 ? -static_cast<uint64_t>(a) : a; }>;
  table["math.ctpop"] =
      runIntegers<[](int64_t a, unsigned width) -> int64_t { return std::popcount(asUnsigned(a, width)); }>;
  table["math.ctlz"] = runIntegers<[](int64_t a, unsigned width) -> int64_t {
    return std::countl_zero(asUnsigned(a, width)) - (64 - static_cast<int>(width));
  }>;
  table["math.cttz"] = runIntegers<[](int64_t a, unsigned width) -> int64_t {
    return std::min<int64_t>(std::countr_zero(asUnsigned(a, width)), width);
  }>;
}

} // namespace tilewright::evaluator
