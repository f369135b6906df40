// Parses one PTX text and launches a kernel of it with arguments made up from its parameters.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "mutate.hpp"

namespace tw::emu::fuzz {

/// How far a case came, and what it was told. Plain data: it lies in memory shared with a forked process.
struct Outcome {
  enum class Stage : uint32_t { Started, Rejected, Refused, Clean, Findings };
  Stage stage = Stage::Started;
  bool unsupported = false;        ///< of Rejected: the parser does not know it, instead of calling it wrong
  std::array<uint32_t, 6> kinds{}; ///< findings by FindingKind
  uint32_t microseconds = 0;       ///< of processor time
  uint32_t silent = 0; ///< errors, refusals or findings without a message, or without the line they are about
};

/// Runs `text` and keeps `outcome` up to date. Buffers are small; the launch stops after a bounded amount of work. One
/// launch in eight is hostile: sizes, limits and parameter blocks at random.
void runCase(const std::string &text, Random &random, Outcome &outcome);

} // namespace tw::emu::fuzz
