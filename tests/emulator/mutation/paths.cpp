// Search of happens-before paths.
#include "mutation/paths.hpp"

#include <map>

#include "mutation/rules.hpp"

namespace tw::emu::mutation {
namespace {

enum class Channel { None, Block, Warp, Cluster, MBarrier, Memory };

Channel releasesOn(const Statement &s) {
  if (s.is("bar.warp.sync")) return Channel::Warp;
  if (kindOf(s) == SyncKind::Barrier || s.is("bar.arrive") || s.is("barrier.arrive")) return Channel::Block;
  if (s.is("barrier.cluster.arrive")) return Channel::Cluster;
  // Copies that complete on an mbarrier, and every arrive.
  if (s.is("mbarrier.arrive") || s.is("mbarrier.arrive_drop") || s.is("cp.async.mbarrier.arrive") || s.is("st.async") ||
      s.is("red.async") || s.has("mbarrier::complete_tx::bytes"))
    return Channel::MBarrier;
  bool strong = s.has("release") || s.has("acq_rel") || s.has("relaxed") || s.has("volatile");
  if (s.is("atom") || s.is("red") || (s.is("st") && strong)) return Channel::Memory;
  return Channel::None;
}

Channel acquiresFrom(const Statement &s) {
  if (s.is("bar.warp.sync")) return Channel::Warp;
  if (kindOf(s) == SyncKind::Barrier) return Channel::Block;
  if (s.is("barrier.cluster.wait")) return Channel::Cluster;
  if (isPolling(s)) return Channel::MBarrier;
  bool strong = s.has("acquire") || s.has("acq_rel") || s.has("relaxed") || s.has("volatile");
  if (s.is("atom") || (s.is("ld") && strong)) return Channel::Memory;
  return Channel::None;
}

class Graph {
public:
  explicit Graph(const KernelText &kernel) : statements(kernel.statements) {
    for (size_t i = 0; i < statements.size(); ++i) {
      if (statements[i].kind == Statement::Kind::Label) labels[statements[i].opcode] = i;
      if (Channel c = acquiresFrom(statements[i]); c != Channel::None) waiters[c].push_back(i);
    }
  }

  /// Statements that follow one of `from`.
  std::vector<bool> after(const std::vector<size_t> &from) const {
    std::vector<bool> seen(statements.size());
    std::vector<size_t> open = from;
    while (!open.empty()) {
      size_t at = open.back();
      open.pop_back();
      auto visit = [&](size_t next) {
        if (next >= seen.size() || seen[next]) return;
        seen[next] = true;
        open.push_back(next);
      };
      const Statement &s = statements[at];
      bool jumps = s.is("bra") || s.is("brx");
      bool ends = s.guard.empty() && (jumps || s.is("ret") || s.is("exit"));
      if (!ends) visit(at + 1);
      if (s.is("brx"))
        for (const auto &[name, target] : labels) visit(target);
      else if (jumps && !s.operands.empty() && labels.count(s.operands[0]))
        visit(labels.at(s.operands[0]));
      if (Channel c = releasesOn(s); c != Channel::None && waiters.count(c))
        for (size_t waiter : waiters.at(c)) visit(waiter);
    }
    return seen;
  }

private:
  const std::vector<Statement> &statements;
  std::map<std::string, size_t> labels;
  std::map<Channel, std::vector<size_t>> waiters;
};

std::vector<size_t> atLine(const KernelText &kernel, int line) {
  std::vector<size_t> found;
  for (size_t i = 0; i < kernel.statements.size(); ++i)
    if (kernel.statements[i].kind == Statement::Kind::Instruction && kernel.statements[i].line == line)
      found.push_back(i);
  return found;
}

} // namespace

bool orderedThrough(const KernelText &kernel, int earlier, size_t site, int later) {
  Graph graph(kernel);
  if (!graph.after(atLine(kernel, earlier))[site]) return false;
  std::vector<bool> behind = graph.after({site});
  for (size_t i : atLine(kernel, later))
    if (behind[i]) return true;
  return false;
}

} // namespace tw::emu::mutation
