// Evaluation of products, reductions and changes of shape.

#include "Machine.h"
#include "Numbers.h"

#include <bit>

using namespace mlir;

namespace tilewright::evaluator {
namespace {

/// The value of an f32 operand whose low 13 bits an MMA in tf32 drops.
double asTf32(double value) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(static_cast<float>(value)) & 0xffffe000u);
}

/// An operand of a product as a row-major matrix of plain numbers.
template <class Number, class Read>
std::vector<Number> asMatrix(const std::vector<Number> &source, int64_t rows, int64_t columns, bool transposed,
                             Read read) {
  std::vector<Number> matrix(source.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      matrix[row * columns + column] = read(source[transposed ? column * rows + row : row * columns + column]);
  return matrix;
}

/// sum(M x N) += a(M x K) * b(K x N).
template <class Number>
void multiply(const std::vector<Number> &a, const std::vector<Number> &b, std::vector<Number> &sum, int64_t m,
              int64_t n, int64_t k) {
  for (int64_t row = 0; row < m; ++row)
    for (int64_t step = 0; step < k; ++step) {
      const Number factor = a[row * k + step];
      const Number *from = &b[step * n];
      Number *to = &sum[row * n];
      for (int64_t column = 0; column < n; ++column) to[column] += factor * from[column];
    }
}

LogicalResult runDot(Machine &machine, Operation *op) {
  auto dot = cast<tile::DotOp>(op);
  auto a = machine.readOperand(op, dot.getA()), b = machine.readOperand(op, dot.getB());
  if (failed(a) || failed(b)) return failure();
  const int64_t m = dot.getM(), n = dot.getN(), k = dot.getK();
  auto result = std::make_shared<Tile>(*machine.get(dot.getAccumulator()));
  if (isFloat(result->element)) {
    auto read = [&](double value) { return dot.getTf32() ? asTf32(value) : value; };
    multiply(asMatrix((*a)->floats, m, k, dot.getTransposeA(), read),
             asMatrix((*b)->floats, k, n, dot.getTransposeB(), read), result->floats, m, n, k);
  } else {
    auto readAs = [](bool isUnsigned) { return [=](int64_t value) { return isUnsigned ? value & 0xff : value; }; };
    // Products of bytes have 16 bits: 64 bits hold the sum of any K, and one wrap at the end is exact.
    multiply(asMatrix((*a)->integers, m, k, dot.getTransposeA(), readAs(dot.getUnsignedA())),
             asMatrix((*b)->integers, k, n, dot.getTransposeB(), readAs(dot.getUnsignedB())), result->integers, m, n,
             k);
    for (int64_t &value : result->integers) value = wrap(value, 32);
  }
  return machine.finish(op, std::move(result));
}

/// Folds a source along an axis into a result: `result[outer, inner] = combine(result[outer, inner], element)`.
template <class Number, class Combine>
void fold(const std::vector<Number> &source, std::vector<Number> &result, ArrayRef<int64_t> shape, int64_t axis,
          Combine combine) {
  int64_t inner = 1, outer = 1;
  for (int64_t extent : shape.drop_front(axis + 1)) inner *= extent;
  for (int64_t extent : shape.take_front(axis)) outer *= extent;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t step = 0; step < shape[axis]; ++step)
      for (int64_t j = 0; j < inner; ++j) {
        const Number element = source[(i * shape[axis] + step) * inner + j];
        Number &cell = result[i * inner + j];
        cell = step == 0 ? element : combine(cell, element);
      }
}

LogicalResult runReduce(Machine &machine, Operation *op) {
  auto reduce = cast<tile::ReduceOp>(op);
  TileRef source = machine.get(reduce.getSource());
  auto result = machine.makeTile(reduce.getResult());
  if (failed(result)) return failure();
  const int64_t axis = reduce.getAxis();
  const unsigned width = isFloat(source->element) ? 0 : source->width();
  auto foldFloats = [&](auto combine) { fold(source->floats, (*result)->floats, source->shape, axis, combine); };
  auto foldIntegers = [&](auto combine) { fold(source->integers, (*result)->integers, source->shape, axis, combine); };
  // A bool is 0 or 1 here, with or without a sign.
  auto isLess = [isUnsigned = reduce.getIsUnsigned()](int64_t a, int64_t b) {
    return isUnsigned ? static_cast<uint64_t>(a) < static_cast<uint64_t>(b) : a < b;
  };
  const bool floats = isFloat(source->element);
  switch (reduce.getKind()) {
  case tile::ReduceKind::Sum:
    if (floats)
      foldFloats([](double a, double b) { return a + b; });
    else
      foldIntegers([=](int64_t a, int64_t b) {
        return wrap(static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)), width);
      });
    break;
  case tile::ReduceKind::Max:
    if (floats)
      foldFloats(maximumOf);
    else
      foldIntegers([=](int64_t a, int64_t b) { return isLess(a, b) ? b : a; });
    break;
  case tile::ReduceKind::Min:
    if (floats)
      foldFloats(minimumOf);
    else
      foldIntegers([=](int64_t a, int64_t b) { return isLess(b, a) ? b : a; });
    break;
  }
  return machine.finish(op, std::move(*result));
}

/// Fills a result from a source whose position moves by `strides[axis]` with every step along an axis of the result.
template <class Number>
void gather(const std::vector<Number> &source, std::vector<Number> &result, ArrayRef<int64_t> shape,
            ArrayRef<int64_t> strides) {
  SmallVector<int64_t, 5> at(shape.size(), 0);
  int64_t from = 0;
  for (Number &value : result) {
    value = source[from];
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++at[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

SmallVector<int64_t, 5> rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t, 5> strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides[axis] = stride;
  return strides;
}

LogicalResult gatherInto(Machine &machine, Operation *op, ArrayRef<int64_t> strides) {
  TileRef source = machine.get(op->getOperand(0));
  auto result = machine.makeTile(op->getResult(0));
  if (failed(result)) return failure();
  if (isFloat(source->element))
    gather(source->floats, (*result)->floats, (*result)->shape, strides);
  else
    gather(source->integers, (*result)->integers, (*result)->shape, strides);
  machine.set(op->getResult(0), std::move(*result));
  return success();
}

LogicalResult runBroadcast(Machine &machine, Operation *op) {
  ArrayRef<int64_t> shape = machine.get(op->getOperand(0))->shape;
  auto strides = rowMajorStrides(shape);
  for (auto [stride, extent] : llvm::zip_equal(strides, shape))
    if (extent == 1) stride = 0;
  return gatherInto(machine, op, strides);
}

LogicalResult runTranspose(Machine &machine, Operation *op) {
  auto from = rowMajorStrides(machine.get(op->getOperand(0))->shape);
  SmallVector<int64_t, 5> strides;
  for (int64_t axis : cast<tile::TransposeOp>(op).getPermutation()) strides.push_back(from[axis]);
  return gatherInto(machine, op, strides);
}

LogicalResult runReshape(Machine &machine, Operation *op) {
  auto result = std::make_shared<Tile>(*machine.get(op->getOperand(0)));
  result->shape.assign(cast<RankedTensorType>(op->getResult(0).getType()).getShape());
  machine.set(op->getResult(0), std::move(result));
  return success();
}

LogicalResult runSplat(Machine &machine, Operation *op) {
  SmallVector<int64_t, 5> strides(cast<RankedTensorType>(op->getResult(0).getType()).getRank(), 0);
  return gatherInto(machine, op, strides);
}

LogicalResult runIota(Machine &machine, Operation *op) {
  auto iota = cast<tile::IotaOp>(op);
  auto result = machine.makeTile(iota.getResult());
  if (failed(result)) return failure();
  ArrayRef<int64_t> shape = (*result)->shape;
  const int64_t inner = rowMajorStrides(shape)[iota.getAxis()], extent = shape[iota.getAxis()];
  for (auto [position, value] : llvm::enumerate((*result)->integers))
    value = static_cast<int64_t>(position) / inner % extent;
  machine.set(iota.getResult(), std::move(*result));
  return success();
}

} // namespace

void addComputeOps(HandlerTable &table) {
  table["tile.dot"] = runDot;
  table["tile.reduce"] = runReduce;
  table["tile.broadcast"] = runBroadcast;
  table["tile.reshape"] = runReshape;
  table["tile.transpose"] = runTranspose;
  table["tile.splat"] = runSplat;
  table["tile.iota"] = runIota;
}

} // namespace tilewright::evaluator
