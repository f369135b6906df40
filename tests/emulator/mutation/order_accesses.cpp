// Accesses of a run: plain ones, copies with their groups, products of warpgroups.
#include <algorithm>
#include <bit>
#include <set>

#include "mutation/order_graph.hpp"
#include "mutation/rules.hpp"

namespace tw::emu::mutation {
namespace {

size_t firstLane(const Event &e) { return static_cast<size_t>(std::countr_zero(e.lanes)); }

} // namespace

void OrderGraph::touch(const Access &access, const Touched &touched) {
  size_t number = accesses.size();
  accesses.push_back(access);
  accesses.back().global = touched.global;
  std::set<size_t> earlier;
  for (Granule g : touched.granules) {
    auto &[written, readers] = memory.try_emplace(g, kNone, std::vector<size_t>{}).first->second;
    if (written != kNone) earlier.insert(written);
    if (access.write) {
      earlier.insert(readers.begin(), readers.end());
      written = number;
      readers.clear();
    } else {
      readers.push_back(number);
    }
  }
  for (size_t e : earlier) pairs.emplace_back(e, number);
}

void OrderGraph::takeGroups(const Event &e, const Statement &s, const Nodes &nodes) {
  auto commit = [](Groups &g) {
    g.committed.push_back(std::move(g.open));
    g.open.clear();
  };
  // The groups that a wait covers, all but the newest.
  auto waited = [&](Groups &g, uint64_t open) {
    std::vector<size_t> covered;
    while (g.committed.size() > open) {
      covered.insert(covered.end(), g.committed.front().begin(), g.committed.front().end());
      g.committed.erase(g.committed.begin());
    }
    return covered;
  };
  uint64_t open = s.operands.empty() || s.has("wait_all") ? 0 : e.values[0][firstLane(e)];
  if (s.is("wgmma.commit_group")) {
    commit(products[{e.block, e.warp}]);
  } else if (s.is("wgmma.wait_group")) {
    // A wait for products that other warps have not issued yet is recorded again.
    Groups kept = products[{e.block, e.warp}];
    std::vector<size_t> completions;
    for (size_t number : waited(products[{e.block, e.warp}], open))
      completions.push_back(productsOf[{e.block, e.warp / 4}][number].done);
    if (std::count(completions.begin(), completions.end(), kNone))
      products[{e.block, e.warp}] = std::move(kept);
    else
      for (size_t done : completions) join(nodes[0].first, done);
  } else if (s.is("cp.async.bulk.commit_group")) {
    for (auto [thread, n] : nodes) commit(bulkReads[thread]), commit(bulkWrites[thread]);
  } else if (s.is("cp.async.bulk.wait_group")) {
    for (auto [thread, n] : nodes) {
      for (size_t done : waited(bulkReads[thread], open)) join(thread, done);
      if (s.has("read")) continue;
      for (size_t done : waited(bulkWrites[thread], open)) join(thread, done);
    }
  } else if (s.is("cp.async.commit_group")) {
    for (auto [thread, n] : nodes) commit(copies[thread]);
  } else if (s.is("cp.async.wait_group") || s.is("cp.async.wait_all")) {
    for (auto [thread, n] : nodes) {
      if (s.has("wait_all")) commit(copies[thread]);
      for (size_t done : waited(copies[thread], open)) join(thread, done);
    }
  }
}

void OrderGraph::takeCopy(const Event &e, const Statement &s, const Nodes &nodes) {
  bool bulk = s.is("cp.async.bulk") || s.is("cp.reduce.async.bulk"), remote = s.is("st.async") || s.is("red.async");
  bool plain = s.is("cp.async") && !bulk;
  if ((!bulk && !remote && !plain) || kindOf(s) != SyncKind::None || s.has("prefetch")) return;
  bool onBarrier = s.has("mbarrier::complete_tx::bytes"), tensor = s.has("tensor");
  // Loads name destination, source, [size,] barrier; stores destination and source.
  size_t barrier = remote ? 2 : tensor ? 2 : 3;
  for (auto [thread, n] : nodes)
    for (uint32_t rest = std::get<2>(thread) & e.lanes; rest; rest &= rest - 1) {
      auto lane = static_cast<size_t>(std::countr_zero(rest));
      uint32_t bit = rest & -rest, bytes = 0;
      if (tensor) {
        auto box = trace.boxBytes.find(e.values[onBarrier ? 1 : 0][lane]);
        bytes = box == trace.boxBytes.end() ? trace.otherBoxBytes : box->second;
      } else {
        bytes = remote ? accessBytes(s) : static_cast<uint32_t>(e.values[2][lane]);
      }
      Access read, write;
      read.begin = write.begin = n;
      read.line = write.line = s.line;
      write.write = true;
      read.proxy = write.proxy = bulk ? Proxy::Async : Proxy::Generic;
      size_t readDone = node({n}), writeDone = node({readDone});
      read.end = readDone, write.end = writeDone;
      if (tensor) {
        size_t map = onBarrier ? 1 : 0, shared = onBarrier ? 0 : 1;
        Access looks = read;
        looks.proxy = Proxy::Map;
        touch(looks, lanesTouch(trace, e, bit, map, 128));
        touch(onBarrier ? write : read, lanesTouch(trace, e, bit, shared, bytes));
      } else {
        if (!remote) touch(read, lanesTouch(trace, e, bit, 1, bytes));
        touch(write, lanesTouch(trace, e, bit, 0, bytes));
      }
      if (plain) {
        copies[thread].open.push_back(writeDone);
      } else if (!onBarrier) {
        bulkReads[thread].open.push_back(readDone);
        bulkWrites[thread].open.push_back(writeDone);
      } else {
        uint32_t ranks = s.has("multicast::cluster") ? static_cast<uint32_t>(e.values[barrier + 1][lane]) : 0;
        for (uint32_t r = 0; r < 16; ++r) {
          if (ranks ? !(ranks >> r & 1) : r != 0) continue;
          uint64_t at = e.values[barrier][lane];
          if (ranks) at = (at & 0xffffff) | uint64_t{r + 1} << 24;
          MBarrier &b = barrierAt(e, at);
          b.open.push_back(writeDone);
          b.tx -= bytes;
          finishPhase(b);
        }
      }
    }
}

void OrderGraph::takeProduct(const Event &e, const Statement &s, const Nodes &nodes) {
  if (!s.is("wgmma.mma_async")) return;
  std::pair<uint32_t, uint32_t> warp{e.block, e.warp}, group{e.block, e.warp / 4};
  size_t number = issued[warp]++;
  std::vector<Product> &list = productsOf[group];
  if (list.size() <= number) list.resize(number + 1);
  Product &product = list[number];
  product.issues.push_back(nodes[0].second);
  products[warp].open.push_back(number);
  for (size_t operand : {size_t{1}, size_t{2}}) {
    if (s.operands[operand][0] == '{') continue;
    product.waitingAccesses.push_back(accesses.size());
    Access access;
    access.begin = nodes[0].second;
    access.end = kNone;
    access.proxy = Proxy::Async;
    access.line = s.line;
    touch(access, descriptorTouches(trace, e, operand, operand == 1));
  }
  if (product.issues.size() < 4) return;
  product.done = node(product.issues);
  for (size_t a : product.waitingAccesses) accesses[a].end = product.done;
}

void OrderGraph::takeGeneric(const Event &e, const Statement &s, const Nodes &nodes) {
  bool changes = s.is("tensormap"), matrix = s.is("ldmatrix") || s.is("stmatrix");
  bool atomic = (s.is("atom") || s.is("red")) && !s.is("red.async"), stores = s.is("st") && !s.is("st.async");
  if (!s.is("ld") && !stores && !atomic && !matrix && !changes) return;
  bool write = atomic || stores || s.is("stmatrix") || changes;
  // The address is the operand in brackets.
  size_t at = 0;
  while (at < s.operands.size() && s.operands[at][0] != '[') ++at;
  if (at == s.operands.size()) return;
  bool isStrong = atomic;
  for (const char *order : {"relaxed", "acquire", "release", "acq_rel", "volatile"}) isStrong |= s.has(order);
  uint32_t bytes = changes ? 128 : accessBytes(s);
  for (auto [thread, n] : nodes) {
    uint32_t lanes = std::get<2>(thread) & e.lanes;
    // One access of the whole warp, told by its first lane.
    if (s.is("tensormap.cp_fenceproxy") && !(lanes >> firstLane(e) & 1)) continue;
    if (isStrong) {
      // Whoever reads what a strong write left comes after it. Strong accesses do not race.
      for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint64_t address = e.values[at][static_cast<size_t>(std::countr_zero(rest))];
        auto seen = strong.find(address);
        if (!stores && seen != strong.end() && seen->second != n) join(thread, seen->second);
        if (write) strong[address] = last.at(thread);
      }
      continue;
    }
    Access access;
    access.begin = access.end = n;
    access.write = write;
    access.line = s.line;
    touch(access, lanesTouch(trace, e, lanes, at, bytes));
  }
}

} // namespace tw::emu::mutation
