// The MLIR context of a thread, and modules parsed into it.

#include "ThreadContext.h"

#include "Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

MLIRContext &tilewright::threadContext() {
  thread_local MLIRContext context = [] {
    DialectRegistry registry;
    registerPipelineDialects(registry);
    return MLIRContext(registry, MLIRContext::Threading::DISABLED);
  }();
  context.loadAllAvailableDialects();
  return context;
}

OwningOpRef<ModuleOp> tilewright::parseModule(MLIRContext &context, std::string_view text, std::string_view fileName) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, fileName), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
}
