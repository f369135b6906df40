// Expansions and conversions as PTX: every one of them passes the gate and assembles for every target.
#include "target_test_support.hpp"

#include "tilewright/Conversion/MathExpansion.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace tilewright;
using namespace tilewright::test;
using mlir::Location;
using mlir::OpBuilder;
using mlir::Value;

namespace {

/// A kernel that loads values, applies functions and stores results.
class KernelBuilder {
public:
  KernelBuilder() : context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED), b(&context) {
    context.loadAllAvailableDialects();
    loc = b.getUnknownLoc();
    module = mlir::ModuleOp::create(*loc);
    b.setInsertionPointToEnd(module->getBody());
    auto pointer = mlir::LLVM::LLVMPointerType::get(&context, 1);
    auto type = mlir::LLVM::LLVMFunctionType::get(mlir::LLVM::LLVMVoidType::get(&context), {pointer});
    auto function = mlir::LLVM::LLVMFuncOp::create(b, *loc, "k", type);
    function->setAttr("nvvm.kernel", b.getUnitAttr());
    function->setAttr("nvvm.reqntid", b.getDenseI32ArrayAttr({32}));
    b.setInsertionPointToStart(function.addEntryBlock(b));
    base = function.getArgument(0);
  }

  Value load(mlir::Type type) { return mlir::LLVM::LoadOp::create(b, *loc, type, nextAddress(), 0, true); }
  void store(Value value) { mlir::LLVM::StoreOp::create(b, *loc, value, nextAddress(), 0, true); }

  EmittedPtx emit(std::string_view targetName) {
    mlir::LLVM::ReturnOp::create(b, *loc, mlir::ValueRange{});
    Result<EmittedPtx> ptx = emitPtx(*module, target(targetName));
    if (!ptx) FAIL(ptx.failure().message);
    return *ptx;
  }

  mlir::MLIRContext context;
  OpBuilder b;
  std::optional<Location> loc;

private:
  static mlir::DialectRegistry makeRegistry() {
    mlir::DialectRegistry registry;
    registerPtxEmission(registry);
    return registry;
  }

  Value nextAddress() {
    Value index = mlir::LLVM::ConstantOp::create(b, *loc, b.getI64Type(), b.getI64IntegerAttr(offset += 8));
    return mlir::LLVM::GEPOp::create(b, *loc, base.getType(), b.getI8Type(), base, mlir::ValueRange{index});
  }

  mlir::OwningOpRef<mlir::ModuleOp> module;
  Value base;
  std::int64_t offset = 0;
};

using Unary = Value (*)(OpBuilder &, Location, Value, MathOptions);
constexpr Unary unaries[] = {emitExp, emitExp2, emitLog,   emitLog2,      emitTanh,
                             emitErf, emitSqrt, emitRsqrt, emitReciprocal};
using Binary = Value (*)(OpBuilder &, Location, Value, Value);
constexpr Binary binaries[] = {emitMinimum, emitMaximum, emitMinNum, emitMaxNum};

using enum CastElement;
constexpr CastElement elements[] = {F64, F32, Tf32, F16, Bf16, E4m3, E5m2, S64, S32, S16, S8, U64, U32, U16, U8, Bool};

mlir::Type typeOf(OpBuilder &b, CastElement element) {
  switch (element) {
  case F64: return b.getF64Type();
  case F32:
  case Tf32: return b.getF32Type();
  case F16: return b.getF16Type();
  case Bf16: return b.getBF16Type();
  case S64:
  case U64: return b.getI64Type();
  case S32:
  case U32: return b.getI32Type();
  case S16:
  case U16: return b.getI16Type();
  case Bool: return b.getI1Type();
  default: return b.getI8Type();
  }
}

bool has(const EmittedPtx &ptx, std::string_view part) { return ptx.ptx.find(part) != std::string::npos; }

constexpr std::string_view targetNames[] = {"sm_80", "sm_89", "sm_90a"};

} // namespace

TEST_CASE("functions of every type assemble on every target") {
  for (std::string_view name : targetNames) {
    KernelBuilder kernel;
    OpBuilder &b = kernel.b;
    for (mlir::Type type : {mlir::Type(b.getF64Type()), mlir::Type(b.getF32Type()), mlir::Type(b.getF16Type()),
                            mlir::Type(b.getBF16Type())}) {
      for (bool fast : {false, true}) {
        for (Unary function : unaries) {
          Value result = function(b, *kernel.loc, kernel.load(type), {fast});
          CHECK(result.getType() == type);
          kernel.store(result);
        }
        kernel.store(emitDivide(b, *kernel.loc, kernel.load(type), kernel.load(type), {fast}));
      }
      for (Binary function : binaries) kernel.store(function(b, *kernel.loc, kernel.load(type), kernel.load(type)));
      kernel.store(emitAbs(b, *kernel.loc, kernel.load(type)));
      kernel.store(emitFma(b, *kernel.loc, kernel.load(type), kernel.load(type), kernel.load(type)));
    }
    mustAssemble(kernel.emit(name), name);
  }
}

TEST_CASE("expansions keep their operations apart") {
  KernelBuilder kernel;
  kernel.store(emitExp(kernel.b, *kernel.loc, kernel.load(kernel.b.getF32Type())));
  EmittedPtx ptx = kernel.emit("sm_80");
  INFO(ptx.ptx);
  // Without .rn the assembler may merge a product and a sum into one rounding.
  CHECK(has(ptx, "mul.rn.f32"));
  CHECK_FALSE(has(ptx, "mul.f32"));
  CHECK_FALSE(has(ptx, "add.f32"));
  CHECK_FALSE(has(ptx, "sub.f32"));
  CHECK(has(ptx, "max.NaN.f32"));
  CHECK(has(ptx, "ex2.approx.f32"));
  CHECK_FALSE(has(ptx, "call"));
}

TEST_CASE("every pair of element types converts and assembles on every target") {
  for (std::string_view name : targetNames) {
    KernelBuilder kernel;
    for (CastElement from : elements)
      for (CastElement to : elements) {
        Value result = emitCast(kernel.b, *kernel.loc, kernel.load(typeOf(kernel.b, from)), from, to, target(name));
        CHECK(result.getType() == typeOf(kernel.b, to));
        kernel.store(result);
      }
    mustAssemble(kernel.emit(name), name);
  }
}

TEST_CASE("pairs convert by one instruction where the target has it") {
  for (std::string_view name : targetNames) {
    KernelBuilder kernel;
    OpBuilder &b = kernel.b;
    for (CastElement to : {F16, Bf16, E4m3, E5m2}) {
      Value pair =
          emitPackedCast(b, *kernel.loc, kernel.load(b.getF32Type()), kernel.load(b.getF32Type()), to, target(name));
      kernel.store(pair);
      auto [low, high] = emitUnpackedCast(b, *kernel.loc, kernel.load(pair.getType()), to, target(name));
      kernel.store(low);
      kernel.store(high);
    }
    EmittedPtx ptx = kernel.emit(name);
    INFO(ptx.ptx);
    CHECK(has(ptx, "cvt.rn.f16x2.f32"));
    CHECK(has(ptx, "cvt.rn.bf16x2.f32"));
    CHECK(has(ptx, "cvt.rn.satfinite.e4m3x2.f32") == target(name).hasFp8Conversion);
    CHECK(has(ptx, "cvt.rn.f16x2.e5m2x2") == target(name).hasFp8Conversion);
    mustAssemble(ptx, name);
  }
}
