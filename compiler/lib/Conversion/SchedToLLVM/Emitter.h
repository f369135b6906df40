// What the lowerings of all operation families share: a kernel seen from one thread.

#ifndef TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_EMITTER_H
#define TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_EMITTER_H

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"
#include "tilewright/Layout/BankConflicts.h"
#include "tilewright/Target/TargetInfo.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tilewright {

using Registers = llvm::SmallVector<mlir::Value>;

/// A tensor argument of the kernel: what the launch passes for it.
struct GlobalArgument {
  mlir::Value pointer;
  llvm::SmallVector<mlir::Value> sizes;   ///< i32, elements
  llvm::SmallVector<mlir::Value> strides; ///< i64, elements
};

/// Where a slot of a pipe lies in shared memory: `stage` times `stageBytes` past `start`.
struct SlotPlace {
  mlir::Value stage;
  int64_t stageBytes = 0, start = 0;
};

/// The position of one side of a pipe: variables of the thread.
struct PipeEnd {
  mlir::Value stage, parity;            ///< of the next acquire or await
  mlir::Value releasedStage, heldCount; ///< of the consumer: the next release
  mlir::Value fullBarrier;              ///< of the producer: of the stage acquired last, a shared address
};

/// Emits the body of one kernel as operations on scalars. A tile becomes one value per register of the thread, in the
/// order of its layout; an index becomes an i32.
class Emitter {
public:
  Emitter(tile::KernelOp kernel, const TargetInfo &target, mlir::Operation *sharedSymbol);

  /// Emits the whole kernel as an llvm.func before `kernel`. On failure a diagnostic was given.
  mlir::LogicalResult run();

  // What is known of values.

  /// The registers that hold a tile.
  const Registers &registers(mlir::Value tile);
  /// The value that a scalar became; the offset in bytes that a slot of shared memory became.
  mlir::Value scalar(mlir::Value value) { return scalars.lookup(value); }
  void bind(mlir::Value value, mlir::Value scalar) { scalars[value] = scalar; }
  void bind(mlir::Value tile, Registers registers) { tiles[tile] = std::move(registers); }
  const GlobalArgument &global(mlir::Value argument) { return globals.find(argument)->second; }

  // The thread.

  mlir::Value thread() { return threadId; }
  mlir::Value lane() { return laneId; }
  mlir::Value warp() { return warpId; }
  /// The part of the coordinate along `dim` that depends on the thread, i32.
  mlir::Value threadCoordinate(const layout::Distributed &layout, int dim);
  /// The thread's part of an offset in shared memory, in elements: to be combined as xorPart and addPart.
  std::pair<mlir::Value, mlir::Value> threadOffset(const layout::ThreadOffsets &offsets);
  /// Whether this thread is the owner among those that hold copies; null if all threads are.
  mlir::Value isOwner(const layout::Distributed &layout);

  // Small emissions.

  mlir::Value i32(int64_t value);
  mlir::Value i64(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, int64_t b);
  mlir::Value bitXor(mlir::Value a, mlir::Value b);
  mlir::Value conjunction(mlir::Value a, mlir::Value b);
  mlir::Value toI64(mlir::Value i32Value);
  /// Calls an intrinsic of LLVM by name.
  mlir::Value intrinsic(llvm::StringRef name, mlir::Type result, mlir::ValueRange operands);
  void intrinsic(llvm::StringRef name, mlir::ValueRange operands);
  /// Inline PTX with the given constraints. Several results come as one struct.
  mlir::Value inlinePtx(llvm::StringRef text, llvm::StringRef constraints, mlir::Type result,
                        mlir::ValueRange operands);
  void inlinePtx(llvm::StringRef text, llvm::StringRef constraints, mlir::ValueRange operands);
  llvm::SmallVector<mlir::Value> unpackStruct(mlir::Value aggregate);
  /// The address in shared memory of `bytes` past the start, and of constant bytes past another address.
  mlir::Value sharedAddress(mlir::Value bytes);
  mlir::Value addressPlus(mlir::Value address, mlir::Value bytes);
  mlir::Value addressPlus(mlir::Value address, int64_t bytes);
  /// The threads that compute meet (bar.sync); with producer warps beside them, by a barrier of their own.
  void barrier();
  /// All threads of the blocks of a cluster meet (barrier.cluster), those of diverged warps too.
  void clusterBarrier();
  /// The number of this block in its cluster, i32.
  mlir::Value clusterRank();
  /// The threads of each computing warpgroup meet, by a barrier of its own; in roles only.
  void warpgroupBarrier();
  /// The number of this thread's warpgroup, which the assembler too knows to be one value in a warp; in roles only.
  mlir::Value warpgroup() { return warpgroupId; }
  /// A variable of the thread: memory that LLVM turns into registers.
  mlir::Value variable();
  mlir::Value load(mlir::Value variable);
  void store(mlir::Value variable, mlir::Value value);
  /// The parameter of a tensor map, as an address.
  mlir::Value tensorMap(const sched::TensorMap &map);
  /// The start of shared memory as a number, i32.
  mlir::Value sharedStart();
  SlotPlace &slotPlace(mlir::Value slot) { return slotPlaces[slot]; }
  /// The position of the running role in a pipe.
  PipeEnd &pipeEnd(mlir::Value pipe);
  /// Adds to the count of bank conflicts that layouts predict: extra wavefronts of the worst warp, each access of the
  /// code once.
  void countConflicts(layout::Wavefronts wavefronts) { conflicts += wavefronts.conflicts(); }

  // Elements and words.

  /// The LLVM type of a register that holds an element.
  mlir::Type registerType(mlir::Type elementType);
  /// Packs elements into words of `wordBytes` bytes (integers), lowest element in the lowest bits.
  Registers pack(mlir::ValueRange elements, mlir::Type elementType, int wordBytes);
  Registers unpack(mlir::ValueRange words, mlir::Type elementType);

  mlir::Type registerTypeOf(mlir::Value tile);

  tile::KernelOp kernel;
  const TargetInfo &target;
  mlir::OpBuilder builder;
  mlir::Location loc;

  // The lowering of each family; `visit` calls the one that an operation belongs to.
  mlir::LogicalResult visit(mlir::Operation *op);
  mlir::LogicalResult visitBlock(mlir::Block &block);

private:
  void declareFunction();
  mlir::LogicalResult visitBlocks(tile::BlocksOp blocks);
  void bindTile(mlir::Value number, mlir::ValueRange extents, mlir::ValueRange indices);
  mlir::LogicalResult visitFor(mlir::scf::ForOp loop);
  mlir::LogicalResult visitIf(mlir::scf::IfOp branch);
  mlir::LogicalResult visitRoles(sched::RolesOp roles);
  /// Flattened registers or scalars of values, in order; and back.
  Registers flatten(mlir::ValueRange values);
  void bindFlattened(mlir::ValueRange values, mlir::ValueRange flat);
  llvm::SmallVector<mlir::Type> flatTypes(mlir::TypeRange types);

  mlir::Operation *sharedSymbol;
  int64_t conflicts = 0;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Value threadId, laneId, warpId, warpgroupId, blockId, sharedBase;
  llvm::DenseMap<mlir::Value, mlir::Value> scalars;
  llvm::DenseMap<mlir::Value, Registers> tiles;
  llvm::DenseMap<mlir::Value, GlobalArgument> globals;
  llvm::SmallVector<mlir::Value> tensorMaps;
  llvm::DenseMap<mlir::Value, PipeEnd> pipeEnds;
  llvm::DenseMap<mlir::Value, SlotPlace> slotPlaces;
  bool inRole = false;
};

// One function per family, each in its own file. They return failure after a diagnostic.
mlir::LogicalResult lowerElementwise(Emitter &emitter, mlir::Operation *op);
void lowerBroadcast(Emitter &emitter, tile::BroadcastOp op);
void lowerReindex(Emitter &emitter, mlir::Operation *op);
void lowerIota(Emitter &emitter, tile::IotaOp op);
void lowerConvert(Emitter &emitter, sched::ConvertOp op);
void lowerLoad(Emitter &emitter, tile::LoadOp op);
void lowerStore(Emitter &emitter, tile::StoreOp op);
void lowerCopy(Emitter &emitter, sched::CopyOp op);
void lowerSlot(Emitter &emitter, sched::SlotOp op);
void lowerRead(Emitter &emitter, sched::ReadOp op);
void lowerWrite(Emitter &emitter, sched::WriteOp op);
void lowerReduce(Emitter &emitter, sched::ReduceOp op);
mlir::LogicalResult lowerDot(Emitter &emitter, sched::DotOp op);
void lowerWgmma(Emitter &emitter, sched::DotOp op);
void lowerDotWait(Emitter &emitter, sched::DotWaitOp op);
/// Initialises the barriers of a pipe; one thread does it.
void initializePipe(Emitter &emitter, sched::PipeOp op);
void lowerAcquire(Emitter &emitter, sched::AcquireOp op);
void lowerTmaLoad(Emitter &emitter, sched::TmaLoadOp op);
void lowerAwait(Emitter &emitter, sched::AwaitOp op);
void lowerRelease(Emitter &emitter, sched::ReleaseOp op);
void lowerPart(Emitter &emitter, sched::PartOp op);
void lowerGroupBarrier(Emitter &emitter, sched::GroupBarrierOp op);
void lowerTmaStore(Emitter &emitter, sched::TmaStoreOp op);
void lowerStoreWait(Emitter &emitter, sched::StoreWaitOp op);

/// Where the elements of an operand of a product lie, with its dimensions in the order of the product (M x K or K x N).
layout::Memory operandMemory(sched::SharedType type, bool transposed);

/// Reads (writes) the registers of a tile at `memory` in shared memory, `slot` bytes from its start.
Registers readShared(Emitter &emitter, const layout::AccessPlan &plan, mlir::Value slot, mlir::Type elementType,
                     int64_t registerCount);
void writeShared(Emitter &emitter, const layout::AccessPlan &plan, mlir::Value slot, mlir::Type elementType,
                 mlir::ValueRange registers, mlir::Value predicate);

/// Exchanges a value between lanes as i32 words, by the given instruction.
mlir::Value shuffleWords(Emitter &emitter, mlir::Value value, mlir::Type elementType,
                         llvm::function_ref<mlir::Value(mlir::Value)> exchange);

/// Combines two elements as a reduction does.
mlir::Value combine(Emitter &emitter, mlir::Value a, mlir::Value b, tile::ReduceKind kind, bool isUnsigned);

} // namespace tilewright

#endif
