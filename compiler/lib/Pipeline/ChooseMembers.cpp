// Chooses the block shape: finds the members that are extents of the product, and asks the model.

#include "tilewright/compiler/choose_members.h"

#include "Diagnostics.h"
#include "ProductModel.h"
#include "ThreadContext.h"

#include "tilewright/Dialect/Sched/Transforms/Products.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace tilewright;

namespace {

/// What a size counts as that only a launch knows.
constexpr int64_t kNominalSize = 4096;
/// The predicted gain below which a kernel keeps its members: the model is not finer than this.
constexpr double kWorthwhile = 0.95;
/// Predictions this close count as equal; the one with less traffic is taken.
constexpr double kEqual = 1.02;
/// Extents that are considered.
constexpr int64_t kLeastExtent = 16, kMostExtent = 256;
/// Members that may be extents; with more there would be too many combinations.
constexpr int64_t kMostExtents = 4;
constexpr double kLeastDepthBytes = 32, kMostDepthBytes = 128;

/// A trace, as far as the choice depends on it.
struct Facts {
  BlockShape block;
  ProductProblem problem;
  std::string structure; ///< the names of all operations
};

/// The tensor in memory that an operand is loaded from, maybe through elementwise operations; null if none is found.
/// `transposed` says whether its last two dimensions stand the other way round.
tile::GlobalType sourceOf(Value operand, bool &transposed) {
  while (Operation *op = operand.getDefiningOp()) {
    if (auto load = dyn_cast<tile::LoadOp>(op)) return cast<tile::GlobalType>(load.getSource().getType());
    if (isa<tile::TransposeOp>(op)) transposed = !transposed;
    Value next;
    for (Value input : op->getOperands())
      if (isa<RankedTensorType>(input.getType())) next = input;
    if (!next) break;
    operand = next;
  }
  return {};
}

/// A size, or the nominal one.
int64_t sizeOr(int64_t size, bool &nominal) {
  if (!ShapedType::isDynamic(size)) return std::max<int64_t>(size, 1);
  nominal = true;
  return kNominalSize;
}

/// Reads the sizes that the operand has in memory: `rows` x `columns` of the product, and how many of them.
void readSizes(Value operand, int64_t &rows, int64_t &columns, ProductProblem &problem) {
  bool transposed = false;
  tile::GlobalType source = sourceOf(operand, transposed);
  ArrayRef<int64_t> shape = source ? source.getShape() : ArrayRef<int64_t>();
  if (shape.size() < 2) {
    problem.nominal = true;
    rows = columns = kNominalSize;
    return;
  }
  rows = sizeOr(shape[shape.size() - 2], problem.nominal);
  columns = sizeOr(shape.back(), problem.nominal);
  if (transposed) std::swap(rows, columns);
  int64_t batch = 1;
  for (int64_t size : shape.drop_back(2)) batch *= ShapedType::isDynamic(size) ? 1 : std::max<int64_t>(size, 1);
  problem.batch = std::max(problem.batch, batch);
}

std::optional<Facts> factsOf(const std::string &text, const CompileOptions &options, const TargetInfo &target) {
  MLIRContext &context = threadContext();
  DiagnosticCollector ignored(context);
  auto module = parseModule(context, text, "trace");
  if (!module) return {};
  Facts facts;
  tile::DotOp dot;
  int products = 0;
  tile::KernelOp kernel;
  module->walk([&](Operation *op) {
    facts.structure += op->getName().getStringRef();
    facts.structure += '\n';
    if (auto found = dyn_cast<tile::KernelOp>(op)) kernel = found;
    if (auto found = dyn_cast<tile::DotOp>(op)) dot = found, ++products;
  });
  if (products != 1 || !kernel) return {};

  facts.block = {dot.getM(), dot.getN(), dot.getK()};
  ProductProblem &problem = facts.problem;
  int64_t rowsOfB = 0;
  readSizes(dot.getA(), problem.totalM, problem.totalK, problem);
  readSizes(dot.getB(), rowsOfB, problem.totalN, problem);
  auto atom = sched::symbolizeAtom(options.schedule.atom);
  if (!atom) atom = sched::chooseAtom(dot, target);
  problem.tensor = *atom != sched::Atom::Fma;
  if (options.schedule.atom.empty() || *atom == sched::Atom::Wgmma) problem.wgmma = sched::findWgmma(dot, target);
  problem.flopPerClock = sched::flopPerClock(dot, *atom, target);
  auto bytesOf = [](Type type) { return static_cast<double>(type.getIntOrFloatBitWidth()) / 8; };
  problem.bytesPerA = bytesOf(sched::elementTypeOf(dot.getA()));
  problem.bytesPerB = bytesOf(sched::elementTypeOf(dot.getB()));
  problem.bytesPerResult = 4;
  auto result = cast<RankedTensorType>(dot.getResult().getType());
  kernel.walk([&](tile::StoreOp store) {
    auto stored = cast<RankedTensorType>(store.getValue().getType());
    if (stored.getShape() == result.getShape()) problem.bytesPerResult = bytesOf(stored.getElementType());
  });
  problem.scaled = sched::isScaledInLoop(dot);
  problem.heavy = problem.scaled || sched::hasMathsOnResult(kernel, dot);
  if (options.schedule.stages) problem.stages = options.schedule.stages;
  problem.warps = options.schedule.warps;
  problem.cluster = std::max(1, options.schedule.cluster);
  return facts;
}

/// How a member scales the block: whether M, N and K grow with it.
struct Scales {
  bool m = false, n = false, k = false;
};

/// What the double of a member did; nothing if it is no extent.
std::optional<Scales> scalesOf(const Facts &base, const Facts &doubled) {
  if (base.structure != doubled.structure) return {};
  auto grew = [](int64_t before, int64_t after, bool &flag) {
    flag = after == 2 * before;
    return flag || after == before;
  };
  Scales scales;
  bool plain = grew(base.block.m, doubled.block.m, scales.m) && grew(base.block.n, doubled.block.n, scales.n) &&
               grew(base.block.k, doubled.block.k, scales.k);
  return plain && (scales.m || scales.n || scales.k) ? std::optional(scales) : std::nullopt;
}

/// `extent` times two to the power `shift`; 0 where that is no whole number.
int64_t scaled(int64_t extent, int shift) {
  if (shift >= 0) return extent << shift;
  return extent % (int64_t(1) << -shift) == 0 ? extent >> -shift : 0;
}

/// A block with the shifts of the members that led to it.
struct Candidate {
  std::vector<int> shifts;
  Prediction prediction;
  int distance = 0;
};

/// Visits all blocks that shifts of the open members make, with the shifts.
template <class Visit>
void eachBlock(const std::vector<std::optional<Scales>> &members, size_t next, std::vector<int> &shifts,
               BlockShape block, Visit visit) {
  constexpr int most = 4;
  if (next == members.size()) return visit(block);
  if (!members[next]) return eachBlock(members, next + 1, shifts, block, visit);
  for (int shift = -most; shift <= most; ++shift) {
    BlockShape moved = block;
    if (members[next]->m) moved.m = scaled(block.m, shift);
    if (members[next]->n) moved.n = scaled(block.n, shift);
    if (members[next]->k) moved.k = scaled(block.k, shift);
    if (moved.m == 0 || moved.n == 0 || moved.k == 0) continue;
    shifts[next] = shift;
    eachBlock(members, next + 1, shifts, moved, visit);
  }
  shifts[next] = 0;
}

} // namespace

std::vector<int64_t> tilewright::chooseMembers(std::vector<int64_t> values, const Retrace &retrace,
                                               const CompileOptions &options) {
  auto target = findTarget(options.target);
  if (!target || values.empty()) return values;
  auto read = [&](const std::vector<int64_t> &tried) -> std::optional<Facts> {
    auto text = retrace(tried);
    return text ? factsOf(*text, options, **target) : std::nullopt;
  };
  auto base = read(values);
  if (!base) return values;

  std::vector<std::optional<Scales>> members(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 1 || values[i] > kNominalSize) continue;
    std::vector<int64_t> tried = values;
    tried[i] *= 2;
    if (auto doubled = read(tried)) members[i] = scalesOf(*base, *doubled);
  }
  if (llvm::count_if(members, [](auto &scales) { return scales.has_value(); }) > kMostExtents) return values;
  auto given = predict(base->problem, base->block, **target);
  std::vector<Candidate> candidates;
  std::vector<int> shifts(values.size());
  eachBlock(members, 0, shifts, base->block, [&](BlockShape block) {
    double depth = static_cast<double>(block.k) * std::min(base->problem.bytesPerA, base->problem.bytesPerB);
    auto inRange = [](int64_t extent, int64_t own) {
      return extent == own || (extent >= kLeastExtent && extent <= kMostExtent);
    };
    if (!inRange(block.m, base->block.m) || !inRange(block.n, base->block.n)) return;
    if (block.k != base->block.k && (depth < kLeastDepthBytes || depth > kMostDepthBytes)) return;
    auto prediction = predict(base->problem, block, **target);
    if (!prediction) return;
    int distance = 0;
    for (int shift : shifts) distance += std::abs(shift);
    candidates.push_back({shifts, *prediction, distance});
  });
  if (candidates.empty()) return values;
  double least = candidates.front().prediction.clocks;
  for (const Candidate &candidate : candidates) least = std::min(least, candidate.prediction.clocks);
  if (given && given->clocks * kWorthwhile <= least) return values;
  const Candidate *best = nullptr;
  for (const Candidate &candidate : candidates) {
    if (candidate.prediction.clocks > kEqual * least) continue;
    auto order = [](const Candidate &c) { return std::pair(c.prediction.traffic, c.distance); };
    if (!best || order(candidate) < order(*best)) best = &candidate;
  }
  for (size_t i = 0; i < values.size(); ++i)
    if (members[i]) values[i] = scaled(values[i], best->shifts[i]);
  return values;
}
