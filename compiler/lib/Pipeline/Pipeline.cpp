// The passes of the compiler, in order: the table of contents of everything that happens to a kernel.

#include "Pipeline.h"

#include "tilewright/Conversion/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Tile/Transforms/Passes.h"
#include "tilewright/Target/Nvptx/EmitPtx.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tilewright::addSchedulingPasses(OpPassManager &passes, const CompileOptions &options) {
  // Simplify: variables become values, products absorb what surrounds them.
  auto &simplify = passes.nest<tile::KernelOp>();
  simplify.addPass(tile::createSlotsToSsa());
  simplify.addPass(tile::createFoldDots());
  simplify.addPass(createCanonicalizerPass());
  simplify.addPass(createCSEPass());

  // One variant for aligned memory, one for any.
  passes.addPass(sched::createSpecializeAlignment());

  // Long sums of few tiles: in parts, by several blocks.
  sched::SplitReductionOptions split;
  split.target = options.target;
  split.splits = options.schedule.splits;
  split.unordered = !options.schedule.deterministic;
  passes.addPass(sched::createSplitReduction(split));

  auto &schedule = passes.nest<tile::KernelOp>();
  // Plan: choose what the schedule leaves open.
  sched::PlanOptions plan;
  plan.target = options.target;
  plan.stages = options.schedule.stages;
  plan.warps = options.schedule.warps;
  plan.atom = options.schedule.atom;
  plan.swizzle = options.schedule.swizzle;
  plan.rasterGroup = options.schedule.rasterGroup;
  plan.persistent = options.schedule.persistent ? *options.schedule.persistent : -1;
  plan.cluster = options.schedule.cluster;
  plan.multicast = options.schedule.multicast;
  plan.order = options.schedule.order;
  plan.reversed = options.schedule.reversed;
  plan.dynamic = options.schedule.dynamic;
  schedule.addPass(sched::createPlan(plan));
  // Staging, layouts, pipelining.
  schedule.addPass(sched::createStageOperands());
  schedule.addPass(sched::createAssignLayouts({options.target}));
  schedule.addPass(sched::createSpecializeWarps());
  schedule.addPass(sched::createOverlapProducts());
  schedule.addPass(sched::createMakePersistent());
  schedule.addPass(sched::createPipelineLoops());
  schedule.addPass(createCanonicalizerPass());
  schedule.addPass(createCSEPass());
  // Shared memory, and the waits and barriers that its use needs.
  schedule.addPass(sched::createWaitForStores());
  schedule.addPass(sched::createPlaceShared({options.target}));
  schedule.addPass(sched::createInsertBarriers());
}

void tilewright::addCheckingPasses(OpPassManager &passes) {
  // What was made is proved to keep its protocols.
  passes.nest<tile::KernelOp>().addPass(sched::createCheckProtocol());
}

void tilewright::addLoweringPasses(OpPassManager &passes, const CompileOptions &options) {
  // One thread's view of each kernel, then upstream's conversions of what is left.
  passes.addPass(createConvertSchedToLLVM({options.target}));
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  // Line directives, which the line map of the artifact is made of.
  passes.addPass(LLVM::createDIScopeForLLVMFuncOpPass({LLVM::DIEmissionKind::DebugDirectivesOnly}));
}

void tilewright::registerPipelineDialects(DialectRegistry &registry) {
  registry.insert<tile::TileDialect, sched::SchedDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect,
                  cf::ControlFlowDialect>();
  registerPtxEmission(registry);
}
