// Shared by the bulk and tensor copies: checked pieces of memory, barriers, and how copies start.
#pragma once

#include <optional>
#include <span>

#include "machine/execution.hpp"
#include "ops/dispatch.hpp"

namespace tw::emu {

/// Bytes of the shared memory of a CTA of the cluster.
struct SharedBytes {
  Cta *cta = nullptr;
  uint64_t offset = 0; ///< in its window
  uint8_t *host = nullptr;
};
/// The bytes at a 32-bit address of the shared window; reports what is wrong and returns nothing. A read checks that
/// the bytes were written, a write marks them, and without `write` neither is done.
std::optional<SharedBytes> sharedBytes(Warp &w, const Instruction &in, uint32_t lane, uint64_t address, uint32_t bytes,
                                       uint32_t align, std::optional<bool> write);
/// Reports bytes of a region that nobody wrote.
void checkInitialised(Warp &w, const Instruction &in, uint32_t lane, const Region &region, uint64_t offset,
                      uint64_t bytes);

/// Bytes of a buffer.
struct GlobalBytes {
  Region *region = nullptr;
  uint64_t address = 0;
  uint8_t *host = nullptr;
};
std::optional<GlobalBytes> globalBytes(Warp &w, const Instruction &in, uint32_t lane, uint64_t address, uint64_t bytes,
                                       uint32_t align, bool write);

/// A live mbarrier that a copy completes on.
struct BulkBarrier {
  Cta *cta = nullptr;
  uint64_t offset = 0;
  MBarrier *object = nullptr;
};
/// The barrier at a shared address, which must lie in `home`: the CTA of the copy's destination.
std::optional<BulkBarrier> bulkBarrier(Warp &w, const Instruction &in, uint32_t lane, uint64_t address, Cta *home);

/// Bytes that a copy touches, for the race checker.
struct TouchedBytes {
  emulator::Space space = emulator::Space::global;
  uint32_t owner = 0;
  std::span<const emulator::ByteRange> ranges;
};

/// Starts a copy that completes on `barrier` with `txBytes`.
void startOnBarrier(Warp &w, const Instruction &in, uint32_t lane, AsyncCopy copy, const BulkBarrier &barrier,
                    uint32_t txBytes, const TouchedBytes &read, const TouchedBytes &written);
/// Starts a copy of the lane's open bulk group.
void startInGroup(Warp &w, const Instruction &in, uint32_t lane, AsyncCopy copy, const TouchedBytes &read,
                  const TouchedBytes &written);

/// The same offset as `to` in the CTA of a rank.
std::optional<SharedBytes> receiver(Warp &w, const Instruction &in, uint32_t lane, uint32_t rank,
                                    const SharedBytes &to);
/// Calls f(destination, barrier, first) for every CTA that receives a copy: those of `mask` at the same offsets, or
/// with mask 0 the CTA of `to` alone. Reports what is wrong.
template <class F>
void forEachReceiver(Warp &w, const Instruction &in, uint32_t lane, uint32_t mask, const SharedBytes &to,
                     uint64_t barrierAddress, F f) {
  auto barrier = bulkBarrier(w, in, lane, barrierAddress, to.cta);
  if (!barrier) return;
  if (mask == 0) return f(to, *barrier, true);
  bool first = true;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto at = receiver(w, in, lane, static_cast<uint32_t>(std::countr_zero(rest)), to);
    if (!at) continue;
    auto theirs = bulkBarrier(w, in, lane, clusterAddress(barrier->offset, at->cta->clusterRank), at->cta);
    if (!theirs) continue;
    f(*at, *theirs, first);
    first = false;
  }
}

/// The function of a reduction by name and type; null when it does not exist.
Combine combineFor(std::string_view operation, Type type);
/// Takes the operation and type of cp.reduce and red.async.
std::pair<Combine, Type> takeReduction(Builder &b, bool toGlobal);

/// Collects address operands with their constant offsets as pairs of slots.
class AddressList {
public:
  explicit AddressList(Builder &b) : b(b) {}
  void address(const ast::Operand &operand, Space space);
  void value(Slot slot) { slots.push_back(slot); }
  void finish() { b.extras(slots); }

private:
  Builder &b;
  std::vector<Slot> slots;
};

/// Decodes cp.async.bulk.tensor, cp.reduce.async.bulk.tensor, cp.async.bulk.prefetch.tensor after their .tensor.
void decodeTensorCopy(Builder &b, bool reduces, bool prefetches);

} // namespace tw::emu
