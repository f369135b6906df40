// Lowers what moves tiles between registers and threads: broadcast, reshape, transpose, iota, conversion of layouts.

#include "Emitter.h"

using namespace mlir;
using namespace tilewright;

void tilewright::lowerBroadcast(Emitter &e, tile::BroadcastOp op) {
  auto from = sched::layoutOf(op.getSource().getType()), to = sched::layoutOf(op.getResult().getType());
  layout::Coord extents = from.shape();
  const Registers &source = e.registers(op.getSource());
  Registers result;
  for (int reg = 0; reg < to.elementsPerThread(); ++reg) {
    layout::Coord offset = to.registerOffset(reg);
    for (int dim = 0; dim < offset.size(); ++dim)
      if (extents[dim] == 1) offset[dim] = 0;
    result.push_back(source[from.registerAt(offset)]);
  }
  e.bind(op.getResult(), std::move(result));
}

/// Reshape and transpose rename coordinates; every thread keeps its elements.
void tilewright::lowerReindex(Emitter &e, Operation *op) {
  auto from = sched::layoutOf(op->getOperand(0).getType()), to = sched::layoutOf(op->getResult(0).getType());
  layout::Coord fromShape = from.shape(), toShape = to.shape();
  auto transpose = dyn_cast<tile::TransposeOp>(op);
  auto sourceOffset = [&](const layout::Coord &offset) {
    layout::Coord source = layout::Coord::filled(from.rank(), 0);
    int next = 0;
    for (int dim = 0; dim < offset.size(); ++dim) {
      if (transpose) {
        source[static_cast<int>(transpose.getPermutation()[dim])] = offset[dim];
      } else if (toShape[dim] != 1) {
        while (fromShape[next] == 1) ++next;
        source[next++] = offset[dim];
      }
    }
    return source;
  };
  const Registers &source = e.registers(op->getOperand(0));
  Registers result;
  for (int reg = 0; reg < to.elementsPerThread(); ++reg)
    result.push_back(source[from.registerAt(sourceOffset(to.registerOffset(reg)))]);
  e.bind(op->getResult(0), std::move(result));
}

void tilewright::lowerIota(Emitter &e, tile::IotaOp op) {
  auto layout = sched::layoutOf(op.getResult().getType());
  int axis = static_cast<int>(op.getAxis());
  Value base = e.threadCoordinate(layout, axis);
  Registers result;
  for (int reg = 0; reg < layout.elementsPerThread(); ++reg)
    result.push_back(e.add(base, e.i32(layout.registerOffset(reg)[axis])));
  e.bind(op.getResult(), std::move(result));
}

/// A number made of some bits of the thread number, the first listed bit lowest.
static Value threadDigits(Emitter &e, ArrayRef<int> bits) {
  Value number = e.i32(0);
  for (auto [digit, bit] : llvm::enumerate(bits)) {
    Value value =
        LLVM::AndOp::create(e.builder, e.loc, LLVM::LShrOp::create(e.builder, e.loc, e.thread(), e.i32(bit)), e.i32(1));
    number = LLVM::OrOp::create(e.builder, e.loc, number,
                                LLVM::ShlOp::create(e.builder, e.loc, value, e.i32(static_cast<int64_t>(digit))));
  }
  return number;
}

/// The value whose position is `index`: a chain of selects.
static Value selectAt(Emitter &e, ValueRange values, Value index) {
  Value result = values.front();
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] == values.front()) continue;
    Value hit = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, index, e.i32(static_cast<int64_t>(i)));
    result = LLVM::SelectOp::create(e.builder, e.loc, hit, values[i], result);
  }
  return result;
}

/// The values of element type `elementType` as i32 words (two for 8 bytes), each element by itself.
static Registers toWords(Emitter &e, Value value, Type elementType) {
  int64_t bytes = sched::elementBytesOf(elementType);
  Value bits = e.pack(value, elementType, static_cast<int>(bytes)).front();
  if (bytes == 4) return {bits};
  if (bytes < 4) return {LLVM::ZExtOp::create(e.builder, e.loc, e.builder.getI32Type(), bits)};
  Value low = LLVM::TruncOp::create(e.builder, e.loc, e.builder.getI32Type(), bits);
  Value high = LLVM::TruncOp::create(e.builder, e.loc, e.builder.getI32Type(),
                                     LLVM::LShrOp::create(e.builder, e.loc, bits, e.i64(32)));
  return {low, high};
}

static Value fromWords(Emitter &e, ValueRange words, Type elementType) {
  int64_t bytes = sched::elementBytesOf(elementType);
  Value bits = words.front();
  if (bytes < 4) {
    bits = LLVM::TruncOp::create(e.builder, e.loc, e.builder.getIntegerType(bytes * 8), bits);
  } else if (bytes == 8) {
    Type wide = e.builder.getI64Type();
    Value high =
        LLVM::ShlOp::create(e.builder, e.loc, LLVM::ZExtOp::create(e.builder, e.loc, wide, words[1]), e.i64(32));
    bits = LLVM::OrOp::create(e.builder, e.loc, LLVM::ZExtOp::create(e.builder, e.loc, wide, words[0]), high);
  }
  return e.unpack(bits, elementType).front();
}

Value tilewright::shuffleWords(Emitter &e, Value value, Type elementType, function_ref<Value(Value)> exchange) {
  Registers words = toWords(e, value, elementType);
  for (Value &word : words) word = exchange(word);
  return fromWords(e, words, elementType);
}

static Registers shuffle(Emitter &e, const layout::ShufflePlan &plan, const Registers &source, Type elementType,
                         int resultCount, int threadBits) {
  Value send = threadDigits(e, plan.sendBits), receive = threadDigits(e, plan.receiveBits);
  Value base = e.i32(0);
  for (int bit = 0; bit < threadBits; ++bit) {
    int64_t image = plan.laneMap.apply(1u << bit);
    if (!image) continue;
    Value set =
        LLVM::AndOp::create(e.builder, e.loc, LLVM::LShrOp::create(e.builder, e.loc, e.thread(), e.i32(bit)), e.i32(1));
    base = e.bitXor(base, e.multiply(set, image));
  }
  Registers result(resultCount, Value());
  for (const layout::ShuffleStep &step : plan.steps) {
    Value offered = selectAt(e, llvm::map_to_vector(step.send, [&](int reg) { return source[reg]; }), send);
    Value got = offered;
    if (plan.needsShuffle(step))
      got = shuffleWords(e, offered, elementType, [&](Value word) {
        Value from = e.bitXor(base, e.i32(step.laneConstant));
        return e.intrinsic("llvm.nvvm.shfl.sync.idx.i32", e.builder.getI32Type(), {e.i32(-1), word, from, e.i32(31)});
      });
    for (auto [digits, reg] : llvm::enumerate(step.receive)) {
      if (!result[reg]) {
        result[reg] = got;
        continue;
      }
      Value mine =
          LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, receive, e.i32(static_cast<int64_t>(digits)));
      result[reg] = LLVM::SelectOp::create(e.builder, e.loc, mine, got, result[reg]);
    }
  }
  return result;
}

void tilewright::lowerConvert(Emitter &e, sched::ConvertOp op) {
  auto from = sched::layoutOf(op.getSource().getType()), to = sched::layoutOf(op.getResult().getType());
  Type elementType = cast<RankedTensorType>(op.getResult().getType()).getElementType();
  int bytes = static_cast<int>(sched::elementBytesOf(elementType));
  auto plan = layout::planConversion(from, to, bytes);
  const Registers &source = e.registers(op.getSource());
  Registers result;
  if (plan.shared) {
    Value slot = e.scalar(op.getScratch());
    writeShared(e, plan.shared->store, slot, elementType, source, e.isOwner(from));
    e.barrier();
    result = readShared(e, plan.shared->load, slot, elementType, to.elementsPerThread());
  } else if (plan.shuffle) {
    result = shuffle(e, *plan.shuffle, source, elementType, to.elementsPerThread(),
                     layout::Distributed::laneBits + to.warpBits());
  } else {
    for (int reg : plan.permutation) result.push_back(source[reg]);
  }
  e.bind(op.getResult(), std::move(result));
}
