// Lowers what touches shared memory: slots, reads, writes, copies from global memory.

#include "GlobalAccess.h"
#include "SharedAccess.h"
#include "tilewright/Layout/WritePlan.h"

using namespace mlir;
using namespace tilewright;

PlanAddresses::PlanAddresses(Emitter &e, const layout::ThreadOffsets &thread, Value slot, int64_t elementBytes)
    : e(e), slot(slot), elementBytes(elementBytes) {
  std::tie(xorPart, addPart) = e.threadOffset(thread);
}

Value PlanAddresses::at(layout::Offset constant) {
  Value &base = bases[constant.xorPart];
  if (!base) {
    Value elements = xorPart;
    if (constant.xorPart) elements = e.bitXor(elements, e.i32(constant.xorPart));
    elements = e.add(elements, addPart);
    // The slot last: what precedes it does not change in a loop.
    base = e.addressPlus(e.sharedAddress(e.multiply(elements, elementBytes)), slot);
  }
  return e.addressPlus(base, int64_t(constant.addPart) * elementBytes);
}

static Type accessType(Emitter &e, int64_t bytes, int wordBytes) {
  Type word = e.builder.getIntegerType(8 * wordBytes);
  int64_t count = bytes / wordBytes;
  return count == 1 ? word : Type(VectorType::get({count}, word));
}

Registers tilewright::readAccess(Emitter &e, const layout::AccessPlan &plan, PlanAddresses &addresses, int access,
                                 Type elementType) {
  int64_t elementBytes = sched::elementBytesOf(elementType), bytes = plan.vectorWidth * elementBytes;
  int wordBytes = wordBytesFor(bytes, elementBytes);
  Value loaded = LLVM::LoadOp::create(e.builder, e.loc, accessType(e, bytes, wordBytes),
                                      addresses.at(plan.constant(access)), static_cast<unsigned>(bytes));
  if (!isa<VectorType>(loaded.getType())) return e.unpack(loaded, elementType);
  Registers words;
  for (int64_t i = 0; i < bytes / wordBytes; ++i)
    words.push_back(LLVM::ExtractElementOp::create(e.builder, e.loc, loaded, e.i32(i)));
  return e.unpack(words, elementType);
}

Registers tilewright::readShared(Emitter &e, const layout::AccessPlan &plan, Value slot, Type elementType,
                                 int64_t registerCount) {
  e.countConflicts(layout::bankConflicts(plan, static_cast<int>(sched::elementBytesOf(elementType))));
  PlanAddresses addresses(e, plan.thread, slot, sched::elementBytesOf(elementType));
  Registers result(registerCount, Value());
  for (int access = 0; access < plan.accesses(); ++access)
    for (auto [i, element] : llvm::enumerate(readAccess(e, plan, addresses, access, elementType)))
      result[plan.order[access * plan.vectorWidth + i]] = element;
  return result;
}

void tilewright::writeShared(Emitter &e, const layout::AccessPlan &plan, Value slot, Type elementType,
                             ValueRange registers, Value predicate) {
  int64_t elementBytes = sched::elementBytesOf(elementType), bytes = plan.vectorWidth * elementBytes;
  int wordBytes = wordBytesFor(bytes, elementBytes);
  e.countConflicts(layout::bankConflicts(plan, static_cast<int>(elementBytes)));
  OpBuilder::InsertionGuard guard(e.builder);
  if (predicate) {
    auto branch = scf::IfOp::create(e.builder, e.loc, predicate, /*withElseRegion=*/false);
    e.builder.setInsertionPointToStart(branch.thenBlock());
  }
  PlanAddresses addresses(e, plan.thread, slot, elementBytes);
  for (int access = 0; access < plan.accesses(); ++access) {
    Registers elements;
    for (int i = 0; i < plan.vectorWidth; ++i) elements.push_back(registers[plan.order[access * plan.vectorWidth + i]]);
    Registers words = e.pack(elements, elementType, wordBytes);
    Value value = words.front();
    if (words.size() > 1) {
      value = LLVM::UndefOp::create(e.builder, e.loc, accessType(e, bytes, wordBytes));
      for (auto [i, word] : llvm::enumerate(words))
        value = LLVM::InsertElementOp::create(e.builder, e.loc, value, word, e.i32(static_cast<int64_t>(i)));
    }
    LLVM::StoreOp::create(e.builder, e.loc, value, addresses.at(plan.constant(access)), static_cast<unsigned>(bytes));
  }
}

void tilewright::lowerSlot(Emitter &e, sched::SlotOp op) {
  auto ring = cast<sched::RingType>(op.getRing().getType());
  int64_t start = op.getRing().getDefiningOp<sched::AllocOp>().getOffset().value_or(0);
  int64_t stages = ring.getStages(), ahead = op.getAhead();
  if (!op.getIteration() || stages == 1)
    return e.bind(op.getResult(), e.i32(start + ahead % stages * ring.getSlotBytes()));
  Value number = e.add(e.scalar(op.getIteration()), ahead % stages ? e.i32(ahead % stages) : Value());
  number = LLVM::URemOp::create(e.builder, e.loc, number, e.i32(stages));
  e.bind(op.getResult(), e.add(e.multiply(number, ring.getSlotBytes()), e.i32(start)));
}

void tilewright::lowerRead(Emitter &e, sched::ReadOp op) {
  auto shared = op.getSource().getType();
  auto layout = sched::layoutOf(op.getResult().getType());
  auto plan = layout::planAccess(layout, shared.getLayout(), static_cast<int>(shared.getElementBytes()));
  e.bind(op.getResult(),
         readShared(e, plan, e.scalar(op.getSource()), shared.getElementType(), layout.elementsPerThread()));
}

/// Writes a tile in 8 x 8 matrices of 16-bit elements.
static void writeMatrices(Emitter &e, const layout::MatrixPlan &plan, Value slot, Type elementType,
                          ValueRange registers) {
  int elementBytes = static_cast<int>(sched::elementBytesOf(elementType));
  e.countConflicts(layout::bankConflicts(plan, elementBytes));
  PlanAddresses addresses(e, plan.thread, slot, elementBytes);
  Registers words = e.pack(registers, elementType, 4);
  std::string name = "llvm.nvvm.stmatrix.sync.aligned.m8n8.x" + std::to_string(plan.matrices) +
                     (plan.transposed ? ".trans" : "") + ".b16";
  for (const layout::MatrixStep &step : plan.steps) {
    SmallVector<Value> operands = {addresses.at(step.constant)};
    for (int i = 0; i < plan.matrices; ++i) operands.push_back(words[step.b32[i]]);
    e.intrinsic(name, operands);
  }
}

void tilewright::lowerWrite(Emitter &e, sched::WriteOp op) {
  auto shared = op.getDestination().getType();
  auto layout = sched::layoutOf(op.getValue().getType());
  int elementBytes = static_cast<int>(shared.getElementBytes());
  if (auto matrices = layout::planMatrixWrite(layout, shared.getLayout(), elementBytes);
      matrices && e.target.hasStmatrix)
    return writeMatrices(e, *matrices, e.scalar(op.getDestination()), shared.getElementType(),
                         e.registers(op.getValue()));
  auto plan = layout::planWrite(layout, shared.getLayout(), elementBytes);
  Registers registers = e.registers(op.getValue());
  if (!plan.partner.empty()) {
    Value bit = LLVM::AndOp::create(e.builder, e.loc, e.lane(), e.i32(int64_t(1) << plan.lane));
    Value exchanges = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ne, bit, e.i32(0));
    for (auto [reg, value] : llvm::enumerate(e.registers(op.getValue())))
      registers[plan.partner[reg]] =
          LLVM::SelectOp::create(e.builder, e.loc, exchanges, value, e.registers(op.getValue())[plan.partner[reg]]);
  }
  writeShared(e, plan.access, e.scalar(op.getDestination()), shared.getElementType(), registers, e.isOwner(layout));
}

void tilewright::lowerCopy(Emitter &e, sched::CopyOp op) {
  auto shared = op.getDestination().getType();
  auto layout = op.getLayout().getLayout();
  int64_t elementBytes = shared.getElementBytes(), bytes = op.getBytes();
  int width = static_cast<int>(bytes / elementBytes);
  auto plan = layout::planAccess(layout, shared.getLayout(), static_cast<int>(elementBytes), static_cast<int>(bytes));
  GlobalAccess global(e, op.getSource(), op.getOffsets(), layout);
  Value active = e.conjunction(op.getPredicate() ? e.scalar(op.getPredicate()) : Value(), e.isOwner(layout));

  if (!op.getAsync()) {
    Registers elements;
    for (int reg = 0; reg < layout.elementsPerThread(); reg += width)
      llvm::append_range(elements, global.load(reg, width, e.conjunction(global.predicate(reg), active)));
    return writeShared(e, plan, e.scalar(op.getDestination()), shared.getElementType(), elements, active);
  }
  e.countConflicts(layout::bankConflicts(plan, static_cast<int>(elementBytes)));
  PlanAddresses addresses(e, plan.thread, e.scalar(op.getDestination()), elementBytes);
  std::string text = std::string(active ? "@$3 " : "") + "cp.async." + (bytes == 16 ? "cg" : "ca") +
                     ".shared.global [$0], [$1], " + std::to_string(bytes) + ", $2;";
  for (int reg = 0; reg < layout.elementsPerThread(); reg += width) {
    // Outside the tensor nothing is read and the slot is filled with zeros.
    Value size = LLVM::SelectOp::create(e.builder, e.loc, global.predicate(reg), e.i32(bytes), e.i32(0));
    Value destination =
        LLVM::PtrToIntOp::create(e.builder, e.loc, e.builder.getI32Type(), addresses.at(plan.registers[reg]));
    SmallVector<Value> operands = {destination, global.pointer(reg), size};
    if (active) operands.push_back(active);
    e.inlinePtx(text, active ? "r,l,r,b" : "r,l,r", operands);
  }
}
