// Small emissions that the lowerings of all families use.

#include "Emitter.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tilewright;

/// Barrier 0 is the whole block's; those from kFirstGroupBarrier on are of one computing warpgroup each.
static constexpr int kConsumerBarrier = 1, kFirstGroupBarrier = 2;

const Registers &Emitter::registers(Value tile) { return tiles.find(tile)->second; }

//===-- arithmetic ------------------------------------------------------------------------------------------------===//

Value Emitter::i32(int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, builder.getI32Type(), static_cast<int32_t>(value));
}

Value Emitter::i64(int64_t value) { return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), value); }

Value Emitter::add(Value a, Value b) {
  if (!a || !b) return a ? a : b;
  return LLVM::AddOp::create(builder, loc, a, b);
}

Value Emitter::multiply(Value a, int64_t b) {
  if (b == 1) return a;
  return LLVM::MulOp::create(builder, loc, a, a.getType().isInteger(64) ? i64(b) : i32(b));
}

Value Emitter::bitXor(Value a, Value b) {
  if (!a || !b) return a ? a : b;
  return LLVM::XOrOp::create(builder, loc, a, b);
}

Value Emitter::conjunction(Value a, Value b) {
  if (!a || !b) return a ? a : b;
  return LLVM::AndOp::create(builder, loc, a, b);
}

Value Emitter::toI64(Value i32Value) { return LLVM::SExtOp::create(builder, loc, builder.getI64Type(), i32Value); }

//===-- instructions ----------------------------------------------------------------------------------------------===//

Value Emitter::intrinsic(StringRef name, Type result, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, result, builder.getStringAttr(name), operands).getResult(0);
}

void Emitter::intrinsic(StringRef name, ValueRange operands) {
  LLVM::CallIntrinsicOp::create(builder, loc, builder.getStringAttr(name), operands);
}

static LLVM::InlineAsmOp createPtx(OpBuilder &builder, Location loc, StringRef text, StringRef constraints,
                                   TypeRange results, ValueRange operands) {
  return LLVM::InlineAsmOp::create(builder, loc, results, operands, text, constraints, /*has_side_effects=*/true,
                                   /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
                                   LLVM::AsmDialectAttr(), /*operand_attrs=*/ArrayAttr());
}

Value Emitter::inlinePtx(StringRef text, StringRef constraints, Type result, ValueRange operands) {
  return createPtx(builder, loc, text, constraints, result, operands).getResult(0);
}

void Emitter::inlinePtx(StringRef text, StringRef constraints, ValueRange operands) {
  createPtx(builder, loc, text, constraints, TypeRange(), operands);
}

SmallVector<Value> Emitter::unpackStruct(Value aggregate) {
  auto type = dyn_cast<LLVM::LLVMStructType>(aggregate.getType());
  if (!type) return {aggregate};
  SmallVector<Value> members;
  for (int64_t i = 0, end = type.getBody().size(); i < end; ++i)
    members.push_back(LLVM::ExtractValueOp::create(builder, loc, aggregate, i));
  return members;
}

Value Emitter::sharedAddress(Value bytes) { return addressPlus(sharedBase, bytes); }

Value Emitter::sharedStart() { return LLVM::PtrToIntOp::create(builder, loc, builder.getI32Type(), sharedBase); }

Value Emitter::addressPlus(Value address, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, address.getType(), builder.getI8Type(), address,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value Emitter::addressPlus(Value address, int64_t bytes) {
  if (bytes == 0) return address;
  return LLVM::GEPOp::create(builder, loc, address.getType(), builder.getI8Type(), address,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

void Emitter::barrier() {
  if (!inRole) return intrinsic("llvm.nvvm.barrier.cta.sync.aligned.all", i32(0));
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  intrinsic("llvm.nvvm.barrier.cta.sync.aligned.count", {i32(kConsumerBarrier), i32(32 * schedule.getWarps())});
}

void Emitter::clusterBarrier() {
  intrinsic("llvm.nvvm.barrier.cluster.arrive", {});
  intrinsic("llvm.nvvm.barrier.cluster.wait", {});
}

Value Emitter::clusterRank() { return intrinsic("llvm.nvvm.read.ptx.sreg.cluster.ctarank", builder.getI32Type(), {}); }

void Emitter::warpgroupBarrier() {
  intrinsic("llvm.nvvm.barrier.cta.sync.aligned.count", {add(warpgroup(), i32(kFirstGroupBarrier)), i32(128)});
}

//===-- variables of the thread -----------------------------------------------------------------------------------===//

Value Emitter::variable() {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), builder.getI32Type(),
                                i32(1));
}

Value Emitter::load(Value variable) { return LLVM::LoadOp::create(builder, loc, builder.getI32Type(), variable); }

void Emitter::store(Value variable, Value value) { LLVM::StoreOp::create(builder, loc, value, variable); }

PipeEnd &Emitter::pipeEnd(Value pipe) {
  PipeEnd &end = pipeEnds[pipe];
  if (!end.stage)
    for (Value *place : {&end.stage, &end.parity, &end.releasedStage, &end.heldCount}) *place = variable();
  return end;
}

Value Emitter::tensorMap(const sched::TensorMap &map) {
  auto maps = sched::tensorMapsOf(kernel);
  return tensorMaps[llvm::find(maps, map) - maps.begin()];
}

//===-- elements and words ----------------------------------------------------------------------------------------===//

Type Emitter::registerType(Type elementType) {
  if (isa<Float8E4M3FNType, Float8E5M2Type>(elementType)) return builder.getI8Type();
  if (elementType.isIndex()) return builder.getI32Type();
  return elementType;
}

Type Emitter::registerTypeOf(Value tile) {
  return registerType(cast<RankedTensorType>(tile.getType()).getElementType());
}

Registers Emitter::pack(ValueRange elements, Type elementType, int wordBytes) {
  int elementBytes = static_cast<int>(sched::elementBytesOf(elementType)), perWord = wordBytes / elementBytes;
  Type integer = builder.getIntegerType(elementBytes * 8), word = builder.getIntegerType(wordBytes * 8);
  Registers words;
  for (size_t first = 0; first < elements.size(); first += perWord) {
    SmallVector<Value> bits;
    for (Value element : elements.slice(first, perWord)) {
      if (element.getType().isInteger(1))
        element = LLVM::ZExtOp::create(builder, loc, integer, element);
      else if (element.getType() != integer)
        element = LLVM::BitcastOp::create(builder, loc, integer, element);
      bits.push_back(element);
    }
    if (perWord == 1) {
      words.push_back(bits.front());
      continue;
    }
    auto vector = VectorType::get({perWord}, integer);
    Value packed = LLVM::UndefOp::create(builder, loc, vector);
    for (auto [i, element] : llvm::enumerate(bits))
      packed = LLVM::InsertElementOp::create(builder, loc, packed, element, i32(i));
    words.push_back(LLVM::BitcastOp::create(builder, loc, word, packed));
  }
  return words;
}

Registers Emitter::unpack(ValueRange words, Type elementType) {
  int elementBytes = static_cast<int>(sched::elementBytesOf(elementType));
  Type integer = builder.getIntegerType(elementBytes * 8), type = registerType(elementType);
  auto finish = [&](Value bits) -> Value {
    if (type.isInteger(1)) return LLVM::TruncOp::create(builder, loc, type, bits);
    return bits.getType() == type ? bits : LLVM::BitcastOp::create(builder, loc, type, bits);
  };
  Registers elements;
  for (Value word : words) {
    int perWord = static_cast<int>(word.getType().getIntOrFloatBitWidth()) / (8 * elementBytes);
    if (perWord == 1) {
      elements.push_back(finish(word));
      continue;
    }
    Value vector = LLVM::BitcastOp::create(builder, loc, VectorType::get({perWord}, integer), word);
    for (int i = 0; i < perWord; ++i)
      elements.push_back(finish(LLVM::ExtractElementOp::create(builder, loc, vector, i32(i))));
  }
  return elements;
}

//===-- the thread ------------------------------------------------------------------------------------------------===//

namespace {

/// A linear function of the bits of a lane or warp number: the contribution of every set bit.
struct BitTerm {
  Value number;
  int bit;
  int64_t contribution;
};

} // namespace

/// Sum of the contributions, by as few shifts and masks as runs of doubling contributions allow. Contributions of one
/// run may not carry into each other.
static Value combineTerms(Emitter &e, ArrayRef<BitTerm> terms, function_ref<Value(Value, Value)> join) {
  Value sum;
  for (size_t i = 0; i < terms.size();) {
    if (terms[i].contribution == 0) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    int64_t used = terms[i].contribution;
    auto continues = [&](size_t next) {
      return terms[next].number == terms[i].number && terms[next].bit == terms[next - 1].bit + 1 &&
             terms[next].contribution == 2 * terms[next - 1].contribution && (terms[next].contribution & used) == 0;
    };
    for (; end < terms.size() && continues(end); ++end) used |= terms[end].contribution;
    int64_t mask = (int64_t(1) << (end - i)) - 1;
    Value bits = terms[i].number;
    if (terms[i].bit) bits = LLVM::LShrOp::create(e.builder, e.loc, bits, e.i32(terms[i].bit));
    bits = LLVM::AndOp::create(e.builder, e.loc, bits, e.i32(mask));
    bits = e.multiply(bits, terms[i].contribution);
    sum = sum ? join(sum, bits) : bits;
    i = end;
  }
  return sum;
}

Value Emitter::threadCoordinate(const layout::Distributed &layout, int dim) {
  SmallVector<BitTerm> terms;
  for (int bit = 0; bit < layout::Distributed::laneBits; ++bit)
    terms.push_back({laneId, bit, layout.laneBasis(bit)[dim]});
  for (int bit = 0; bit < layout.warpBits(); ++bit) terms.push_back({warpId, bit, layout.warpBasis(bit)[dim]});
  Value sum = combineTerms(*this, terms, [&](Value a, Value b) { return add(a, b); });
  return sum ? sum : i32(0);
}

std::pair<Value, Value> Emitter::threadOffset(const layout::ThreadOffsets &offsets) {
  SmallVector<BitTerm> xorTerms, addTerms;
  auto collect = [&](Value number, int bit, layout::Offset offset) {
    xorTerms.push_back({number, bit, int64_t(offset.xorPart)});
    addTerms.push_back({number, bit, int64_t(offset.addPart)});
  };
  for (auto [bit, offset] : llvm::enumerate(offsets.lane)) collect(laneId, static_cast<int>(bit), offset);
  for (auto [bit, offset] : llvm::enumerate(offsets.warp)) collect(warpId, static_cast<int>(bit), offset);
  Value xorPart = combineTerms(*this, xorTerms, [&](Value a, Value b) { return bitXor(a, b); });
  Value addPart = combineTerms(*this, addTerms, [&](Value a, Value b) { return add(a, b); });
  return {xorPart ? xorPart : i32(0), addPart};
}

Value Emitter::isOwner(const layout::Distributed &layout) {
  Value owner;
  auto require = [&](Value number, uint32_t mask) {
    if (!mask) return;
    Value bits = LLVM::AndOp::create(builder, loc, number, i32(mask));
    owner = conjunction(owner, LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, bits, i32(0)));
  };
  require(laneId, layout.replicatedLanes());
  require(warpId, layout.replicatedWarps());
  return owner;
}
