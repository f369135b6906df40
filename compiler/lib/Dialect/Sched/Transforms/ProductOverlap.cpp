// Cuts the body of a loop into the part that can run an iteration ahead and the part that cannot.

#include "ProductOverlap.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// Values of 32 bits that one thread may hold at once in the overlapped loop; the rest of the 240 registers of a
/// computing thread is for addresses, the statistics of rows, and what the vector code is at.
constexpr int64_t kMostWords = 200;
constexpr int64_t kFewestIterations = 3;

int64_t wordsPerThread(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  return layoutOf(type).elementsPerThread() * elementBytesOf(type.getElementType()) / 4;
}

bool isTile(Value value) { return isa<RankedTensorType>(value.getType()); }

class Splitter {
public:
  explicit Splitter(scf::ForOp loop) : loop(loop), body(*loop.getBody()) {}

  std::optional<BodySplit> run() {
    if (!findSeeds()) return {};
    split.lateCarried.assign(loop.getNumRegionIterArgs(), false);
    spread();
    sink();
    collectCrossing();
    split.obstacle = obstacle();
    return std::move(split);
  }

private:
  /// The values of the body that an operation needs, those of its regions included.
  SmallVector<Value> inputs(Operation *op) {
    llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
    if (op->getNumRegions()) getUsedValuesDefinedAbove(op->getRegions(), used);
    SmallVector<Value> own;
    for (Value value : used)
      if (value.getParentBlock() == &body) own.push_back(value);
    return own;
  }

  /// Products with an operand in registers that an earlier product of the iteration went into; or else sums.
  bool findSeeds() {
    llvm::DenseSet<Operation *> after;
    for (Operation &op : body.without_terminator()) {
      auto dot = dyn_cast<DotOp>(op);
      auto needsProduct = [&](Value value) { return after.contains(value.getDefiningOp()); };
      if (dot && dot.getAtom() == Atom::Wgmma) {
        dots.push_back(dot);
        if (!dot.getSharedA() && needsProduct(dot.getA())) split.late.insert(dot);
      }
      if (dot || llvm::any_of(inputs(&op), needsProduct)) after.insert(&op);
    }
    if (split.late.empty()) findSums(after);
    return !split.late.empty();
  }

  /// Vector code in which results of products meet what the loop carries: sums of scaled products, say.
  void findSums(const llvm::DenseSet<Operation *> &after) {
    auto isCarried = [&](Value value) {
      return isa<BlockArgument>(value) && value != loop.getInductionVar() && isTile(value);
    };
    for (Operation &op : body.without_terminator())
      if (after.contains(&op) && !isa<DotOp, DotWaitOp>(op) && llvm::any_of(inputs(&op), isCarried))
        split.late.insert(&op);
  }

  bool isLate(Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument) return split.late.contains(value.getDefiningOp());
    return argument != loop.getInductionVar() && split.lateCarried[argument.getArgNumber() - 1];
  }

  /// Late is what needs something late, also by way of what the loop carries.
  void spread() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Operation &op : body.without_terminator())
        if (!split.late.contains(&op) && llvm::any_of(inputs(&op), [&](Value value) { return isLate(value); }))
          changed = split.late.insert(&op).second;
      for (auto [i, value] : llvm::enumerate(loop.getYieldedValues()))
        if (!split.lateCarried[i] && value.getParentBlock() == &body && isLate(value))
          changed = split.lateCarried[i] = true;
    }
  }

  /// Moves to the late part what only it uses, unless then more would cross: little more for an operation less before
  /// the late part is reached.
  void sink() {
    for (Operation &op : llvm::reverse(body.without_terminator())) {
      if (split.late.contains(&op) || !isPure(&op) || isa<DotOp>(op)) continue;
      bool onlyLate = llvm::all_of(
          op.getUsers(), [&](Operation *user) { return split.late.contains(body.findAncestorOpInBlock(*user)); });
      if (!onlyLate || op.use_empty()) continue;
      int64_t in = 0, out = 0;
      for (Value value : inputs(&op)) in += wordsToCross(value);
      for (Value value : op.getResults()) out += isTile(value) ? wordsPerThread(value) : 0;
      if (8 * in <= 9 * out) split.late.insert(&op);
    }
    classifyMemory();
  }

  /// Words in which a value, or what it is broadcast from, crosses.
  int64_t wordsToCross(Value value) {
    if (!isTile(value)) return 0;
    auto broadcast = value.getDefiningOp<tile::BroadcastOp>();
    return broadcast ? wordsToCross(broadcast.getSource()) : wordsPerThread(value);
  }

  /// Waits for loads, and the loads themselves before roles are made, go with the products that read them.
  void classifyMemory() {
    llvm::DenseMap<Value, bool> latePipes;
    for (Operation &op : body.without_terminator()) {
      Value read;
      if (auto copy = dyn_cast<CopyOp>(op)) read = copy.getDestination();
      SmallVector<Value> results(op.getResults());
      if (isa<AwaitOp>(op)) read = results.front();
      if (!read) continue;
      bool early = false, late = false;
      for (Value slot : isa<AwaitOp>(op) ? results : SmallVector<Value>{read})
        for (Operation *user : slot.getUsers())
          if (isa<DotOp>(user)) (split.late.contains(body.findAncestorOpInBlock(*user)) ? late : early) = true;
      if (early && late) sharedLoad = true;
      if (late && !early) split.late.insert(&op);
      if (auto await = dyn_cast<AwaitOp>(op)) latePipes[await.getPipe()] = late;
    }
    for (auto release : body.getOps<ReleaseOp>())
      if (latePipes.lookup(release.getPipe())) split.late.insert(release);
  }

  /// Whether a value is made from scalars and from what lies outside the loop by pure operations.
  bool isMadeOfScalars(Value value) {
    if (value.getParentBlock() != &body || !isTile(value)) return true;
    Operation *op = value.getDefiningOp();
    return op && isPure(op) && !isa<DotOp>(op) &&
           llvm::all_of(inputs(op), [&](Value input) { return isMadeOfScalars(input); });
  }

  void cross(Value value) {
    if (value.getParentBlock() != &body || value == loop.getInductionVar() || isLate(value)) return;
    if (!isTile(value) || !isMadeOfScalars(value)) return void(split.crossing.insert(value));
    if (!split.repeated.insert(value.getDefiningOp()).second) return;
    for (Value input : inputs(value.getDefiningOp())) cross(input);
  }

  void collectCrossing() {
    for (Operation &op : body.without_terminator())
      if (split.late.contains(&op))
        for (Value value : inputs(&op))
          if (!isa<SharedType>(value.getType())) cross(value);
    for (auto [i, value] : llvm::enumerate(loop.getYieldedValues()))
      if (split.lateCarried[i]) cross(value);
  }

  std::string obstacle() {
    auto isEarly = [&](DotOp dot) { return !split.late.contains(dot); };
    if (llvm::none_of(dots, isEarly)) return "every product needs what the iteration before it gave";
    if (sharedLoad) return "products of both parts of the loop read the same load";
    for (Operation &op : body.without_terminator())
      if (!mayMove(op)) return "the loop also writes memory";
    int64_t words = 0;
    for (DotOp dot : dots) words += wordsPerThread(dot.getResult());
    for (auto [value, isLate] : llvm::zip(loop.getYieldedValues(), split.lateCarried))
      if (isLate && isTile(value) && !isa_and_nonnull<DotOp, DotWaitOp>(value.getDefiningOp()))
        words += wordsPerThread(value);
    for (Value value : split.crossing) words += isTile(value) ? wordsPerThread(value) : 1;
    if (words > kMostWords)
      return "a thread would hold " + std::to_string(words) + " values at once, of " + std::to_string(kMostWords) +
             " that fit its registers";
    auto count = loop.getStaticTripCount();
    if (count && count->ult(kFewestIterations))
      return "it has only " + std::to_string(count->getZExtValue()) + " iterations";
    return "";
  }

  /// Whether an operation may change places with those of the other part.
  static bool mayMove(Operation &op) {
    if (isa<DotOp, DotWaitOp, CopyOp, AwaitOp, ReleaseOp, ConvertOp, ReduceOp>(op)) return true;
    auto effects = getEffectsRecursively(&op);
    return effects && llvm::all_of(*effects, [](const MemoryEffects::EffectInstance &effect) {
             return isa<MemoryEffects::Read>(effect.getEffect());
           });
  }

  scf::ForOp loop;
  Block &body;
  BodySplit split;
  SmallVector<DotOp> dots;
  bool sharedLoad = false;
};

} // namespace

std::optional<BodySplit> tilewright::sched::splitBody(scf::ForOp loop) { return Splitter(loop).run(); }
