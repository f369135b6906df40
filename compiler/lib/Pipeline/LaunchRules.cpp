// Launch rules of scheduled kernels: arguments, preconditions, grid, parameters.

#include "LaunchRules.h"

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tilewright;
namespace rt = tw::rt;

namespace {

constexpr int64_t kRegistersOfThread = 168;
/// Workspaces begin at multiples of so many bytes, as the memory that the launch provides does.
constexpr int64_t kWorkspaceAlignment = 256;

rt::ElementType elementTypeOf(Type type) {
  if (type.isF64()) return rt::ElementType::f64;
  if (type.isF32()) return rt::ElementType::f32;
  if (type.isF16()) return rt::ElementType::f16;
  if (type.isBF16()) return rt::ElementType::bf16;
  if (isa<Float8E4M3FNType>(type)) return rt::ElementType::e4m3;
  if (isa<Float8E5M2Type>(type)) return rt::ElementType::e5m2;
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 64: return isUnsigned ? rt::ElementType::u64 : rt::ElementType::i64;
  case 32: return isUnsigned ? rt::ElementType::u32 : rt::ElementType::i32;
  case 16: return isUnsigned ? rt::ElementType::u16 : rt::ElementType::i16;
  case 8: return isUnsigned ? rt::ElementType::u8 : rt::ElementType::i8;
  default: return rt::ElementType::boolean;
  }
}

std::vector<int64_t> withDynamic(ArrayRef<int64_t> values) {
  std::vector<int64_t> result;
  for (int64_t value : values) result.push_back(ShapedType::isDynamic(value) ? rt::dynamic : value);
  return result;
}

/// An index of the kernel as an expression over its arguments, or nothing.
std::optional<rt::Expression> expressionOf(Value index) {
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant))) return rt::Expression(constant.getSExtValue());
  if (auto argument = dyn_cast<BlockArgument>(index)) return rt::scalar(static_cast<int>(argument.getArgNumber()));
  Operation *op = index.getDefiningOp();
  if (auto dim = dyn_cast<tile::DimOp>(op))
    return rt::size(static_cast<int>(cast<BlockArgument>(dim.getSource()).getArgNumber()),
                    static_cast<int>(dim.getDim()));
  if (isa<arith::IndexCastOp, arith::ExtSIOp>(op)) return expressionOf(op->getOperand(0));
  if (op->getNumOperands() != 2) return {};
  auto a = expressionOf(op->getOperand(0)), b = expressionOf(op->getOperand(1));
  if (!a || !b) return {};
  if (isa<arith::AddIOp>(op)) return *a + *b;
  if (isa<arith::SubIOp>(op)) return *a - *b;
  if (isa<arith::MulIOp>(op)) return *a * *b;
  if (isa<arith::CeilDivUIOp, arith::CeilDivSIOp>(op)) return rt::ceil_div(*a, *b);
  if (isa<arith::DivUIOp>(op)) return rt::floor_div(*a, *b);
  if (isa<arith::DivSIOp>(op)) {
    // Toward zero: one more than the floor where signs differ and something is left over.
    auto differ = rt::not_equal(rt::less(*a, 0), rt::less(*b, 0));
    return rt::floor_div(*a, *b) + differ * rt::not_equal(rt::modulo(*a, *b), 0);
  }
  if (isa<arith::MinUIOp, arith::MinSIOp>(op)) return rt::minimum(*a, *b);
  if (isa<arith::MaxUIOp, arith::MaxSIOp>(op)) return rt::maximum(*a, *b);
  return {};
}

/// The arguments that a caller gives.
ArrayRef<Type> ownArgumentTypes(tile::KernelOp kernel) {
  return kernel.getArgumentTypes().drop_back(static_cast<size_t>(sched::workspacesOf(kernel)));
}

rt::ArgumentRule argumentRule(tile::KernelOp kernel, unsigned index) {
  rt::ArgumentRule rule;
  rule.name = kernel.getArgName(index);
  Type type = kernel.getArgumentTypes()[index];
  auto global = dyn_cast<tile::GlobalType>(type);
  rule.kind = global ? rt::ArgumentRule::Kind::tensor : rt::ArgumentRule::Kind::scalar;
  rule.type = elementTypeOf(global ? global.getElementType() : type);
  if (!global) return rule;
  rule.sizes = withDynamic(global.getShape());
  rule.strides = withDynamic(global.getStrides());
  return rule;
}

/// What the alignment that a variant was compiled for asks of one argument.
void addAlignment(rt::Variant &variant, tile::KernelOp kernel, unsigned index) {
  auto global = dyn_cast<tile::GlobalType>(kernel.getArgumentTypes()[index]);
  if (!global || global.getAlign() <= global.getElementBytes()) return;
  int64_t align = global.getAlign(), bytes = global.getElementBytes();
  int argument = static_cast<int>(index);
  std::string name = kernel.getArgName(index), multiple = " must be a multiple of " + std::to_string(align) + " bytes";
  auto require = [&](rt::Expression value, const std::string &what) {
    variant.preconditions.push_back(
        {rt::equal(rt::modulo(std::move(value), align), 0), what + " of " + name + multiple});
  };
  require(rt::address(argument), "the address");
  for (auto [dim, stride] : llvm::enumerate(global.getStrides()))
    if (ShapedType::isDynamic(stride))
      require(rt::stride(argument, static_cast<int>(dim)) * bytes, "stride " + std::to_string(dim));
  int64_t dim = global.getContiguousDim();
  if (dim >= 0 && ShapedType::isDynamic(global.getShape()[dim]))
    require(rt::size(argument, static_cast<int>(dim)) * bytes, "extent " + std::to_string(dim));
}

/// An extent or stride of an argument, known or given with each call.
rt::Expression extentOf(int64_t known, rt::Expression given) {
  return ShapedType::isDynamic(known) ? std::move(given) : rt::Expression(known);
}

rt::TensorMapRule tensorMapRule(const sched::TensorMap &map) {
  auto global = cast<tile::GlobalType>(map.argument.getType());
  int argument = static_cast<int>(map.argument.getArgNumber()), inner = static_cast<int>(global.getContiguousDim()),
      outer = 1 - inner;
  layout::Memory memory = map.slot.getLayout();
  rt::TensorMapRule rule;
  rule.argument = argument;
  rule.type = elementTypeOf(global.getElementType());
  for (int dim : {inner, outer}) rule.sizes.push_back(extentOf(global.getShape()[dim], rt::size(argument, dim)));
  rule.strides = {extentOf(global.getStrides()[outer], rt::stride(argument, outer)) * global.getElementBytes()};
  rule.box = {memory.panelElements(), map.rows};
  rule.swizzle_bytes = static_cast<int>(memory.swizzle());
  return rule;
}

/// What a tensor map asks for beyond alignment: no extent is zero, and neither is the stride.
void addMapPreconditions(rt::Variant &variant, tile::KernelOp kernel) {
  llvm::SmallDenseSet<unsigned> seen;
  for (const sched::TensorMap &map : sched::tensorMapsOf(kernel)) {
    unsigned index = map.argument.getArgNumber();
    if (!seen.insert(index).second) continue;
    auto global = cast<tile::GlobalType>(map.argument.getType());
    int argument = static_cast<int>(index);
    std::string name = kernel.getArgName(index);
    auto require = [&](rt::Expression value, const std::string &what) {
      variant.preconditions.push_back({rt::less(0, std::move(value)), what + " of " + name + " must be positive"});
    };
    for (auto [dim, size] : llvm::enumerate(global.getShape()))
      if (ShapedType::isDynamic(size))
        require(rt::size(argument, static_cast<int>(dim)), "extent " + std::to_string(dim));
    for (auto [dim, stride] : llvm::enumerate(global.getStrides()))
      if (ShapedType::isDynamic(stride))
        require(rt::stride(argument, static_cast<int>(dim)), "stride " + std::to_string(dim));
  }
}

/// How many blocks the reference product of the target holds at once, as shared memory and threads allow; registers are
/// counted as a full block of three warpgroups has them.
int64_t residentBlocks(const rt::KernelRule &rule, int64_t sharedBytes, const TargetInfo &target) {
  int64_t threads = rule.block[0], perMultiprocessor = target.sharedPerMultiprocessor;
  perMultiprocessor /= sharedBytes + target.sharedReservedPerBlock;
  perMultiprocessor = std::min(perMultiprocessor, target.registersPerMultiprocessor / (threads * kRegistersOfThread));
  return target.multiprocessors * std::clamp<int64_t>(perMultiprocessor, 1, target.blocksPerMultiprocessor);
}

/// The number of blocks of a grid, in whole clusters, before some of them go on to further tiles; or a diagnostic.
FailureOr<rt::Expression> gridOf(tile::KernelOp kernel) {
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  int64_t cluster = schedule.getCluster();
  rt::Expression blocks = 1;
  auto grid = kernel.getBlocks();
  if (!grid) return blocks;
  for (auto [axis, extent] : llvm::enumerate(grid.getExtents())) {
    auto expression = expressionOf(extent);
    if (!expression) {
      auto diagnostic = grid.emitError() << "extent " << axis << " of the grid is not known at launch";
      diagnostic.attachNote() << "fix: compute it from sizes and scalar parameters by +, -, *, /, min, max";
      return diagnostic;
    }
    auto extentOrNone = rt::maximum(*expression, 0);
    // Whole clusters, also where the last one reaches over the edge.
    if (cluster > 1 && static_cast<int64_t>(axis) == schedule.getClusterAxis())
      extentOrNone = rt::ceil_div(extentOrNone, cluster) * cluster;
    blocks = axis == 0 ? extentOrNone : blocks * extentOrNone;
  }
  return blocks;
}

/// A workspace of a kernel: its place in the memory that the launch provides, and its rows, if only a launch knows
/// them.
struct Workspace {
  rt::Expression offset, bytes;
  std::optional<rt::Expression> rows = {};
  bool isZeroFirst = false;
};

/// The workspaces of a kernel, for `grid` blocks, one after the other.
SmallVector<Workspace> workspacesOf(tile::KernelOp kernel, const rt::Expression &grid) {
  SmallVector<Workspace> result;
  rt::Expression end = 0;
  auto add = [&](rt::Expression bytes, std::optional<rt::Expression> rows, bool isZeroFirst) {
    result.push_back({end, bytes, std::move(rows), isZeroFirst});
    end = result.size() == 1 ? bytes : end + bytes;
  };
  auto types = kernel.getArgumentTypes().take_back(static_cast<size_t>(sched::workspacesOf(kernel)));
  if (auto split = kernel->getAttrOfType<sched::SplitAttr>(sched::kSplitAttr)) {
    rt::Expression tiles = split.getBlocksPerTile() > 1 ? rt::floor_div(grid, split.getBlocksPerTile()) : grid;
    for (auto [type, rowsOfTile] : llvm::zip(types, split.getRows())) {
      auto global = cast<tile::GlobalType>(type);
      rt::Expression rows = tiles * rowsOfTile;
      int64_t rowBytes = global.getShape().back() * global.getElementBytes();
      add(rt::ceil_div(rows * rowBytes, kWorkspaceAlignment) * kWorkspaceAlignment, rows, split.getUnordered());
    }
  }
  if (kernel->hasAttr(sched::kCounterAttr)) add(kWorkspaceAlignment, {}, true);
  return result;
}

FailureOr<rt::KernelRule> kernelRule(tile::KernelOp kernel, const TargetInfo &target) {
  rt::KernelRule rule;
  rule.entry = kernel.getSymName().str();
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  rule.block = {static_cast<int>(32 * (schedule.getWarps() + schedule.getProducerWarps())), 1, 1};
  int64_t sharedBytes = kernel->getAttrOfType<IntegerAttr>(sched::kSharedBytesAttr).getInt();
  rule.shared_bytes = sharedBytes;
  int64_t cluster = schedule.getCluster();
  auto grid = gridOf(kernel);
  if (failed(grid)) return failure();
  rt::Expression blocks = *grid;
  if (schedule.getPersistent())
    blocks = rt::minimum(blocks, residentBlocks(rule, sharedBytes, target) / cluster * cluster);
  rule.grid = {blocks, 1, 1};
  rule.cluster = {static_cast<int>(cluster), 1, 1};
  for (auto [index, type] : llvm::enumerate(ownArgumentTypes(kernel))) {
    auto add = [&, argument = static_cast<int>(index)](rt::ParameterRule::Kind kind, size_t dimension) {
      rule.parameters.push_back({kind, argument, static_cast<int>(dimension)});
    };
    auto global = dyn_cast<tile::GlobalType>(type);
    add(global ? rt::ParameterRule::Kind::address : rt::ParameterRule::Kind::scalar, 0);
    if (!global) continue;
    for (auto [dim, size] : llvm::enumerate(global.getShape()))
      if (ShapedType::isDynamic(size)) add(rt::ParameterRule::Kind::size_i32, dim);
    for (auto [dim, stride] : llvm::enumerate(global.getStrides()))
      if (ShapedType::isDynamic(stride)) add(rt::ParameterRule::Kind::stride_i64, dim);
  }
  for (const Workspace &workspace : workspacesOf(kernel, *grid)) {
    rule.parameters.push_back({rt::ParameterRule::Kind::workspace, 0, 0, workspace.offset});
    if (workspace.rows) rule.parameters.push_back({rt::ParameterRule::Kind::value_i32, 0, 0, *workspace.rows});
  }
  for (const sched::TensorMap &map : sched::tensorMapsOf(kernel)) {
    rt::ParameterRule parameter;
    parameter.kind = rt::ParameterRule::Kind::tensor_map;
    parameter.tensor_map = tensorMapRule(map);
    rule.parameters.push_back(std::move(parameter));
  }
  return rule;
}

} // namespace

/// Adds what a kernel asks for, and its start, to a variant.
static LogicalResult addStep(rt::Variant &variant, tile::KernelOp kernel, const TargetInfo &target) {
  addMapPreconditions(variant, kernel);
  auto step = kernelRule(kernel, target);
  if (failed(step)) return failure();
  variant.steps.push_back(*step);
  return success();
}

/// The memory that a variant, whose first kernel is `kernel`, needs beside its arguments, and what of it is zero at
/// first.
static LogicalResult addWorkspaces(rt::Variant &variant, tile::KernelOp kernel) {
  auto grid = gridOf(kernel);
  if (failed(grid)) return failure();
  for (const Workspace &workspace : workspacesOf(kernel, *grid)) {
    if (workspace.isZeroFirst) variant.steps.push_back(rt::MemsetRule{-1, workspace.offset, workspace.bytes, 0});
    variant.workspace_bytes =
        workspace.offset == rt::Expression(0) ? workspace.bytes : workspace.offset + workspace.bytes;
  }
  return success();
}

FailureOr<rt::LaunchRule> tilewright::makeLaunchRule(ArrayRef<tile::KernelOp> kernels, const TargetInfo &target) {
  rt::LaunchRule rule;
  tile::KernelOp first = kernels.front();
  for (unsigned index = 0; index < ownArgumentTypes(first).size(); ++index)
    rule.arguments.push_back(argumentRule(first, index));
  for (tile::KernelOp kernel : kernels) {
    auto split = kernel->getAttrOfType<sched::SplitAttr>(sched::kSplitAttr);
    if (split && split.getStep() == sched::SplitStep::Whole) {
      if (failed(addStep(rule.variants.back(), kernel, target))) return failure();
      continue;
    }
    rt::Variant variant;
    variant.name = kernel.getSymName().str();
    for (unsigned index = 0; index < ownArgumentTypes(kernel).size(); ++index) addAlignment(variant, kernel, index);
    if (failed(addWorkspaces(variant, kernel)) || failed(addStep(variant, kernel, target))) return failure();
    rule.variants.push_back(std::move(variant));
  }
  if (auto status = rt::verify(rule); !status) return first.emitError() << status.fault().message, failure();
  return rule;
}
