// Stages of pipes as the code of one thread sees them.

#ifndef TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_PIPES_H
#define TILEWRIGHT_LIB_CONVERSION_SCHEDTOLLVM_PIPES_H

#include "Emitter.h"

namespace tilewright {

/// The address in shared memory of the full or empty barrier of a stage.
mlir::Value barrierAddress(Emitter &e, sched::PipeOp pipe, mlir::Value stage, bool full);

/// Spins until the phase of the given parity is complete (PTX ISA 9.7.13.15.16). The result of the last test acquires;
/// `scope` is that of the threads whose arrivals completed it, ".acquire.cluster" or nothing for those of the block.
void waitFor(Emitter &e, mlir::Value barrier, mlir::Value parity, llvm::StringRef scope = "");

/// Waits until the next stage is empty. Returns it; the position is past it, and names its full barrier, on which the
/// producer has to arrive once.
mlir::Value acquireStage(Emitter &e, sched::PipeOp pipe);

/// Waits until the next stage is full. Returns it; the position is past it.
mlir::Value awaitStage(Emitter &e, sched::PipeOp pipe);

/// Says that this warp is done with a stage.
void giveBack(Emitter &e, sched::PipeOp pipe, mlir::Value stage);

/// Lowers a loop over tiles that a counter deals out.
mlir::LogicalResult lowerDealtLoop(Emitter &e, mlir::scf::ForOp loop, sched::DealOp deal);

} // namespace tilewright

#endif
