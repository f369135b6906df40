// Building and searching the graph of a run.
//
// A node is an instruction of lanes that do everything together, or the completion of something asynchronous. Edges
// are program order, and what joins threads: barriers, phases of mbarriers, waits for groups, strong accesses.
#include "mutation/order.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "mutation/footprint.hpp"
#include "mutation/order_graph.hpp"
#include "mutation/rules.hpp"

namespace tw::emu::mutation {

RunOrder::RunOrder(Trace recorded)
    : trace(std::move(recorded)), whole(std::make_unique<OrderGraph>(trace, OrderGraph::kNone)) {}
RunOrder::~RunOrder() = default;

size_t RunOrder::pairs() const { return whole->pairs.size(); }

std::vector<ConflictingPair> RunOrder::unordered() const {
  std::vector<ConflictingPair> list;
  for (auto [a, b] : whole->pairs)
    if (!whole->ordered(whole->accesses[a], whole->accesses[b]))
      list.push_back({whole->accesses[a].line, whole->accesses[b].line});
  return list;
}

std::optional<ConflictingPair> RunOrder::needs(size_t statement) const {
  OrderGraph without(trace, statement);
  for (auto [a, b] : whole->pairs) {
    const Access &earlier = whole->accesses[a], &later = whole->accesses[b];
    if (whole->ordered(earlier, later) && !without.ordered(without.accesses[a], without.accesses[b]))
      return ConflictingPair{earlier.line, later.line};
  }
  return std::nullopt;
}

} // namespace tw::emu::mutation
