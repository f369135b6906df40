// Program order, barriers, mbarriers and fences of a run.
#include "mutation/order_graph.hpp"

#include <algorithm>
#include <bit>

#include "mutation/rules.hpp"

namespace tw::emu::mutation {
namespace {

size_t firstLane(const Event &e) { return static_cast<size_t>(std::countr_zero(e.lanes)); }

/// Lanes of each warp, split until every event has all of a part or nothing of it.
std::map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> classesOf(const Trace &trace) {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> classes;
  for (const Event &e : trace.events) {
    std::vector<uint32_t> &list = classes[{e.block, e.warp}];
    if (list.empty()) list.push_back(~0u);
    for (size_t i = 0, n = list.size(); i < n; ++i) {
      uint32_t inside = list[i] & e.lanes, outside = list[i] & ~e.lanes;
      if (inside && outside) list[i] = inside, list.push_back(outside);
    }
  }
  return classes;
}

/// The operand that is an address, or none.
size_t addressOf(const Statement &s) {
  for (size_t i = 0; i < s.operands.size(); ++i)
    if (s.operands[i][0] == '[') return i;
  return OrderGraph::kNone;
}

} // namespace

OrderGraph::OrderGraph(const Trace &trace, size_t without) : trace(trace), without(without), classes(classesOf(trace)) {
  for (const Event &e : trace.events) take(e);
  close();
}

size_t OrderGraph::node(std::vector<size_t> from) {
  edges.push_back(std::move(from));
  return edges.size() - 1;
}

void OrderGraph::join(const Thread &thread, size_t completion) { last[thread] = node({last.at(thread), completion}); }

void OrderGraph::close() {
  size_t words = (edges.size() + 63) / 64;
  ancestors.assign(edges.size(), std::vector<uint64_t>(words));
  for (size_t n = 0; n < edges.size(); ++n)
    for (size_t from : edges[n]) {
      for (size_t w = 0; w <= from / 64; ++w) ancestors[n][w] |= ancestors[from][w];
      ancestors[n][from / 64] |= uint64_t{1} << from % 64;
    }
}

bool OrderGraph::before(size_t a, size_t b) const {
  return a != kNone && (a == b || (a < b && (ancestors[b][a / 64] >> a % 64 & 1)));
}

bool OrderGraph::ordered(const Access &a, const Access &b) const {
  if (!before(a.end, b.begin)) return false;
  if (!a.write || a.proxy != Proxy::Generic || b.proxy == Proxy::Generic) return true;
  auto between = [&](const Fence &f) { return before(a.end, f.node) && before(f.node, b.begin); };
  if (b.proxy == Proxy::Async)
    return std::any_of(fences.begin(), fences.end(),
                       [&](const Fence &f) { return (a.global ? f.global : f.shared) && between(f); });
  for (const Fence &release : fences)
    for (const Fence &acquire : fences)
      if (release.mapRelease && acquire.mapAcquire && between(release) && before(release.node, acquire.node) &&
          before(acquire.node, b.begin))
        return true;
  return false;
}

void OrderGraph::take(const Event &e) {
  const Statement &s = trace.text.statements[e.statement];
  Nodes nodes;
  for (uint32_t lanes : classes.at({e.block, e.warp})) {
    if (!(lanes & e.lanes)) continue;
    Thread thread{e.block, e.warp, lanes};
    auto before = last.find(thread);
    size_t n = node(before == last.end() ? std::vector<size_t>{} : std::vector<size_t>{before->second});
    last[thread] = n;
    nodes.emplace_back(thread, n);
  }
  if (s.is("ret") || s.is("exit")) {
    exited[{e.block, e.warp}] |= e.lanes;
    for (auto &[key, meeting] : meetings)
      if (key.first == e.block && meeting.count == 0) completeIf(isWholeBlock(e.block, meeting), meeting);
    return;
  }
  takeBarrier(e, s, nodes);
  takeClusterBarrier(e, s, nodes);
  takeMBarrier(e, s, nodes);
  takeGroups(e, s, nodes);
  takeFence(e, s, nodes);
  takeCopy(e, s, nodes);
  takeProduct(e, s, nodes);
  takeGeneric(e, s, nodes);
}

uint32_t OrderGraph::liveOf(uint32_t block, uint32_t warp) const {
  uint32_t threads = std::min(32u, trace.blockThreads - warp * 32);
  uint32_t all = threads == 32 ? ~0u : (1u << threads) - 1;
  auto gone = exited.find({block, warp});
  return gone == exited.end() ? all : all & ~gone->second;
}

bool OrderGraph::isWholeBlock(uint32_t block, const Meeting &meeting) const {
  for (uint32_t w = 0; w * 32 < trace.blockThreads; ++w) {
    auto here = meeting.lanes.find(w);
    if (liveOf(block, w) & ~(here == meeting.lanes.end() ? 0 : here->second)) return false;
  }
  return true;
}

void OrderGraph::completeIf(bool complete, Meeting &meeting) {
  if (!complete || meeting.arrived.empty()) return;
  size_t all = node(meeting.arrived);
  for (const Thread &thread : meeting.waiting) join(thread, all);
  meeting = {};
}

void OrderGraph::takeBarrier(const Event &e, const Statement &s, const Nodes &nodes) {
  bool ofWarp = s.is("bar.warp.sync");
  if (s.is("barrier.cluster") || (!ofWarp && !s.is("bar") && !s.is("barrier"))) return;
  uint32_t operand = static_cast<uint32_t>(e.values[0][firstLane(e)]);
  Meeting &meeting = meetings[{e.block, ofWarp ? 100 + e.warp : operand}];
  for (auto [thread, n] : nodes) {
    meeting.arrived.push_back(n);
    if (!s.has("arrive")) meeting.waiting.push_back(thread);
  }
  meeting.lanes[e.warp] |= e.lanes;
  if (ofWarp) return completeIf(!(liveOf(e.block, e.warp) & operand & ~meeting.lanes[e.warp]), meeting);
  if (s.operands.size() < 2) return completeIf(isWholeBlock(e.block, meeting), meeting);
  meeting.count += 32;
  completeIf(meeting.count == e.values[1][firstLane(e)], meeting);
}

void OrderGraph::takeClusterBarrier(const Event &e, const Statement &s, const Nodes &nodes) {
  if (!s.is("barrier.cluster")) return;
  ClusterBarrier &b = clusterBarriers[e.block / trace.clusterBlocks];
  if (s.has("wait")) {
    // A wait that fails is recorded again when the warp goes on.
    for (auto [thread, n] : nodes)
      if (b.phase > b.arrivedIn[thread]) join(thread, b.done);
    return;
  }
  for (auto [thread, n] : nodes) {
    b.arrived.push_back(n);
    b.count += static_cast<uint64_t>(std::popcount(std::get<2>(thread) & e.lanes));
    b.arrivedIn[thread] = b.phase;
  }
  if (b.count != uint64_t{trace.blockThreads} * trace.clusterBlocks) return;
  b.done = node(b.arrived);
  b.arrived.clear();
  b.count = 0;
  ++b.phase;
}

OrderGraph::MBarrier &OrderGraph::barrierAt(const Event &e, uint64_t address) {
  return mbarriers[sharedPlace(trace, e.block, address)];
}

void OrderGraph::finishPhase(MBarrier &b) {
  if (b.pending != 0 || b.tx != 0) return;
  b.done = node(b.open);
  b.open.clear();
  b.pending = b.expected;
  ++b.phase;
}

void OrderGraph::takeMBarrier(const Event &e, const Statement &s, const Nodes &nodes) {
  bool copies = s.is("cp.async.mbarrier.arrive");
  if (!s.is("mbarrier") && !copies) return;
  size_t at = addressOf(s);
  auto number = [&](size_t operand, size_t lane) {
    return operand < e.values.size() ? static_cast<int64_t>(e.values[operand][lane]) : int64_t{1};
  };
  for (auto [thread, n] : nodes)
    for (uint32_t lanes = std::get<2>(thread) & e.lanes; lanes; lanes &= lanes - 1) {
      auto lane = static_cast<size_t>(std::countr_zero(lanes));
      MBarrier &b = barrierAt(e, e.values[at][lane]);
      if (s.is("mbarrier.init")) {
        b = {};
        b.expected = b.pending = number(at + 1, lane);
      } else if (isPolling(s)) {
        bool done = s.has("parity") ? (b.phase & 1) != (static_cast<uint64_t>(number(at + 1, lane)) & 1)
                                    : b.phase > b.arrivedIn[thread];
        if (done && b.done != kNone && e.statement != without && (lanes & (lanes - 1)) == 0) join(thread, b.done);
      } else if (s.is("mbarrier.expect_tx")) {
        b.tx += number(at + 1, lane);
      } else if (copies || s.is("mbarrier.arrive") || s.is("mbarrier.arrive_drop")) {
        if (copies)
          for (const auto &group : this->copies[thread].committed)
            b.open.insert(b.open.end(), group.begin(), group.end());
        if (copies) b.open.insert(b.open.end(), this->copies[thread].open.begin(), this->copies[thread].open.end());
        if (!copies) b.open.push_back(n);
        if (s.has("expect_tx")) b.tx += number(at + 1, lane);
        if (s.is("mbarrier.arrive_drop")) --b.expected;
        b.arrivedIn[thread] = b.phase;
        if (!copies || s.has("noinc")) b.pending -= s.has("expect_tx") ? 1 : number(copies ? ~size_t{0} : at + 1, lane);
        finishPhase(b);
      }
    }
}

void OrderGraph::takeFence(const Event &e, const Statement &s, const Nodes &nodes) {
  if (e.statement == without) return;
  bool map = s.is("fence.proxy.tensormap::generic");
  Fence fence;
  if (s.is("fence.proxy.async")) {
    bool one = s.has("global") || s.has("shared::cta") || s.has("shared::cluster");
    fence.global = !one || s.has("global");
    fence.shared = !one || !s.has("global");
  } else if (map || s.is("tensormap.cp_fenceproxy")) {
    fence.mapAcquire = s.has("acquire");
    fence.mapRelease = !fence.mapAcquire;
  } else {
    return;
  }
  for (auto [thread, n] : nodes) {
    fence.node = n;
    fences.push_back(fence);
  }
}

} // namespace tw::emu::mutation
