// Which bytes the instructions of a recorded run touch.
#pragma once

#include "mutation/trace.hpp"

namespace tw::emu::mutation {

/// Four bytes of memory: global ones by their address, shared ones by block and offset.
using Granule = uint64_t;

/// Block and offset that an address of the shared window means in `block`: its own memory, or another's of the cluster.
std::pair<uint32_t, uint64_t> sharedPlace(const Trace &trace, uint32_t block, uint64_t address);

/// One side of an access.
struct Touched {
  std::vector<Granule> granules;
  bool global = false;
};

/// What lane accesses of ld, st, atom, red, ldmatrix, stmatrix, cp.async and the tensor map instructions touch: operand
/// `operand` of the event, `bytes` from each of the lanes.
Touched lanesTouch(const Trace &trace, const Event &event, uint32_t lanes, size_t operand, uint32_t bytes);
/// Bytes of one element times the vector, from the modifiers.
uint32_t accessBytes(const Statement &s);
/// The shared bytes that a wgmma reads through the descriptor in an operand: A (64 rows) or B (n rows).
Touched descriptorTouches(const Trace &trace, const Event &event, size_t operand, bool isA);

} // namespace tw::emu::mutation
