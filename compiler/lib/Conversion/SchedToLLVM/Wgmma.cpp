// Lowers products to wgmma: descriptors of the operands, one group of instructions per product, waits.

#include "Emitter.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tilewright;

namespace {

/// Descriptors count in units of 16 bytes.
constexpr int64_t kDescriptorUnit = 4;
/// Bytes of K that one instruction takes.
constexpr int64_t kDepthBytes = 32;

/// An operand in shared memory, as descriptors see it (PTX ISA 9.7.15.5.1.2).
struct Operand {
  layout::Memory memory; ///< of M x K, or of K x N
  int64_t bytes;         ///< of an element
  int depthDim;          ///< which dimension is K

  bool isTransposed() const { return memory.contiguousDim() != depthDim; }

  /// Bytes from the start of the tile to a position, as if nothing were permuted: what descriptors count in.
  int64_t offset(int64_t free, int64_t depth) const {
    int64_t column = isTransposed() ? free : depth, row = isTransposed() ? depth : free;
    int64_t width = memory.panelElements();
    return (column / width * memory.panelStride() + row * width + column % width) * bytes;
  }

  /// The constant bits: leading and stride offset, and the swizzle.
  uint64_t constantBits() const {
    // Eight rows of a panel; from one panel to the next. Without a swizzle, operands with M or N contiguous have the
    // two the other way round.
    int64_t rows = 8 * memory.panelElements() * bytes, panel = memory.panelStride() * bytes;
    bool plain = memory.swizzle() == layout::Swizzle::none;
    int64_t leading = plain && isTransposed() ? rows : panel, stride = plain && isTransposed() ? panel : rows;
    auto field = [](int64_t value) {
      return static_cast<uint64_t>(std::max<int64_t>(value >> kDescriptorUnit, 1)) & 0x3fff;
    };
    return field(leading) << 16 | field(stride) << 32 | mode() << 62;
  }

private:
  uint64_t mode() const {
    switch (memory.swizzle()) {
    case layout::Swizzle::none: return 0;
    case layout::Swizzle::b128: return 1;
    case layout::Swizzle::b64: return 2;
    case layout::Swizzle::b32: return 3;
    }
    llvm_unreachable("all swizzles are listed");
  }
};

Value zext(Emitter &e, Value value) { return LLVM::ZExtOp::create(e.builder, e.loc, e.builder.getI64Type(), value); }

/// The descriptor of a slot, `bytes` (null: none) further on. What does not depend on the stage is one value, which a
/// loop does not compute again.
Value descriptor(Emitter &e, const Operand &operand, const SlotPlace &place, Value bytes) {
  Value start = e.add(e.add(e.sharedStart(), e.i32(place.start)), bytes);
  start = LLVM::LShrOp::create(e.builder, e.loc, start, e.i32(kDescriptorUnit));
  Value first =
      LLVM::OrOp::create(e.builder, e.loc, zext(e, start), e.i64(static_cast<int64_t>(operand.constantBits())));
  return LLVM::AddOp::create(e.builder, e.loc, first,
                             e.multiply(zext(e, place.stage), place.stageBytes >> kDescriptorUnit));
}

StringRef typeName(Type type, bool isUnsigned) {
  if (type.isF16()) return "f16";
  if (type.isBF16()) return "bf16";
  if (type.isF32()) return "tf32";
  if (isa<Float8E4M3FNType>(type)) return "e4m3";
  if (isa<Float8E5M2Type>(type)) return "e5m2";
  return isUnsigned ? "u8" : "s8";
}

/// Constraints of `count` accumulators as results, of `others`, and of the same accumulators as operands. Without the
/// last, results are written before the others are read for the last time.
std::string accumulatorConstraints(bool isFloat, size_t count, StringRef others, bool asOperands) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += std::string(asOperands ? "=" : "=&") + (isFloat ? "f," : "r,");
  text += others;
  for (size_t i = 0; asOperands && i < count; ++i) text += std::to_string(i) + ",";
  text.pop_back();
  return text;
}

/// Inline PTX with accumulators as results and with other operands; the accumulators also go in unless they begin as
/// zero.
Registers passAccumulators(Emitter &e, StringRef text, StringRef others, ArrayRef<Value> inputs, ArrayRef<Value> sums,
                           bool areZero = false) {
  Type element = sums.front().getType();
  SmallVector<Value> operands(inputs);
  if (!areZero) llvm::append_range(operands, sums);
  Type result = LLVM::LLVMStructType::getLiteral(e.builder.getContext(), SmallVector<Type>(sums.size(), element));
  std::string constraints = accumulatorConstraints(isa<FloatType>(element), sums.size(), others, !areZero);
  return e.unpackStruct(e.inlinePtx(text, constraints, result, operands));
}

/// The words of tiles in registers, as instructions take them: operands and constraints.
std::pair<SmallVector<Value>, std::string> wordsOf(Emitter &e, ValueRange tiles) {
  std::pair<SmallVector<Value>, std::string> result;
  for (Value tile : tiles)
    for (Value word : e.pack(e.registers(tile), cast<RankedTensorType>(tile.getType()).getElementType(), 4)) {
      result.first.push_back(word);
      result.second += "r,";
    }
  return result;
}

} // namespace

void tilewright::lowerWgmma(Emitter &e, sched::DotOp op) {
  bool fromRegisters = !op.getSharedA();
  auto typeB = op.getB().getType();
  Type elementA = op.getElementTypeOfA(), elementB = typeB.getElementType();
  Operand a{fromRegisters ? layout::Memory() : operandMemory(op.getSharedA(), op.getTransposeA()),
            sched::elementBytesOf(elementA), 1};
  Operand b{operandMemory(typeB, op.getTransposeB()), typeB.getElementBytes(), 0};
  auto shape = cast<RankedTensorType>(op.getResult().getType()).getShape();
  int64_t groupsM = op.getWarpsM() / 4, groupsN = op.getWarpsN(), columns = shape[1] / groupsN;
  int64_t depth = b.memory.shape()[0], depthStep = kDepthBytes / a.bytes, repeats = shape[0] / (64 * groupsM);

  // Each warpgroup starts at its own rows and columns.
  Value rowBytes, columnBytes;
  if (groupsM * groupsN > 1) {
    Value group = e.warpgroup();
    Value along = groupsN == 1 ? group : Value(LLVM::URemOp::create(e.builder, e.loc, group, e.i32(groupsM)));
    if (groupsM > 1 && !fromRegisters) rowBytes = e.multiply(along, a.offset(64, 0));
    Value across = groupsM == 1 ? group : Value(LLVM::UDivOp::create(e.builder, e.loc, group, e.i32(groupsM)));
    if (groupsN > 1) columnBytes = e.multiply(across, b.offset(columns, 0));
  }
  ArrayRef<Value> sums = e.registers(op.getAccumulator());
  size_t perInstruction = sums.size() / static_cast<size_t>(repeats), first = sums.size();
  SmallVector<Value> inputs = {descriptor(e, b, e.slotPlace(op.getB()), columnBytes)};
  std::string others = "l,";
  if (fromRegisters) {
    auto [words, constraints] = wordsOf(e, op.getA());
    llvm::append_range(inputs, words);
    others += constraints;
  } else {
    inputs.push_back(descriptor(e, a, e.slotPlace(op.getA()), rowBytes));
    others += "l,";
  }

  bool isFloat = isa<FloatType>(sums.front().getType());
  StringRef nameA = typeName(elementA, op.getUnsignedA()), nameB = typeName(elementB, op.getUnsignedB());
  std::string name = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(columns) + "k" + std::to_string(depthStep) +
                     (isFloat ? ".f32." : ".s32.") + nameA.str() + "." + nameB.str();
  std::string flags = !isFloat ? "" : ", 1, 1";
  if (elementA.isF16() || elementA.isBF16())
    flags += std::string(fromRegisters ? "" : a.isTransposed() ? ", 1" : ", 0") + (b.isTransposed() ? ", 1" : ", 0");

  // Sums that begin at zero are not read by the first instruction on them.
  bool areZero = matchPattern(op.getAccumulator(), m_Zero()) || matchPattern(op.getAccumulator(), m_PosZeroFloat());
  auto operand = [&](size_t number) { return "$" + std::to_string(number); };
  auto list = [&](size_t from, size_t count) {
    std::string registers;
    for (size_t i = 0; i < count; ++i) registers += (i ? ", " : "") + operand(from + i);
    return "{" + registers + "}";
  };
  std::string text = "{\n\t.reg .b64 %da, %db;\n\twgmma.fence.sync.aligned;\n";
  // The register with the descriptor of an operand, `bytes` further on.
  auto at = [&](StringRef temporary, size_t number, int64_t bytes) {
    if (bytes == 0) return operand(number);
    text += "\tadd.s64 " + temporary.str() + ", " + operand(number) + ", " + std::to_string(bytes >> kDescriptorUnit) +
            ";\n";
    return temporary.str();
  };
  size_t steps = static_cast<size_t>(depth / depthStep);
  for (size_t step = 0; step < steps; ++step)
    for (size_t repeat = 0; repeat < static_cast<size_t>(repeats); ++repeat) {
      int64_t position = static_cast<int64_t>(step) * depthStep;
      // A fragment of A is four words, those of one repetition of rows follow each other.
      std::string registerA = fromRegisters ? list(first + 1 + 4 * (repeat * steps + step), 4)
                                            : at("%da", first + 1, a.offset(64 * groupsM * int64_t(repeat), position));
      std::string registerB = at("%db", first, b.offset(0, position));
      text += "\t" + name + " " + list(repeat * perInstruction, perInstruction) + ", " + registerA + ", " + registerB +
              (areZero && step == 0 ? ", 0" : ", 1") + flags + ";\n";
    }
  text += "\twgmma.commit_group.sync.aligned;\n}";
  e.bind(op.getResult(), passAccumulators(e, text, others, inputs, sums, areZero));
}

void tilewright::lowerDotWait(Emitter &e, sched::DotWaitOp op) {
  std::string text = "wgmma.wait_group.sync.aligned " + std::to_string(op.getPending()) + ";";
  auto [words, constraints] = wordsOf(e, op.getKept());
  e.bind(op.getResult(), passAccumulators(e, text, constraints, words, e.registers(op.getSource())));
}
