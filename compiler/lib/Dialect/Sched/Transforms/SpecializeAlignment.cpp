// Makes a variant of each kernel for memory that is aligned to 16 bytes.
//
//   tile.kernel @f(%x: !tile.global<?xf32>)   ->   tile.kernel @f(%x: !tile.global<?xf32, align = 16>)
//                                                  tile.kernel @f_general(%x: !tile.global<?xf32>)

#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_SPECIALIZEALIGNMENT
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

constexpr int64_t kVectorBytes = 16;

/// Whether all accesses to the argument take less of a row than a vector holds. Columns and single elements, scales
/// say, gain nothing from alignment, and their rows are often short.
bool isAccessedNarrowly(Value argument, tile::GlobalType global) {
  bool isAccessed = false;
  for (Operation *user : argument.getUsers()) {
    auto load = dyn_cast<tile::LoadOp>(user);
    auto store = dyn_cast<tile::StoreOp>(user);
    if (isa<tile::DimOp>(user)) continue;
    if (!load && !store) return false;
    auto tile = cast<RankedTensorType>(load ? load.getResult().getType() : store.getValue().getType());
    if (tile.getDimSize(global.getContiguousDim()) * global.getElementBytes() >= kVectorBytes) return false;
    isAccessed = true;
  }
  return isAccessed;
}

/// The argument's type under the fact, or the type itself where the fact would say nothing or is false.
Type alignedType(Value argument) {
  Type type = argument.getType();
  auto global = dyn_cast<tile::GlobalType>(type);
  if (!global || global.getContiguousDim() < 0 || global.getAlign() >= kVectorBytes) return type;
  if (isAccessedNarrowly(argument, global)) return type;
  auto breaks = [&](int64_t elements) {
    return !ShapedType::isDynamic(elements) && elements != 1 && elements * global.getElementBytes() % kVectorBytes != 0;
  };
  int64_t extent = global.getShape()[global.getContiguousDim()];
  bool extentBreaks = !ShapedType::isDynamic(extent) && extent * global.getElementBytes() % kVectorBytes != 0;
  // With two dimensions of stride one, rows start at any element.
  if (llvm::count(global.getStrides(), 1) > 1) return type;
  if (extentBreaks || llvm::any_of(global.getStrides(), breaks)) return type;
  return global.withAlign(kVectorBytes);
}

struct SpecializeAlignment : impl::SpecializeAlignmentBase<SpecializeAlignment> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<tile::KernelOp>())) {
      SmallVector<Type> aligned = llvm::map_to_vector(kernel.getBody().getArguments(), alignedType);
      if (ArrayRef<Type>(aligned) == kernel.getArgumentTypes()) continue;
      OpBuilder builder(kernel);
      builder.setInsertionPointAfter(kernel);
      auto general = cast<tile::KernelOp>(builder.clone(*kernel));
      general.setSymName((kernel.getSymName() + kGeneralSuffix).str());
      kernel.setFunctionType(builder.getFunctionType(aligned, {}));
      for (auto [argument, type] : llvm::zip_equal(kernel.getBody().getArguments(), aligned)) argument.setType(type);
    }
  }
};

} // namespace
} // namespace tilewright::sched
