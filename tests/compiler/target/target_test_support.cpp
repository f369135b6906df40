// What tests of the PTX back end share.
#include "target_test_support.hpp"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <catch2/catch.hpp>

namespace tilewright::test {

const TargetInfo &target(std::string_view name) {
  Result<const TargetInfo *> found = findTarget(name);
  REQUIRE(found);
  return **found;
}

Result<EmittedPtx> emitText(std::string_view mlirText, std::string_view targetName, const EmitOptions &options) {
  mlir::DialectRegistry registry;
  registerPtxEmission(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(llvm::StringRef(mlirText.data(), mlirText.size()), &context);
  REQUIRE(module);
  return emitPtx(*module, target(targetName), options);
}

EmittedPtx mustEmit(std::string_view mlirText, std::string_view targetName, const EmitOptions &options) {
  Result<EmittedPtx> result = emitText(mlirText, targetName, options);
  if (!result) FAIL(result.failure().message);
  return *result;
}

const Assembler *assemblerOrSkip() {
  static const Result<Assembler> found = findAssembler();
  if (found) return &*found;
  WARN("SKIPPED: " << found.failure().message);
  return nullptr;
}

void mustAssemble(const EmittedPtx &ptx, std::string_view targetName) {
  const Assembler *assembler = assemblerOrSkip();
  if (!assembler) return;
  Result<AssembledCubin> cubin = assemble(ptx.ptx, target(targetName), *assembler);
  if (!cubin) FAIL(cubin.failure().message << "\n" << ptx.ptx);
  CHECK(cubin->cubin.size() > 100);
}

} // namespace tilewright::test
