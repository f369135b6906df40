// Checks loops of which the consumer runs parts of two iterations together.
//
// Both roles wait only for each other and do the same whatever the timing, so that whether they get through does not
// depend on it: one run in which the producer goes as far as it can decides. It is never further ahead than a pipe has
// stages, and from then on each iteration finds what the one before it found, one iteration on: runs of somewhat more
// iterations than stages stand for all longer ones.

#include "PipeProtocol.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

Operation *pipeOf(Operation *step) { return step->getOperand(0).getDefiningOp(); }

int64_t stagesOf(Operation *pipe) { return cast<PipeOp>(pipe).getResult().getType().getStages(); }

/// How far the roles have come in one pipe.
struct Progress {
  int64_t filled = 0, awaited = 0, released = 0;
};

class Run {
public:
  explicit Run(const RotatedLoop &loop, int64_t iterations) : loop(loop), iterations(iterations) {}

  /// The step at which the consumer stays for ever, or null.
  Operation *stuckAt() {
    for (Operation *step : loop.before)
      if (!perform(step)) return step;
    for (int64_t i = 1; i < iterations; ++i)
      for (Operation *step : loop.inside)
        if (!perform(step)) return step;
    for (Operation *step : loop.after)
      if (!perform(step)) return step;
    return nullptr;
  }

  bool isEmpty() const {
    return llvm::all_of(progress, [](auto &pipe) { return pipe.second.awaited == pipe.second.released; });
  }

private:
  bool perform(Operation *step) {
    advanceProducer();
    Progress &pipe = progress[pipeOf(step)];
    if (auto release = dyn_cast<ReleaseOp>(step)) {
      if (pipe.awaited - pipe.released > static_cast<int64_t>(release.getLag())) ++pipe.released;
      return true;
    }
    return pipe.awaited++ < pipe.filled;
  }

  void advanceProducer() {
    for (; produced < iterations * static_cast<int64_t>(loop.acquires.size()); ++produced) {
      Operation *pipe = pipeOf(loop.acquires[produced % loop.acquires.size()]);
      if (progress[pipe].filled - progress[pipe].released >= stagesOf(pipe)) return;
      ++progress[pipe].filled;
    }
  }

  const RotatedLoop &loop;
  int64_t iterations, produced = 0;
  llvm::MapVector<Operation *, Progress> progress;
};

int64_t stepsOn(ArrayRef<Operation *> steps, Operation *pipe) {
  return llvm::count_if(steps, [&](Operation *step) { return !isa<ReleaseOp>(step) && pipeOf(step) == pipe; });
}

} // namespace

std::optional<ProtocolFinding> tilewright::sched::checkRotation(const RotatedLoop &loop) {
  llvm::MapVector<Operation *, Operation *> pipes; // and a step in each
  llvm::SmallPtrSet<Operation *, 8> steps;
  for (auto *list : {&loop.before, &loop.inside, &loop.after, &loop.acquires})
    for (Operation *step : *list) pipes.insert({pipeOf(step), step}), steps.insert(step);
  int64_t mostStages = 0;
  for (auto [pipe, step] : pipes) {
    mostStages = std::max(mostStages, stagesOf(pipe));
    int64_t filled = stepsOn(loop.acquires, pipe), inside = stepsOn(loop.inside, pipe);
    int64_t around = stepsOn(loop.before, pipe) + stepsOn(loop.after, pipe);
    if (inside != filled || around != filled)
      return ProtocolFinding{true, step,
                             "an iteration of the producer fills " + std::to_string(filled) +
                                 " stages of this pipe; the consumer waits for " + std::to_string(inside) +
                                 " in an iteration and for " + std::to_string(around) + " before and after the loop",
                             loop.producer, "the producer is here"};
    for (Operation *user : pipe->getUsers())
      if (!steps.contains(user) && !loop.producer->isProperAncestor(user))
        return ProtocolFinding{false, user, "a pipe of a loop whose iterations overlap is also used elsewhere",
                               loop.producer, "the producer is here"};
  }
  for (int64_t iterations = 1; iterations <= 2 * mostStages + 4; ++iterations) {
    Run run(loop, iterations);
    std::string where = " (in a run of " + std::to_string(iterations) + " iterations)";
    if (Operation *step = run.stuckAt())
      return ProtocolFinding{true, step,
                             "waits for a stage that the producer cannot fill before others are given back" + where,
                             loop.producer, "the producer is here"};
    if (!run.isEmpty())
      return ProtocolFinding{true, loop.before.empty() ? loop.producer : loop.before.front(),
                             "not all stages that are waited for are given back" + where, nullptr, ""};
  }
  return {};
}
