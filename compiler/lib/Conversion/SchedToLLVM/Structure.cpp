// Lowers the structure of a kernel: the function, the grid, loops and branches.

#include "Pipes.h"

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tilewright;

static constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;
static constexpr int64_t kTensorMapBytes = 128, kTensorMapAlignment = 64;
/// Three warpgroups enter with 168 registers each, 504 together: what the producer gives up the consumers take.
static constexpr int64_t kProducerRegisters = 24, kConsumerRegisters = 240;

/// Whether warpgroups exchange registers. With one consumer warpgroup there are enough for all from the start.
static bool givesRegisters(sched::ScheduleAttr schedule) {
  return schedule.getProducerWarps() > 0 && schedule.getWarps() == 8;
}

Emitter::Emitter(tile::KernelOp kernel, const TargetInfo &target, Operation *sharedSymbol)
    : kernel(kernel), target(target), builder(kernel), loc(kernel.getLoc()), sharedSymbol(sharedSymbol) {}

LogicalResult Emitter::run() {
  declareFunction();
  if (failed(visitBlock(kernel.getBody().front()))) return failure();
  function->setAttr(sched::kBankConflictsAttr, builder.getI64IntegerAttr(conflicts));
  return success();
}

/// Parameters, in this order for each argument: pointer, symbolic sizes (i32), symbolic strides (i64); or the scalar.
/// Tensor maps follow, by value.
void Emitter::declareFunction() {
  auto pointerType = LLVM::LLVMPointerType::get(builder.getContext(), kGlobalSpace);
  SmallVector<Type> parameters;
  for (Type type : kernel.getArgumentTypes()) {
    auto global = dyn_cast<tile::GlobalType>(type);
    if (!global) {
      parameters.push_back(registerType(type));
      continue;
    }
    parameters.push_back(pointerType);
    for (int64_t size : global.getShape())
      if (ShapedType::isDynamic(size)) parameters.push_back(builder.getI32Type());
    for (int64_t stride : global.getStrides())
      if (ShapedType::isDynamic(stride)) parameters.push_back(builder.getI64Type());
  }
  size_t firstMap = parameters.size();
  auto maps = sched::tensorMapsOf(kernel);
  parameters.append(maps.size(), LLVM::LLVMPointerType::get(builder.getContext()));
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), parameters);
  function = LLVM::LLVMFuncOp::create(builder, loc, kernel.getSymName(), type);
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    builder.getDenseI32ArrayAttr(
                        {static_cast<int32_t>(32 * (schedule.getWarps() + schedule.getProducerWarps())), 1, 1}));
  if (schedule.getCluster() > 1)
    function->setAttr(NVVM::NVVMDialect::getClusterDimAttrName(),
                      builder.getDenseI32ArrayAttr({static_cast<int32_t>(schedule.getCluster()), 1, 1}));
  if (givesRegisters(schedule))
    function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), builder.getI32IntegerAttr(1));
  auto mapType = LLVM::LLVMArrayType::get(builder.getI8Type(), kTensorMapBytes);
  for (size_t i = firstMap; i < parameters.size(); ++i) {
    unsigned number = static_cast<unsigned>(i);
    function.setArgAttr(number, LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(mapType));
    function.setArgAttr(number, LLVM::LLVMDialect::getAlignAttrName(), builder.getI64IntegerAttr(kTensorMapAlignment));
    function.setArgAttr(number, NVVM::NVVMDialect::getGridConstantAttrName(), builder.getUnitAttr());
  }
  builder.setInsertionPointToStart(function.addEntryBlock(builder));

  auto parameter = function.getArguments().begin();
  for (Value argument : kernel.getBody().getArguments()) {
    auto global = dyn_cast<tile::GlobalType>(argument.getType());
    if (!global) {
      bind(argument, *parameter++);
      continue;
    }
    GlobalArgument memory;
    memory.pointer = *parameter++;
    for (int64_t size : global.getShape())
      memory.sizes.push_back(ShapedType::isDynamic(size) ? Value(*parameter++) : i32(size));
    for (int64_t stride : global.getStrides())
      memory.strides.push_back(ShapedType::isDynamic(stride) ? Value(*parameter++) : i64(stride));
    globals[argument] = std::move(memory);
  }
  tensorMaps.assign(parameter, function.getArguments().end());
  threadId = intrinsic("llvm.nvvm.read.ptx.sreg.tid.x", builder.getI32Type(), {});
  blockId = intrinsic("llvm.nvvm.read.ptx.sreg.ctaid.x", builder.getI32Type(), {});
  laneId = LLVM::AndOp::create(builder, loc, threadId, i32(31));
  warpId = LLVM::LShrOp::create(builder, loc, threadId, i32(5));
  sharedBase = LLVM::AddressOfOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), kSharedSpace),
                                         cast<LLVM::GlobalOp>(sharedSymbol).getSymName());
}

LogicalResult Emitter::visitBlock(Block &block) {
  for (Operation &op : block)
    if (failed(visit(&op))) return failure();
  return success();
}

LogicalResult Emitter::visit(Operation *op) {
  loc = op->getLoc();
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](tile::BlocksOp blocks) { return visitBlocks(blocks); })
      .Case([&](scf::ForOp loop) { return visitFor(loop); })
      .Case([&](scf::IfOp branch) { return visitIf(branch); })
      .Case([&](tile::ReturnOp) {
        LLVM::ReturnOp::create(builder, loc, ValueRange());
        return success();
      })
      .Case([&](sched::RolesOp roles) { return visitRoles(roles); })
      .Case([&](sched::BlockNumberOp number) { return bind(number.getResult(), blockId), success(); })
      .Case([&](sched::BlockCountOp count) {
        bind(count.getResult(), intrinsic("llvm.nvvm.read.ptx.sreg.nctaid.x", builder.getI32Type(), {}));
        return success();
      })
      .Case([&](sched::ClusterRankOp rank) { return bind(rank.getResult(), clusterRank()), success(); })
      .Case([&](sched::ClusterBarrierOp) { return clusterBarrier(), success(); })
      .Case([&](sched::TileIndicesOp tile) {
        return bindTile(scalar(tile.getNumber()), tile.getExtents(), tile.getIndices()), success();
      })
      .Case<scf::YieldOp, tile::YieldOp, sched::AllocOp, sched::PipeOp, sched::DealOp>(
          [](Operation *) { return success(); })
      .Case([&](tile::DimOp dim) {
        bind(dim.getResult(), global(dim.getSource()).sizes[dim.getDim()]);
        return success();
      })
      .Case([&](tile::BroadcastOp broadcast) { return lowerBroadcast(*this, broadcast), success(); })
      .Case<tile::ReshapeOp, tile::TransposeOp>(
          [&](Operation *reindex) { return lowerReindex(*this, reindex), success(); })
      .Case([&](tile::IotaOp iota) { return lowerIota(*this, iota), success(); })
      .Case([&](tile::LoadOp load) { return lowerLoad(*this, load), success(); })
      .Case([&](tile::StoreOp store) { return lowerStore(*this, store), success(); })
      .Case([&](sched::ConvertOp convert) { return lowerConvert(*this, convert), success(); })
      .Case([&](sched::ReduceOp reduce) { return lowerReduce(*this, reduce), success(); })
      .Case([&](sched::SlotOp slot) { return lowerSlot(*this, slot), success(); })
      .Case([&](sched::ReadOp read) { return lowerRead(*this, read), success(); })
      .Case([&](sched::WriteOp write) { return lowerWrite(*this, write), success(); })
      .Case([&](sched::CopyOp copy) { return lowerCopy(*this, copy), success(); })
      .Case([&](sched::CommitOp) { return intrinsic("llvm.nvvm.cp.async.commit.group", {}), success(); })
      .Case([&](sched::WaitOp wait) {
        intrinsic("llvm.nvvm.cp.async.wait.group", i32(wait.getPending()));
        for (auto [slot, result] : llvm::zip_equal(wait.getSlots(), wait.getResults())) bind(result, scalar(slot));
        return success();
      })
      .Case([&](sched::BarrierOp) { return barrier(), success(); })
      .Case([&](sched::DotOp dot) { return lowerDot(*this, dot); })
      .Case([&](sched::DotWaitOp wait) { return lowerDotWait(*this, wait), success(); })
      .Case([&](sched::AcquireOp acquire) { return lowerAcquire(*this, acquire), success(); })
      .Case([&](sched::TmaLoadOp load) { return lowerTmaLoad(*this, load), success(); })
      .Case([&](sched::AwaitOp await) { return lowerAwait(*this, await), success(); })
      .Case([&](sched::ReleaseOp release) { return lowerRelease(*this, release), success(); })
      .Case([&](sched::PartOp part) { return lowerPart(*this, part), success(); })
      .Case([&](sched::FenceAsyncOp) { return inlinePtx("fence.proxy.async.shared::cta;", "", {}), success(); })
      .Case([&](sched::GroupBarrierOp barrier) { return lowerGroupBarrier(*this, barrier), success(); })
      .Case([&](sched::TmaStoreOp store) { return lowerTmaStore(*this, store), success(); })
      .Case([&](sched::StoreWaitOp wait) { return lowerStoreWait(*this, wait), success(); })
      .Default([&](Operation *other) { return lowerElementwise(*this, other); });
}

//===-- the grid --------------------------------------------------------------------------------------------------===//

LogicalResult Emitter::visitBlocks(tile::BlocksOp blocks) {
  // Blocks that go on to further tiles, and those of clusters, ask for their indices themselves.
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  if (!schedule.getPersistent() && schedule.getCluster() == 1)
    bindTile(blockId, blocks.getExtents(), blocks.getBody().getArguments());
  return visitBlock(blocks.getBody().front());
}

//===-- roles -----------------------------------------------------------------------------------------------------===//

/// The warps that compute come first, so that their numbers are those of the layouts; the producer's follow.
LogicalResult Emitter::visitRoles(sched::RolesOp roles) {
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  auto equals = [&](Value a, int64_t b) -> Value {
    return LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, a, i32(b));
  };
  OpBuilder::InsertionGuard guard(builder);
  auto first = scf::IfOp::create(builder, loc, equals(threadId, 0), /*withElseRegion=*/false);
  builder.setInsertionPointToStart(first.thenBlock());
  kernel.walk([&](sched::PipeOp pipe) { initializePipe(*this, pipe); });
  intrinsic("llvm.nvvm.fence.mbarrier_init.release.cluster", {});
  builder.setInsertionPointAfter(first);
  // The first stages of neighbours may be filled from here on.
  if (schedule.getCluster() > 1)
    clusterBarrier();
  else
    barrier();

  int64_t consumers = schedule.getWarps() / 4;
  inRole = true;
  Value number = LLVM::LShrOp::create(builder, loc, threadId, i32(7));
  warpgroupId = intrinsic("llvm.nvvm.shfl.sync.idx.i32", builder.getI32Type(), {i32(-1), number, i32(0), i32(31)});
  auto choice = scf::IfOp::create(builder, loc, equals(warpgroupId, consumers), /*withElseRegion=*/true);
  auto enter = [&](Block *block, int64_t registers, StringRef direction) {
    builder.setInsertionPointToStart(block);
    if (givesRegisters(schedule))
      intrinsic(("llvm.nvvm.setmaxnreg." + direction + ".sync.aligned.u32").str(), i32(registers));
    kernel.walk([&](sched::PipeOp pipe) {
      PipeEnd &end = pipeEnd(pipe);
      for (Value place : {end.stage, end.parity, end.releasedStage, end.heldCount}) store(place, i32(0));
    });
  };
  enter(choice.thenBlock(), kProducerRegisters, "dec");
  auto one = scf::IfOp::create(builder, loc, equals(threadId, 32 * schedule.getWarps()), /*withElseRegion=*/false);
  builder.setInsertionPointToStart(one.thenBlock());
  if (failed(visitBlock(roles.getProducer().front()))) return failure();
  enter(choice.elseBlock(), kConsumerRegisters, "inc");
  if (failed(visitBlock(roles.getConsumer().front()))) return failure();
  inRole = false;
  return success();
}

//===-- loops and branches ----------------------------------------------------------------------------------------===//

/// How many words of 32 bits the elements of a tile fill that loops and branches carry packed: LLVM would else carry
/// what they were narrowed from. 0 if each element has a register.
static int64_t packedWords(RankedTensorType tile) {
  Type element = tile.getElementType();
  int64_t bits = sched::layoutOf(tile).elementsPerThread() * element.getIntOrFloatBitWidth();
  return element.getIntOrFloatBitWidth() == 16 && bits % 32 == 0 ? bits / 32 : 0;
}

Registers Emitter::flatten(ValueRange values) {
  Registers flat;
  for (Value value : values) {
    auto tile = dyn_cast<RankedTensorType>(value.getType());
    if (!tile)
      flat.push_back(scalar(value));
    else if (packedWords(tile))
      llvm::append_range(flat, pack(registers(value), tile.getElementType(), 4));
    else
      llvm::append_range(flat, registers(value));
  }
  return flat;
}

SmallVector<Type> Emitter::flatTypes(TypeRange types) {
  SmallVector<Type> flat;
  for (Type type : types) {
    auto tile = dyn_cast<RankedTensorType>(type);
    if (!tile)
      flat.push_back(registerType(type));
    else if (int64_t words = packedWords(tile))
      flat.append(words, builder.getI32Type());
    else
      flat.append(sched::layoutOf(tile).elementsPerThread(), registerType(tile.getElementType()));
  }
  return flat;
}

void Emitter::bindFlattened(ValueRange values, ValueRange flat) {
  for (Value value : values) {
    auto tile = dyn_cast<RankedTensorType>(value.getType());
    if (!tile) {
      bind(value, flat.front());
      flat = flat.drop_front();
      continue;
    }
    int64_t words = packedWords(tile), count = words ? words : sched::layoutOf(tile).elementsPerThread();
    ValueRange own = flat.take_front(count);
    bind(value, words ? unpack(own, tile.getElementType()) : Registers(own));
    flat = flat.drop_front(count);
  }
}

LogicalResult Emitter::visitFor(scf::ForOp loop) {
  if (auto deal = loop.getStep().getDefiningOp<sched::DealOp>()) return lowerDealtLoop(*this, loop, deal);
  auto made = scf::ForOp::create(builder, loc, scalar(loop.getLowerBound()), scalar(loop.getUpperBound()),
                                 scalar(loop.getStep()), flatten(loop.getInitArgs()),
                                 [](OpBuilder &, Location, Value, ValueRange) {});
  builder.setInsertionPointToStart(made.getBody());
  bind(loop.getInductionVar(), made.getInductionVar());
  bindFlattened(loop.getRegionIterArgs(), made.getRegionIterArgs());
  if (failed(visitBlock(*loop.getBody()))) return failure();
  scf::YieldOp::create(builder, loc, flatten(loop.getYieldedValues()));
  builder.setInsertionPointAfter(made);
  bindFlattened(loop.getResults(), made.getResults());
  return success();
}

LogicalResult Emitter::visitIf(scf::IfOp branch) {
  auto made = scf::IfOp::create(builder, loc, flatTypes(branch.getResultTypes()), scalar(branch.getCondition()),
                                /*addThenBlock=*/true, /*addElseBlock=*/branch.elseBlock() != nullptr);
  auto fill = [&](Block *from, Block *to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(builder);
    to->clear();
    builder.setInsertionPointToStart(to);
    if (failed(visitBlock(*from))) return failure();
    scf::YieldOp::create(builder, loc, flatten(from->getTerminator()->getOperands()));
    return success();
  };
  if (failed(fill(branch.thenBlock(), made.thenBlock()))) return failure();
  if (branch.elseBlock() && failed(fill(branch.elseBlock(), made.elseBlock()))) return failure();
  bindFlattened(branch.getResults(), made.getResults());
  return success();
}
