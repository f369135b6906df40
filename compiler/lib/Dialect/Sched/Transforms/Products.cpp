// The products of a kernel: which one decides the plan, and which instruction can compute it.

#include "tilewright/Dialect/Sched/Transforms/Products.h"

#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

static MmaElement mmaElementOf(Type type, bool tf32, bool isUnsigned) {
  if (type.isF64()) return MmaElement::F64;
  if (type.isF32()) return tf32 ? MmaElement::Tf32 : MmaElement::F32;
  if (type.isF16()) return MmaElement::F16;
  if (type.isBF16()) return MmaElement::Bf16;
  if (isa<Float8E4M3FNType>(type)) return MmaElement::E4m3;
  if (isa<Float8E5M2Type>(type)) return MmaElement::E5m2;
  return isUnsigned ? MmaElement::U8 : MmaElement::S8;
}

tile::DotOp tilewright::sched::mainDot(tile::KernelOp kernel) {
  tile::DotOp best;
  kernel.walk([&](tile::DotOp dot) {
    if (!best || dot.getM() * dot.getN() > best.getM() * best.getN()) best = dot;
  });
  return best;
}

bool tilewright::sched::hasMathsOnResult(tile::KernelOp kernel, tile::DotOp dot) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(dot.getResult().getType()).getShape();
  auto found = kernel.walk([&](Operation *op) {
    bool isHeavy = isa<math::MathDialect>(op->getDialect()) || isa<arith::DivFOp>(op);
    auto tile = isHeavy ? dyn_cast<RankedTensorType>(op->getResult(0).getType()) : RankedTensorType();
    return tile && tile.getShape() == shape ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found.wasInterrupted();
}

bool tilewright::sched::isScaledInLoop(tile::DotOp dot) {
  auto loop = dot->getParentOfType<scf::ForOp>();
  if (!loop) return false;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(dot.getResult().getType()).getShape();
  auto found = loop.walk([&](arith::MulFOp product) {
    auto tile = dyn_cast<RankedTensorType>(product.getType());
    return tile && tile.getShape() == shape ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found.wasInterrupted();
}

Type tilewright::sched::elementTypeOf(Value operand) {
  if (auto buffer = dyn_cast<tile::BufferType>(operand.getType())) return buffer.getElementType();
  return cast<RankedTensorType>(operand.getType()).getElementType();
}

static int64_t depthOf(Atom atom) {
  switch (atom) {
  case Atom::Fma: return 1;
  case Atom::MmaM16N8K8: return 8;
  case Atom::MmaM16N8K16: return 16;
  case Atom::MmaM16N8K32: return 32;
  case Atom::Wgmma: break; // as deep as its types say
  }
  llvm_unreachable("all atoms are listed");
}

/// The dimension of a matrix in global memory that is contiguous, or -1; of what an operand is loaded from.
static int64_t contiguousDimOf(Value operand) {
  if (auto load = operand.getDefiningOp<tile::LoadOp>()) return load.getSource().getType().getContiguousDim();
  for (Operation *user : operand.getUsers())
    if (auto copy = dyn_cast<tile::CopyOp>(user))
      if (auto global = dyn_cast<tile::GlobalType>(copy.getSource().getType())) return global.getContiguousDim();
  return -1;
}

static MmaElement accumulatorOf(tile::DotOp dot) {
  return elementTypeOf(dot.getA()).isInteger(8) ? MmaElement::S32 : MmaElement::F32;
}

const WgmmaAtom *tilewright::sched::findWgmma(tile::DotOp dot, const TargetInfo &target) {
  const WgmmaAtom *atom =
      target.findWgmma(mmaElementOf(elementTypeOf(dot.getA()), dot.getTf32(), dot.getUnsignedA()),
                       mmaElementOf(elementTypeOf(dot.getB()), dot.getTf32(), dot.getUnsignedB()), accumulatorOf(dot));
  if (!atom || atom->transposes) return atom;
  bool rowsOfK = contiguousDimOf(dot.getA()) == (dot.getTransposeA() ? 0 : 1) &&
                 contiguousDimOf(dot.getB()) == (dot.getTransposeB() ? 1 : 0);
  return rowsOfK ? atom : nullptr;
}

static bool isLegalWgmma(tile::DotOp dot, const TargetInfo &target) {
  const WgmmaAtom *atom = findWgmma(dot, target);
  // Extents that are no extents are refused later, with a message.
  if (!atom || dot.getM() <= 0 || dot.getN() <= 0 || dot.getK() <= 0) return false;
  return dot.getM() % 64 == 0 && dot.getN() % atom->nStep == 0 && dot.getK() % atom->k == 0 &&
         shareWarpgroups(dot.getM(), dot.getN(), chooseWarpgroups(dot.getM()));
}

bool tilewright::sched::isLegal(tile::DotOp dot, Atom atom, const TargetInfo &target) {
  if (atom == Atom::Fma) return true;
  if (atom == Atom::Wgmma) return isLegalWgmma(dot, target);
  MmaElement a = mmaElementOf(elementTypeOf(dot.getA()), dot.getTf32(), dot.getUnsignedA());
  MmaElement b = mmaElementOf(elementTypeOf(dot.getB()), dot.getTf32(), dot.getUnsignedB());
  MmaElement accumulator = accumulatorOf(dot);
  int64_t depth = depthOf(atom);
  // One fragment of A is 256 bits deep; the shallower forms of mma.sync are not used.
  if (depth * elementTypeOf(dot.getA()).getIntOrFloatBitWidth() != 256) return false;
  const MmaAtom *found = target.findMma(a, b, accumulator, static_cast<int>(depth));
  return found && found->m == 16 && found->n == 8 && dot.getM() % 16 == 0 && dot.getN() % 8 == 0 &&
         dot.getK() % depth == 0;
}

Atom tilewright::sched::chooseAtom(tile::DotOp dot, const TargetInfo &target) {
  for (Atom atom : {Atom::MmaM16N8K32, Atom::MmaM16N8K16, Atom::MmaM16N8K8})
    if (isLegal(dot, atom, target)) return atom;
  return Atom::Fma;
}

double tilewright::sched::flopPerClock(tile::DotOp dot, Atom atom, const TargetInfo &target) {
  if (atom == Atom::Fma) return target.vectorF32FlopPerClock;
  return target.tensorFlopPerClock(mmaElementOf(elementTypeOf(dot.getA()), dot.getTf32(), dot.getUnsignedA()));
}
