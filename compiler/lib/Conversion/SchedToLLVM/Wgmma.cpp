// Lowers products to wgmma: descriptors of the operands, one group of instructions per product, waits.

#include "Emitter.h"

using namespace mlir;
using namespace tilewright;

namespace {

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
    auto field = [](int64_t value) { return static_cast<uint64_t>(std::max<int64_t>(value >> 4, 1)) & 0x3fff; };
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

/// The descriptor of the tile at `slot`, `bytes` (null: none) further on.
Value descriptor(Emitter &e, const Operand &operand, Value slot, Value bytes) {
  Value address = e.sharedAddress(e.add(slot, bytes));
  address = LLVM::PtrToIntOp::create(e.builder, e.loc, e.builder.getI32Type(), address);
  address = LLVM::LShrOp::create(e.builder, e.loc, address, e.i32(4));
  Value wide = LLVM::ZExtOp::create(e.builder, e.loc, e.builder.getI64Type(), address);
  return LLVM::OrOp::create(e.builder, e.loc, wide, e.i64(static_cast<int64_t>(operand.constantBits())));
}

StringRef typeName(Type type, bool isUnsigned) {
  if (type.isF16()) return "f16";
  if (type.isBF16()) return "bf16";
  if (type.isF32()) return "tf32";
  if (isa<Float8E4M3FNType>(type)) return "e4m3";
  if (isa<Float8E5M2Type>(type)) return "e5m2";
  return isUnsigned ? "u8" : "s8";
}

/// `count` accumulators as results and, tied to them, as operands; what else there is comes between.
std::string accumulatorConstraints(bool isFloat, size_t count, StringRef others) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += isFloat ? "=f," : "=r,";
  text += others;
  for (size_t i = 0; i < count; ++i) text += (text.back() == ',' ? "" : ",") + std::to_string(i);
  return text;
}

Registers passAccumulators(Emitter &e, StringRef text, StringRef others, ArrayRef<Value> inputs, ArrayRef<Value> sums) {
  Type element = sums.front().getType();
  SmallVector<Value> operands(inputs);
  llvm::append_range(operands, sums);
  Type result = LLVM::LLVMStructType::getLiteral(e.builder.getContext(), SmallVector<Type>(sums.size(), element));
  std::string constraints = accumulatorConstraints(isa<FloatType>(element), sums.size(), others);
  return e.unpackStruct(e.inlinePtx(text, constraints, result, operands));
}

} // namespace

void tilewright::lowerWgmma(Emitter &e, sched::DotOp op) {
  auto typeA = op.getA().getType(), typeB = op.getB().getType();
  Type elementA = typeA.getElementType(), elementB = typeB.getElementType();
  Operand a{operandMemory(typeA, op.getTransposeA()), typeA.getElementBytes(), 1};
  Operand b{operandMemory(typeB, op.getTransposeB()), typeB.getElementBytes(), 0};
  auto shape = cast<RankedTensorType>(op.getResult().getType()).getShape();
  int64_t groupsM = op.getWarpsM() / 4, groupsN = op.getWarpsN(), columns = shape[1] / groupsN;
  int64_t depth = a.memory.shape()[1], depthStep = kDepthBytes / a.bytes, repeats = shape[0] / (64 * groupsM);

  // Each warpgroup starts at its own rows and columns.
  Value rowBytes, columnBytes;
  if (groupsM * groupsN > 1) {
    Value group = e.warpgroup();
    Value along = groupsN == 1 ? group : Value(LLVM::URemOp::create(e.builder, e.loc, group, e.i32(groupsM)));
    if (groupsM > 1) rowBytes = e.multiply(along, a.offset(64, 0));
    Value across = groupsM == 1 ? group : Value(LLVM::UDivOp::create(e.builder, e.loc, group, e.i32(groupsM)));
    if (groupsN > 1) columnBytes = e.multiply(across, b.offset(columns, 0));
  }
  Value descriptorA = descriptor(e, a, e.scalar(op.getA()), rowBytes);
  Value descriptorB = descriptor(e, b, e.scalar(op.getB()), columnBytes);

  ArrayRef<Value> sums = e.registers(op.getAccumulator());
  size_t perInstruction = sums.size() / static_cast<size_t>(repeats);
  bool isFloat = isa<FloatType>(sums.front().getType());
  StringRef nameA = typeName(elementA, op.getUnsignedA()), nameB = typeName(elementB, op.getUnsignedB());
  std::string name = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(columns) + "k" + std::to_string(depthStep) +
                     (isFloat ? ".f32." : ".s32.") + nameA.str() + "." + nameB.str();
  std::string flags = !isFloat ? "" : ", 1, 1";
  if (elementA.isF16() || elementA.isBF16())
    flags += std::string(a.isTransposed() ? ", 1" : ", 0") + (b.isTransposed() ? ", 1" : ", 0");

  size_t first = sums.size();
  auto operand = [&](size_t number) { return "$" + std::to_string(number); };
  std::string text = "{\n\t.reg .b64 %da, %db;\n\twgmma.fence.sync.aligned;\n";
  for (int64_t step = 0; step < depth; step += depthStep)
    for (int64_t repeat = 0; repeat < repeats; ++repeat) {
      std::string registers;
      for (size_t i = 0; i < perInstruction; ++i)
        registers += (i ? ", " : "") + operand(static_cast<size_t>(repeat) * perInstruction + i);
      auto at = [&](StringRef temporary, size_t number, int64_t bytes) {
        text += "\tadd.s64 " + temporary.str() + ", " + operand(number) + ", " + std::to_string(bytes >> 4) + ";\n";
      };
      at("%da", first, a.offset(64 * groupsM * repeat, step));
      at("%db", first + 1, b.offset(0, step));
      text += "\t" + name + " {" + registers + "}, %da, %db, 1" + flags + ";\n";
    }
  text += "\twgmma.commit_group.sync.aligned;\n}";
  e.bind(op.getResult(), passAccumulators(e, text, "l,l,", {descriptorA, descriptorB}, sums));
}

void tilewright::lowerDotWait(Emitter &e, sched::DotWaitOp op) {
  std::string text = "wgmma.wait_group.sync.aligned " + std::to_string(op.getPending()) + ";";
  e.bind(op.getResult(), passAccumulators(e, text, "", {}, e.registers(op.getSource())));
}
