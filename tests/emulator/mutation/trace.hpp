// The run of a kernel as it is, instruction by instruction: what each warp did, with the values of operands.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "launches/launch_case.hpp"
#include "mutation/ptx_text.hpp"

namespace tw::emu::mutation {

/// One instruction of one warp.
struct Event {
  size_t statement = 0; ///< in the kernel's text
  uint32_t block = 0;   ///< linear number in the grid
  uint32_t warp = 0;    ///< in the block
  uint32_t lanes = 0;
  /// Of each operand: the address of `[base+offset]`, or the number; zero for what is neither.
  std::vector<std::array<uint64_t, 32>> values;
};

/// All that synchronises, accesses memory or ends threads, in the order of execution.
struct Trace {
  KernelText text;
  std::vector<Event> events;
  uint32_t blockThreads = 0, clusterBlocks = 1;
  std::map<uint64_t, uint32_t> boxBytes; ///< of tensor maps among the parameters, by their generic address
  uint32_t otherBoxBytes = 0;            ///< of maps elsewhere: those of the first map among the parameters
};

/// Runs the case once, everything asynchronous landing at issue. Waits that fail and are tried again appear each time.
Trace record(const test::LaunchCase &launch);

} // namespace tw::emu::mutation
