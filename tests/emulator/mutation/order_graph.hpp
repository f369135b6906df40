// The graph behind RunOrder.
#pragma once

#include <map>
#include <tuple>

#include "mutation/footprint.hpp"

namespace tw::emu::mutation {

enum class Proxy { Generic, Async, Map };

/// An access, with the nodes where it may start at the earliest and where it is complete.
struct Access {
  size_t begin = 0, end = 0;
  bool write = false;
  Proxy proxy = Proxy::Generic;
  bool global = false;
  int line = 0;
};

/// Nodes in the order of the run, edges to earlier ones, and the accesses at them.
class OrderGraph {
public:
  static constexpr size_t kNone = ~size_t{0};
  /// `without`: a statement that fences and waits for nothing; the nodes are the same.
  OrderGraph(const Trace &trace, size_t without);

  /// Whether `a` happens before `b`, and is visible to its proxy.
  bool ordered(const Access &a, const Access &b) const;

  std::vector<Access> accesses;
  std::vector<std::pair<size_t, size_t>> pairs; ///< of accesses to the same bytes, one of them a write

private:
  using Thread = std::tuple<uint32_t, uint32_t, uint32_t>; ///< block, warp, lanes that do everything together
  using Nodes = std::vector<std::pair<Thread, size_t>>;    ///< of one event

  struct Fence {
    size_t node = 0;
    bool shared = false, global = false, mapRelease = false, mapAcquire = false;
  };
  /// A barrier of threads that is open.
  struct Meeting {
    std::vector<size_t> arrived;
    std::vector<Thread> waiting;
    std::map<uint32_t, uint32_t> lanes; ///< by warp
    uint64_t count = 0;
  };
  struct ClusterBarrier {
    std::vector<size_t> arrived;
    uint64_t count = 0, phase = 0;
    size_t done = kNone;
    std::map<Thread, uint64_t> arrivedIn;
  };
  struct MBarrier {
    int64_t expected = 0, pending = 0, tx = 0;
    uint64_t phase = 0;
    std::vector<size_t> open;
    size_t done = kNone; ///< node of the last complete phase
    std::map<Thread, uint64_t> arrivedIn;
  };
  /// Completions of a thread's or warp's asynchronous operations: those outside every group, and those of each group.
  struct Groups {
    std::vector<size_t> open;
    std::vector<std::vector<size_t>> committed;
  };
  /// The products of a warpgroup, by number: the warps' issues and the completion, once all have issued.
  struct Product {
    std::vector<size_t> issues, waitingAccesses;
    size_t done = kNone;
  };

  size_t node(std::vector<size_t> from);
  void join(const Thread &thread, size_t completion);
  bool before(size_t a, size_t b) const;
  void close();
  void touch(const Access &access, const Touched &touched);
  uint32_t liveOf(uint32_t block, uint32_t warp) const;
  void completeIf(bool complete, Meeting &meeting);
  bool isWholeBlock(uint32_t block, const Meeting &meeting) const;
  MBarrier &barrierAt(const Event &e, uint64_t address);
  void finishPhase(MBarrier &barrier);

  void take(const Event &e);
  void takeBarrier(const Event &e, const Statement &s, const Nodes &nodes);
  void takeClusterBarrier(const Event &e, const Statement &s, const Nodes &nodes);
  void takeMBarrier(const Event &e, const Statement &s, const Nodes &nodes);
  void takeGroups(const Event &e, const Statement &s, const Nodes &nodes);
  void takeFence(const Event &e, const Statement &s, const Nodes &nodes);
  void takeCopy(const Event &e, const Statement &s, const Nodes &nodes);
  void takeProduct(const Event &e, const Statement &s, const Nodes &nodes);
  void takeGeneric(const Event &e, const Statement &s, const Nodes &nodes);

  const Trace &trace;
  size_t without;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> classes; ///< lanes that do everything together
  std::vector<std::vector<size_t>> edges;
  std::vector<std::vector<uint64_t>> ancestors;
  std::vector<Fence> fences;
  std::map<Thread, size_t> last;
  std::map<std::pair<uint32_t, uint64_t>, Meeting> meetings;
  std::map<uint32_t, ClusterBarrier> clusterBarriers;
  std::map<std::pair<uint32_t, uint64_t>, MBarrier> mbarriers;
  std::map<Thread, Groups> copies, bulkReads, bulkWrites;
  std::map<std::pair<uint32_t, uint32_t>, Groups> products;                 ///< numbers of products, by warp
  std::map<std::pair<uint32_t, uint32_t>, std::vector<Product>> productsOf; ///< by warpgroup
  std::map<std::pair<uint32_t, uint32_t>, size_t> issued;                   ///< products, by warp
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> exited;
  std::map<uint64_t, size_t> strong; ///< last strong write, by address
  std::map<Granule, std::pair<size_t, std::vector<size_t>>> memory;
};

} // namespace tw::emu::mutation
