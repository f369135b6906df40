// Lowers reads and writes of global memory: vectors as wide as layout and alignment allow, predicated at the edges.

#include "GlobalAccess.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tilewright;

GlobalAccess::GlobalAccess(Emitter &e, Value memory, ValueRange offsets, const layout::Distributed &layout)
    : e(e), argument(e.global(memory)), type(cast<tile::GlobalType>(memory.getType())), layout(layout) {
  threadPointer = argument.pointer;
  Value elements;
  for (int dim = 0; dim < layout.rank(); ++dim) {
    Value first = e.add(e.scalar(offsets[dim]), e.threadCoordinate(layout, dim));
    firsts.push_back(first);
    Value wide = e.toI64(first);
    if (type.getStrides()[dim] != 1) wide = LLVM::MulOp::create(e.builder, e.loc, wide, argument.strides[dim]);
    elements = e.add(elements, wide);
  }
  threadPointer = plusElements(argument.pointer, elements);
}

Value GlobalAccess::plusElements(Value pointer, Value elements) {
  return e.addressPlus(pointer, e.multiply(elements, type.getElementBytes()));
}

Value GlobalAccess::isInside(int dim, int constant) {
  Value &known = inside[{dim, constant}];
  if (known) return known;
  Value coordinate = e.add(firsts[dim], constant ? e.i32(constant) : Value());
  // Unsigned, so that a position before the start is outside too.
  return known = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ult, coordinate, argument.sizes[dim]);
}

Value GlobalAccess::predicate(int reg) {
  layout::Coord constant = layout.registerOffset(reg);
  Value all;
  for (int dim = 0; dim < layout.rank(); ++dim) all = e.conjunction(all, isInside(dim, constant[dim]));
  return all;
}

Value GlobalAccess::pointer(int reg) {
  layout::Coord constant = layout.registerOffset(reg);
  Value pointer = threadPointer;
  int64_t immediate = 0;
  for (int dim = 0; dim < layout.rank(); ++dim) {
    if (constant[dim] == 0) continue;
    int64_t stride = type.getStrides()[dim];
    if (!ShapedType::isDynamic(stride)) {
      immediate += constant[dim] * stride * type.getElementBytes();
      continue;
    }
    Value &step = steps[{dim, constant[dim]}];
    if (!step) step = e.multiply(argument.strides[dim], constant[dim]);
    pointer = plusElements(pointer, step);
  }
  return e.addressPlus(pointer, immediate);
}

int tilewright::wordBytesFor(int64_t bytes, int64_t elementBytes) {
  return static_cast<int>(elementBytes == 8 ? 8 : std::min<int64_t>(bytes, 4));
}

namespace {

/// How an access of some bytes is written in PTX: as `count` words.
struct Words {
  int bytes, count;

  Words(int64_t total, int64_t elementBytes)
      : bytes(wordBytesFor(total, elementBytes)), count(static_cast<int>(total / bytes)) {}
  char letter() const { return bytes == 8 ? 'l' : bytes == 4 ? 'r' : 'h'; }
  std::string suffix() const {
    std::string text = count > 1 ? ".v" + std::to_string(count) : "";
    return text + ".b" + std::to_string(8 * bytes);
  }
  /// `{$first, $first+1, ...}`, or `$first` for one word.
  std::string operands(int first) const {
    std::string list;
    for (int i = 0; i < count; ++i) list += (i ? ", $" : "$") + std::to_string(first + i);
    return count > 1 ? "{" + list + "}" : list;
  }
};

} // namespace

Registers GlobalAccess::load(int reg, int count, Value predicate) {
  Words words(count * type.getElementBytes(), type.getElementBytes());
  // A byte travels in a 16-bit register.
  Type word = e.builder.getIntegerType(words.bytes == 1 ? 16 : 8 * words.bytes);
  std::string text, constraints;
  for (int i = 0; i < words.count; ++i) {
    text += "mov.b" + std::to_string(std::max(16, 8 * words.bytes)) + " $" + std::to_string(i) + ", 0; ";
    constraints += std::string("=&") + words.letter() + ",";
  }
  text += "@$" + std::to_string(words.count + 1) + " ld.global" + words.suffix() + " " + words.operands(0) + ", [$" +
          std::to_string(words.count) + "];";
  constraints += "l,b";
  Type result = word;
  if (words.count > 1)
    result = LLVM::LLVMStructType::getLiteral(e.builder.getContext(), SmallVector<Type>(words.count, word));
  auto loaded = e.unpackStruct(e.inlinePtx(text, constraints, result, {pointer(reg), predicate}));
  if (words.bytes == 1) loaded = {LLVM::TruncOp::create(e.builder, e.loc, e.builder.getI8Type(), loaded.front())};
  return e.unpack(loaded, type.getTileElementType());
}

void GlobalAccess::store(int reg, ValueRange elements, Value predicate) {
  Words words(elements.size() * type.getElementBytes(), type.getElementBytes());
  Registers operands = e.pack(elements, type.getTileElementType(), words.bytes);
  if (words.bytes == 1) operands = {LLVM::ZExtOp::create(e.builder, e.loc, e.builder.getI16Type(), operands.front())};
  std::string constraints;
  for (int i = 0; i < words.count; ++i) constraints += std::string(1, words.letter()) + ",";
  operands.append({pointer(reg), predicate});
  e.inlinePtx("@$" + std::to_string(words.count + 1) + " st.global" + words.suffix() + " [$" +
                  std::to_string(words.count) + "], " + words.operands(0) + ";",
              constraints + "l,b", operands);
}

void GlobalAccess::storeHalves(int reg, ValueRange elements, Value firstInside, Value secondInside) {
  Registers operands = e.pack(elements, type.getTileElementType(), 4);
  operands.append({pointer(reg), firstInside, secondInside});
  e.inlinePtx("{ .reg .b16 lo, hi; mov.b32 {lo, hi}, $0; @$2 st.global.b16 [$1], lo; @$3 st.global.b16 [$1+2], hi; }",
              "r,l,b,b", operands);
}

void GlobalAccess::add(int reg, Value element, Value predicate) {
  bool isDouble = element.getType().isF64(), isFloat = element.getType().isF32();
  const char *suffix = isDouble ? "f64" : isFloat ? "f32" : "u32", *letter = isDouble ? "d" : isFloat ? "f" : "r";
  e.inlinePtx(std::string("@$2 red.relaxed.gpu.global.add.") + suffix + " [$1], $0;", std::string(letter) + ",l,b",
              {element, pointer(reg), predicate});
}

/// Consecutive registers that one access may move: consecutive in memory, aligned, and all inside or all outside.
static int accessWidth(const layout::Distributed &layout, tile::GlobalType type, ValueRange offsets) {
  int dim = static_cast<int>(type.getContiguousDim());
  if (dim < 0) return 1;
  int64_t most = std::min<int64_t>(type.getAlign(), 16) / type.getElementBytes();
  return static_cast<int>(
      std::max<int64_t>(1, std::min({int64_t(layout.vectorWidth(dim)), most, sched::divisorOf(offsets[dim])})));
}

void tilewright::lowerLoad(Emitter &e, tile::LoadOp op) {
  auto layout = sched::layoutOf(op.getResult().getType());
  GlobalAccess access(e, op.getSource(), op.getOffsets(), layout);
  int width = accessWidth(layout, op.getSource().getType(), op.getOffsets());
  Registers result;
  for (int reg = 0; reg < layout.elementsPerThread(); reg += width) {
    Value inside = access.predicate(reg);
    for (Value element : access.load(reg, width, inside)) {
      if (op.getPad()) element = LLVM::SelectOp::create(e.builder, e.loc, inside, element, e.scalar(op.getPad()));
      result.push_back(element);
    }
  }
  e.bind(op.getResult(), std::move(result));
}

void tilewright::lowerStore(Emitter &e, tile::StoreOp op) {
  auto layout = sched::layoutOf(op.getValue().getType());
  GlobalAccess access(e, op.getDestination(), op.getOffsets(), layout);
  tile::GlobalType type = op.getDestination().getType();
  int width = accessWidth(layout, type, op.getOffsets());
  ArrayRef<Value> elements = e.registers(op.getValue());
  Value owner = e.isOwner(layout);
  auto writes = [&](int reg) { return e.conjunction(access.predicate(reg), owner); };
  if (op->hasAttr(sched::kAddsAttr)) {
    for (int reg = 0; reg < layout.elementsPerThread(); ++reg) access.add(reg, elements[reg], writes(reg));
    return;
  }
  if (width == 1 && type.getElementBytes() == 2 && type.getContiguousDim() >= 0 &&
      layout.vectorWidth(static_cast<int>(type.getContiguousDim())) > 1) {
    for (int reg = 0; reg < layout.elementsPerThread(); reg += 2)
      access.storeHalves(reg, elements.slice(reg, 2), writes(reg), writes(reg + 1));
    return;
  }
  for (int reg = 0; reg < layout.elementsPerThread(); reg += width)
    access.store(reg, elements.slice(reg, width), writes(reg));
}
