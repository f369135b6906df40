// What tw-emu prints of a running kernel: its instructions per warp, and registers and tiles at breakpoints.
#pragma once

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/emulator/observer.hpp"

namespace tw::tools {

/// Prints instructions (`trace`), and at the PTX lines of `breaks` the state before the instruction, the first `most`
/// times.
class EmulatorView : public emu::Observer {
public:
  static constexpr int most = 20;
  EmulatorView(std::FILE *to, const std::string &ptx, bool trace, std::set<int> breaks);
  void executes(const emu::Moment &moment) override;
  /// Tells which lines of `breaks` no instruction was executed at.
  void finish() const;

private:
  void print_heading(const emu::Moment &moment);
  void print_state(const emu::Moment &moment) const;
  std::string instruction_text(const emu::Moment &moment) const;

  std::FILE *to;
  std::vector<std::string> lines;
  bool trace;
  std::set<int> breaks, reached;
  int shown = 0;
  std::string heading;
};

/// Counts of a launch by kind of instruction, then by opcode, bytes and bank conflicts.
std::string stats_text(const emu::LaunchStats &stats);
/// The kind of an opcode: "integer", "float", "matrix", "shared memory", ...
std::string instruction_kind(const std::string &opcode);

} // namespace tw::tools
