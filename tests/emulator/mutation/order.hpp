// Which accesses of a recorded run are ordered by which operations: happens-before as a graph that is searched, written
// down without the checker's clocks and shadows.
#pragma once

#include <memory>
#include <optional>

#include "mutation/trace.hpp"

namespace tw::emu::mutation {

class OrderGraph;

/// Lines of two accesses that conflict.
struct ConflictingPair {
  int earlier = 0, later = 0;
};

/// The order of a run. Kept for many questions.
class RunOrder {
public:
  explicit RunOrder(Trace trace);
  ~RunOrder();
  RunOrder(const RunOrder &) = delete;
  RunOrder &operator=(const RunOrder &) = delete;

  /// Two accesses of the same bytes, at least one of them a write, that the run orders, and would not if the proxy
  /// fence, or the wait of an mbarrier, at `statement` were not there; nothing if there are no such accesses.
  std::optional<ConflictingPair> needs(size_t statement) const;
  /// Conflicting accesses that the run does not order: none in a correct kernel. For tests of this file.
  std::vector<ConflictingPair> unordered() const;
  /// Conflicting accesses that follow each other.
  size_t pairs() const;

private:
  Trace trace;
  std::unique_ptr<OrderGraph> whole;
};

} // namespace tw::emu::mutation
