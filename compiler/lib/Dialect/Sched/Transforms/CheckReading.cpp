// Follows the consumer of a kernel's pipes through all trip counts and branches.
//
// What the walk remembers is small: how many stages of each pipe are held, and which stages the products under way
// read. Stages are numbered by age, so that an iteration which leaves everything as it found it, one stage on, leads to
// the state it began with: a loop is walked until no new state comes out, which covers every trip count.

#include "PipeProtocol.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <map>

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// More states than any loop of ours has; beyond it the check gives up.
constexpr size_t kMostStates = 4096;
constexpr int64_t kMostSteps = 100'000;
/// Loops of more iterations are treated like those of any number.
constexpr uint64_t kMostIterations = 64;

/// A stage: its pipe, and how many later stages of that pipe have been awaited.
struct Stage {
  Operation *pipe;
  int64_t age;
  bool operator==(const Stage &) const = default;
};

/// A product under way, and what it reads.
struct Product {
  Operation *op;
  SmallVector<Stage, 2> reads;
  bool isOfEarlierIteration = false; ///< whose values have gone from their registers
  bool operator==(const Product &) const = default;
};

struct State {
  std::map<Operation *, int64_t> held;    ///< by pipe
  std::map<Operation *, int64_t> awaited; ///< age of the stage that each sched.await gave last
  SmallVector<Product, 4> products;       ///< oldest first
  bool operator==(const State &) const = default;
};

using States = std::vector<State>;

void addTo(States &states, State state) {
  if (!llvm::is_contained(states, state)) states.push_back(std::move(state));
}

class Walk {
public:
  std::optional<ProtocolFinding> run(Block &consumer) {
    States states = walk(consumer, {State()});
    for (const State &state : states)
      if (!finding && !state.products.empty())
        violated(state.products.back().op, "this product is still under way when the kernel ends");
    return finding;
  }

private:
  void violated(Operation *op, std::string what, Operation *other = nullptr, std::string note = "") {
    std::string where;
    for (auto [number, iteration] : llvm::enumerate(iterations))
      where += (number ? ", " : " (in iteration ") + std::to_string(iteration);
    if (!where.empty()) where += where.find(',') == std::string::npos ? " of its loop)" : " of its loops)";
    finding = ProtocolFinding{true, op, what + where, other, std::move(note)};
  }

  void giveUp(Operation *op, std::string what) { finding = ProtocolFinding{false, op, std::move(what), nullptr, ""}; }

  States walk(Block &block, States states) {
    for (Operation &op : block) {
      if (finding) return {};
      if ((steps += static_cast<int64_t>(states.size())) > kMostSteps || states.size() > kMostStates) {
        giveUp(&op, "there are too many ways to get here");
        return {};
      }
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        states = walkLoop(loop, std::move(states));
      } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
        States otherwise = branch.elseBlock() ? walk(*branch.elseBlock(), states) : states;
        states = walk(*branch.thenBlock(), std::move(states));
        for (State &state : otherwise) addTo(states, std::move(state));
      } else {
        for (State &state : states)
          if (!finding) perform(&op, state);
      }
    }
    return states;
  }

  /// All states in which the loop may be left: after its known number of iterations, or after none, one, two, ...
  States walkLoop(scf::ForOp loop, States states) {
    iterations.push_back(0);
    auto iterate = [&](States from, int64_t number) {
      iterations.back() = number;
      States after = walk(*loop.getBody(), std::move(from));
      for (State &state : after)
        for (Product &product : state.products) product.isOfEarlierIteration = true;
      return after;
    };
    auto count = loop.getStaticTripCount();
    States seen = states, fresh = std::move(states);
    if (count && count->ule(kMostIterations)) {
      auto known = static_cast<int64_t>(count->getZExtValue());
      for (int64_t number = 0; number < known && !finding; ++number) fresh = iterate(std::move(fresh), number);
      seen = std::move(fresh);
    } else {
      for (int64_t number = 0; !fresh.empty() && !finding; ++number) {
        States next;
        for (State &state : iterate(std::move(fresh), number))
          if (!llvm::is_contained(seen, state)) addTo(next, std::move(state));
        for (const State &state : next) seen.push_back(state);
        fresh = std::move(next);
      }
    }
    iterations.pop_back();
    return seen;
  }

  void perform(Operation *op, State &state) {
    if (auto await = dyn_cast<AwaitOp>(op)) return this->await(await, state);
    if (auto release = dyn_cast<ReleaseOp>(op)) return this->release(release, state);
    if (auto dot = dyn_cast<DotOp>(op)) return this->dot(dot, state);
    if (auto wait = dyn_cast<DotWaitOp>(op)) return this->wait(wait, state);
    for (Value operand : op->getOperands())
      if (isa_and_nonnull<AwaitOp>(operand.getDefiningOp()))
        return giveUp(op, "a stage of a pipe is read by something else than a product");
  }

  void await(AwaitOp op, State &state) {
    Operation *pipe = op.getPipe().getDefiningOp();
    int64_t stages = op.getPipe().getType().getStages(), &held = state.held[pipe];
    if (held == stages)
      return violated(op, "waits for a stage while it holds all " + std::to_string(stages) + ": none can be filled");
    ++held;
    for (auto &[other, age] : state.awaited)
      if (cast<AwaitOp>(other).getPipe() == op.getPipe()) age = std::min(age + 1, stages);
    for (Product &product : state.products)
      for (Stage &stage : product.reads)
        if (stage.pipe == pipe) ++stage.age;
    state.awaited[op] = 0;
  }

  void release(ReleaseOp op, State &state) {
    Operation *pipe = op.getPipe().getDefiningOp();
    int64_t &held = state.held[pipe];
    if (held <= static_cast<int64_t>(op.getLag())) return;
    Stage oldest{pipe, held - 1};
    for (const Product &product : state.products)
      if (llvm::is_contained(product.reads, oldest))
        return violated(op, "gives back a stage that a product may still read", product.op, "the product is here");
    --held;
  }

  void dot(DotOp op, State &state) {
    Product product{op, {}, false};
    for (Value operand : {Value(op.getA()), Value(op.getB())}) {
      auto await = operand.getDefiningOp<AwaitOp>();
      if (!await) continue;
      Operation *pipe = await.getPipe().getDefiningOp();
      Stage stage{pipe, state.awaited[await]};
      if (stage.age >= state.held[pipe])
        return violated(op, "reads a stage that was given back", await, "the stage was waited for here");
      if (!llvm::is_contained(product.reads, stage)) product.reads.push_back(stage);
    }
    if (op.getAtom() != Atom::Wgmma) return;
    for (Operation *user : op.getResult().getUsers())
      if (!isa<DotWaitOp>(user)) return violated(user, "uses a product that is under way", op, "it is started here");
    state.products.push_back(std::move(product));
  }

  void wait(DotWaitOp op, State &state) {
    auto pending = static_cast<size_t>(op.getPending());
    while (state.products.size() > pending) {
      auto product = cast<DotOp>(state.products.front().op);
      bool keeps = !state.products.front().isOfEarlierIteration && llvm::is_contained(op.getKept(), product.getA());
      if (!product.getSharedA() && !keeps)
        return violated(op, "ends a product whose operand in registers is not kept until here", product,
                        "the product is here");
      state.products.erase(state.products.begin());
    }
    if (pending == 0) return;
    // A product that was started before those still under way is complete.
    auto isUnderWay = [&](const Product &product) { return product.op == op.getSource().getDefiningOp(); };
    if (op.getSource().getDefiningOp<DotOp>() && llvm::none_of(state.products, isUnderWay)) return;
    // What may still be under way goes to the next product, to another wait, or out of the loop to one.
    for (OpOperand &use : op.getResult().getUses()) {
      Operation *user = use.getOwner();
      if (isa<DotWaitOp>(user) || (isa<DotOp>(user) && use.getOperandNumber() == 2)) continue;
      auto yield = dyn_cast<scf::YieldOp>(user);
      auto loop = yield ? dyn_cast<scf::ForOp>(yield->getParentOp()) : scf::ForOp();
      if (loop && llvm::all_of(loop.getResult(use.getOperandNumber()).getUsers(), llvm::IsaPred<DotWaitOp>) &&
          llvm::all_of(loop.getRegionIterArg(use.getOperandNumber()).getUses(), [](OpOperand &inside) {
            return isa<DotOp>(inside.getOwner()) && inside.getOperandNumber() == 2;
          }))
        continue;
      return violated(user, "uses a product that may be under way", op, "this wait leaves " + std::to_string(pending));
    }
  }

  std::optional<ProtocolFinding> finding;
  SmallVector<int64_t> iterations;
  int64_t steps = 0;
};

} // namespace

std::optional<ProtocolFinding> tilewright::sched::checkReading(RolesOp roles) {
  return Walk().run(roles.getConsumer().front());
}
