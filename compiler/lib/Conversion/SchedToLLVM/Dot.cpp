// Lowers products: fragments come from shared memory as they are needed, multiplied by mma.sync or by FMAs.

#include "SharedAccess.h"
#include "tilewright/Conversion/MathExpansion.h"

using namespace mlir;
using namespace tilewright;

namespace {

/// The registers of an operand, read from shared memory when first asked for.
class Operand {
public:
  Operand(Emitter &e, const layout::Distributed &layout, const layout::Memory &memory, Value slot, Type elementType,
          bool useLdmatrix)
      : e(e), elementType(elementType), elementBytes(static_cast<int>(sched::elementBytesOf(elementType))),
        elements(layout.elementsPerThread()), words(std::max(1, layout.elementsPerThread() * elementBytes / 4)) {
    if (useLdmatrix) matrices = layout::planMatrixAccess(layout, memory, elementBytes);
    if (matrices) {
      e.countConflicts(layout::bankConflicts(*matrices, elementBytes));
      addresses.emplace(e, matrices->thread, slot, elementBytes);
      stepOf.resize(words.size());
      for (auto [step, instruction] : llvm::enumerate(matrices->steps))
        for (int i = 0; i < matrices->matrices; ++i) stepOf[instruction.b32[i]] = static_cast<int>(step);
      return;
    }
    plan = layout::planAccess(layout, memory, elementBytes);
    e.countConflicts(layout::bankConflicts(plan, elementBytes));
    addresses.emplace(e, plan.thread, slot, elementBytes);
    accessOf.resize(elements.size());
    for (auto [i, reg] : llvm::enumerate(plan.order)) accessOf[reg] = static_cast<int>(i) / plan.vectorWidth;
  }

  /// One element.
  Value element(int reg) {
    if (!elements[reg]) readElements(accessOf[reg]);
    return elements[reg];
  }

  /// 32 bits of consecutive elements, the first of which is a multiple of 4 / elementBytes.
  Value word(int index) {
    if (words[index]) return words[index];
    if (matrices) {
      readMatrices(matrices->steps[stepOf[index]]);
    } else {
      Registers parts;
      for (int i = 0; i < 4 / elementBytes; ++i) parts.push_back(element(index * 4 / elementBytes + i));
      words[index] = e.pack(parts, elementType, 4).front();
    }
    return words[index];
  }

private:
  void readElements(int access) {
    for (auto [i, value] : llvm::enumerate(readAccess(e, plan, *addresses, access, elementType)))
      elements[plan.order[access * plan.vectorWidth + i]] = value;
  }

  void readMatrices(const layout::MatrixStep &step) {
    int count = matrices->matrices;
    std::string name = "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x" + std::to_string(count) +
                       (matrices->transposed ? ".trans" : "") + ".b16";
    Type i32 = e.builder.getI32Type();
    Type result = count == 1
                      ? i32
                      : Type(LLVM::LLVMStructType::getLiteral(e.builder.getContext(), SmallVector<Type>(count, i32)));
    auto loaded = e.unpackStruct(e.intrinsic(name, result, addresses->at(step.constant)));
    for (int i = 0; i < count; ++i) words[step.b32[i]] = loaded[i];
  }

  Emitter &e;
  Type elementType;
  int elementBytes;
  std::optional<layout::MatrixPlan> matrices;
  layout::AccessPlan plan;
  std::optional<PlanAddresses> addresses;
  SmallVector<int> stepOf, accessOf;
  Registers elements, words;
};

StringRef typeName(Type type, bool isUnsigned) {
  if (isa<Float8E4M3FNType>(type)) return "e4m3";
  if (isa<Float8E5M2Type>(type)) return "e5m2";
  return isUnsigned ? "u8" : "s8";
}

/// What one mma.sync m16n8 of these types is called in LLVM.
std::string mmaName(sched::DotOp op) {
  Type a = op.getElementTypeOfA(), b = op.getB().getType().getElementType();
  if (a.isF16()) return "llvm.nvvm.mma.m16n8k16.row.col.f32.f32";
  if (a.isBF16()) return "llvm.nvvm.mma.m16n8k16.row.col.bf16";
  if (a.isF32()) return "llvm.nvvm.mma.m16n8k8.row.col.tf32";
  StringRef nameA = typeName(a, op.getUnsignedA()), nameB = typeName(b, op.getUnsignedB());
  std::string name = "llvm.nvvm.mma.m16n8k32.row.col.";
  if (!a.isInteger(8)) return name + ("f32." + nameA + "." + nameB + ".f32").str();
  return name + (nameA == nameB ? nameA : StringRef((nameA + "." + nameB).str())).str();
}

LogicalResult lowerMma(Emitter &e, sched::DotOp op) {
  auto product = cast<RankedTensorType>(op.getResult().getType());
  Type a = op.getElementTypeOfA();
  int m = static_cast<int>(product.getShape()[0]), n = static_cast<int>(product.getShape()[1]);
  int k = static_cast<int>(op.getShapeOfA()[op.getTransposeA() ? 0 : 1]);
  int warpsM = static_cast<int>(op.getWarpsM()), warpsN = static_cast<int>(op.getWarpsN());
  int bits = static_cast<int>(a.getIntOrFloatBitWidth());
  auto layoutA = layout::mmaOperandA({m, k}, warpsM, warpsN, bits),
       layoutB = layout::mmaOperandB({k, n}, warpsM, warpsN, bits);
  if (!layoutA || !layoutB)
    return op.emitError() << "a product of " << m << " x " << n << " x " << k
                          << " is not made of whole mma.sync instructions";
  Operand operandA(e, *layoutA, operandMemory(op.getSharedA(), op.getTransposeA()), e.scalar(op.getA()), a,
                   e.target.hasLdmatrix);
  Operand operandB(e, *layoutB, operandMemory(op.getB().getType(), op.getTransposeB()), e.scalar(op.getB()),
                   op.getB().getType().getElementType(), e.target.hasLdmatrix);

  // Warps that find no rows or columns of their own hold copies, so these are the layouts' numbers, not quotients.
  int rows = layoutA->repeat()[0], columns = layoutB->repeat()[1], steps = layoutA->repeat()[1];
  std::string name = mmaName(op);
  Type accumulator = e.registerTypeOf(op.getResult());
  Type result = LLVM::LLVMStructType::getLiteral(e.builder.getContext(), SmallVector<Type>(4, accumulator));
  auto asOperand = [&](Value word) -> Value {
    if (!a.isF16()) return word;
    return LLVM::BitcastOp::create(e.builder, e.loc, VectorType::get({2}, a), word);
  };
  Registers sums = e.registers(op.getAccumulator());
  for (int step = 0; step < steps; ++step)
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) {
        SmallVector<Value> operands;
        for (int i = 0; i < 4; ++i) operands.push_back(asOperand(operandA.word((row * steps + step) * 4 + i)));
        for (int i = 0; i < 2; ++i) operands.push_back(asOperand(operandB.word((step * columns + column) * 2 + i)));
        Value *sum = &sums[(row * columns + column) * 4];
        operands.append(sum, sum + 4);
        llvm::copy(e.unpackStruct(e.intrinsic(name, result, operands)), sum);
      }
  e.bind(op.getResult(), std::move(sums));
  return success();
}

/// The layout of an operand whose dimension `kept` is that of the accumulator and whose other dimension, K, every
/// thread has whole.
layout::Distributed fmaOperand(const layout::Distributed &accumulator, int kept, int k) {
  int inner = std::min(4, layout::powerOfTwoPart(k));
  auto project = [&](const layout::Coord &basis) {
    layout::Coord projected = layout::Coord::filled(2, 0);
    projected[kept] = basis[kept];
    return projected;
  };
  auto projectAll = [&](std::span<const layout::Coord> bases) {
    std::vector<layout::Coord> projected;
    for (const layout::Coord &basis : bases) projected.push_back(project(basis));
    return projected;
  };
  std::vector<layout::Coord> registers;
  for (int step = 1; step < inner; step *= 2) {
    layout::Coord basis = layout::Coord::filled(2, 0);
    basis[1 - kept] = step;
    registers.push_back(basis);
  }
  for (const layout::Coord &basis : accumulator.registerBases())
    if (basis[kept]) registers.push_back(project(basis));
  layout::Coord repeat = layout::Coord::filled(2, 1);
  repeat[kept] = accumulator.repeat()[kept];
  repeat[1 - kept] = k / inner;
  return layout::Distributed(repeat, registers, projectAll(accumulator.laneBases()),
                             projectAll(accumulator.warpBases()));
}

/// An element as the accumulator's type holds it: narrower floats exactly, tf32 without its low 13 bits.
Value widen(Emitter &e, Value element, Type from, Type to, bool tf32, bool isUnsigned) {
  if (tf32) {
    Value bits = LLVM::BitcastOp::create(e.builder, e.loc, e.builder.getI32Type(), element);
    bits = LLVM::AndOp::create(e.builder, e.loc, bits, e.i32(~int64_t(0x1fff)));
    return LLVM::BitcastOp::create(e.builder, e.loc, to, bits);
  }
  if (from == to) return element;
  if (from.isInteger(8))
    return isUnsigned ? Value(LLVM::ZExtOp::create(e.builder, e.loc, to, element))
                      : Value(LLVM::SExtOp::create(e.builder, e.loc, to, element));
  CastElement source = from.isF16()                  ? CastElement::F16
                       : from.isBF16()               ? CastElement::Bf16
                       : isa<Float8E4M3FNType>(from) ? CastElement::E4m3
                                                     : CastElement::E5m2;
  return emitCast(e.builder, e.loc, element, source, CastElement::F32, e.target);
}

LogicalResult lowerFma(Emitter &e, sched::DotOp op) {
  auto layout = sched::layoutOf(op.getResult().getType());
  Type a = op.getElementTypeOfA(), b = op.getB().getType().getElementType();
  Type accumulator = e.registerTypeOf(op.getResult());
  int k = static_cast<int>(op.getShapeOfA()[op.getTransposeA() ? 0 : 1]);
  auto layoutA = fmaOperand(layout, 0, k), layoutB = fmaOperand(layout, 1, k);
  Operand operandA(e, layoutA, operandMemory(op.getSharedA(), op.getTransposeA()), e.scalar(op.getA()), a, false);
  Operand operandB(e, layoutB, operandMemory(op.getB().getType(), op.getTransposeB()), e.scalar(op.getB()), b, false);
  llvm::DenseMap<int, Value> wideA, wideB;
  auto wide = [&](llvm::DenseMap<int, Value> &known, Operand &operand, int reg, Type type, bool isUnsigned) {
    Value &value = known[reg];
    if (!value) value = widen(e, operand.element(reg), type, accumulator, op.getTf32(), isUnsigned);
    return value;
  };
  Registers sums = e.registers(op.getAccumulator());
  for (int depth = 0; depth < k; ++depth)
    for (auto [reg, sum] : llvm::enumerate(sums)) {
      layout::Coord offset = layout.registerOffset(static_cast<int>(reg));
      Value left = wide(wideA, operandA, layoutA.registerAt({offset[0], depth}), a, op.getUnsignedA());
      Value right = wide(wideB, operandB, layoutB.registerAt({depth, offset[1]}), b, op.getUnsignedB());
      if (isa<FloatType>(accumulator))
        sum = emitFma(e.builder, e.loc, left, right, sum);
      else
        sum = LLVM::AddOp::create(e.builder, e.loc, LLVM::MulOp::create(e.builder, e.loc, left, right), sum);
    }
  e.bind(op.getResult(), std::move(sums));
  return success();
}

} // namespace

layout::Memory tilewright::operandMemory(sched::SharedType type, bool transposed) {
  if (!transposed) return type.getLayout();
  SmallVector<int64_t> shape(llvm::reverse(type.getShape())), order;
  for (int64_t dim : type.getMemory().getOrder()) order.push_back(1 - dim);
  auto memory = sched::MemoryAttr::get(type.getContext(), order, type.getMemory().getSwizzle());
  return sched::SharedType::get(type.getContext(), shape, type.getElementType(), memory).getLayout();
}

LogicalResult tilewright::lowerDot(Emitter &e, sched::DotOp op) {
  if (op.getAtom() == sched::Atom::Wgmma) return lowerWgmma(e, op), success();
  return op.getAtom() == sched::Atom::Fma ? lowerFma(e, op) : lowerMma(e, op);
}
