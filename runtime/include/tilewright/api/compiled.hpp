// A compiled kernel: its artifact, the schedule it got, what it takes, and a call that runs it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/api/run.hpp"
#include "tilewright/c/compiler.h"
#include "tilewright/runtime/artifact.hpp"
#include "tilewright/schedule/schedule.hpp"

namespace tw {

/// Wall-clock milliseconds of the stages of a compilation. `choose` is the choice of members, traces included, and 0
/// where none was made; `assembly` is 0 where nothing was assembled.
struct StageTimes {
  double choose = 0, trace = 0, parse = 0, passes = 0, llvm = 0, assembly = 0;
  double to_ptx() const { return choose + trace + parse + passes + llvm; }
  double total() const { return to_ptx() + assembly; }
};

/// What one entry takes. Numbers that only an assembler knows are -1 where there is none: registers of a thread, and
/// bytes of stack and spills of a thread.
struct EntryReport {
  std::string name;
  int registers = -1;
  std::int64_t stack_bytes = -1, spill_store_bytes = -1, spill_load_bytes = -1;
  std::int64_t shared_bytes = 0; ///< of a block
  int threads = 0;               ///< of a block
};

/// What is known about a compilation.
struct Report {
  StageTimes milliseconds;
  /// In the order in which a launch tries them; the first is the fastest.
  std::vector<EntryReport> entries;
  /// What was declined and why, notes of the assembler, and why there is no cubin.
  std::vector<std::string> remarks;
  /// Everything but the times of the choice and the trace, as JSON.
  std::string json;
};

namespace detail {

/// Everything a compilation leaves behind; shared by the copies of a Compiled.
struct CompiledState {
  std::vector<std::byte> image;
  rt::Artifact artifact;
  Schedule schedule;
  Report report;
  std::string sched, llvm;
};

/// Sets the field of a schedule, or adds a member, from the text of its value.
inline void add_schedule_field(Schedule &schedule, const std::string &name, const std::string &type,
                               const std::string &value) {
  if (type == "bool")
    schedule.members.push_back({name, Literal(value == "true")});
  else if (type == "float")
    schedule.members.push_back({name, Literal(std::stod(value))});
  else if (type == "int")
    schedule.members.push_back({name, Literal(std::stoll(value))});
  else if (name == "stages")
    schedule.stages = std::stoi(value);
  else if (name == "warps")
    schedule.warps = std::stoi(value);
  else if (name == "persistent")
    schedule.persistent = value == "true";
  else if (name == "cluster")
    schedule.cluster = std::stoi(value);
  else if (name == "split_k")
    schedule.split_k = std::stoi(value);
  else if (name == "deterministic")
    schedule.deterministic = value == "true";
  else if (name == "reversed")
    schedule.reversed = value == "true";
  else if (name == "dynamic")
    schedule.dynamic = value == "true";
  else if (name == "raster_group")
    schedule.rasterization = Rasterization{std::stoi(value)};
  else if (name == "raster_order") // comes after the group
    schedule.rasterization = Rasterization{schedule.rasterization.value().group, value == "hilbert"};
  else if (name == "mma_atom") {
    for (MmaAtom atom : {MmaAtom::m16n8k8, MmaAtom::m16n8k16, MmaAtom::m16n8k32, MmaAtom::fma, MmaAtom::wgmma})
      if (value == Schedule::name_of(atom)) schedule.mma_atom = atom;
  } else if (name == "multicast") {
    for (Multicast multicast : {Multicast::a, Multicast::b, Multicast::both})
      if (value == Schedule::name_of(multicast)) schedule.multicast = multicast;
  } else if (name == "swizzle") {
    for (Swizzle swizzle : {Swizzle::none, Swizzle::b32, Swizzle::b64, Swizzle::b128})
      if (value == Schedule::name_of(swizzle)) schedule.swizzle = swizzle;
  }
}

inline Report report_of(const tw_compilation *compilation, const StageTimes &before) {
  Report report;
  tw_compile_timings timings = tw_compilation_timings(compilation);
  report.milliseconds = {before.choose, before.trace, timings.parse, timings.passes, timings.llvm, timings.assembly};
  for (std::size_t i = 0; i < tw_compilation_entry_count(compilation); ++i) {
    tw_entry_resources entry = tw_compilation_entry(compilation, i);
    report.entries.push_back({entry.name, entry.registers, entry.stack_bytes, entry.spill_store_bytes,
                              entry.spill_load_bytes, entry.shared_bytes, entry.threads});
  }
  for (std::size_t i = 0; i < tw_compilation_remark_count(compilation); ++i)
    report.remarks.push_back(tw_compilation_remark(compilation, i));
  report.json = tw_compilation_text(compilation, "report");
  return report;
}

} // namespace detail

/// A compiled kernel. Copies share what is inside, which does not change.
class Compiled {
public:
  explicit Compiled(std::shared_ptr<const detail::CompiledState> state) : state_(std::move(state)) {}

  /// The bytes of the artifact's file: what `tw-run` and rt::deserialise read. The same for the same input.
  std::span<const std::byte> artifact() const { return state_->image; }
  /// The artifact taken apart: launch rule, cubin, line map.
  const rt::Artifact &contents() const { return state_->artifact; }
  const std::string &ptx() const { return state_->artifact.ptx; }
  /// Every choice that was made, the given and the chosen ones, with the values of all members. Compiling with it
  /// gives the same code.
  const Schedule &schedule() const { return state_->schedule; }
  const Report &report() const { return state_->report; }
  /// The trace; and the intermediate forms, empty unless CompileOptions::keep_texts was set.
  const std::string &tile_text() const { return state_->artifact.tile_text; }
  const std::string &sched_text() const { return state_->sched; }
  const std::string &llvm_text() const { return state_->llvm; }
  /// Whether both come from the same compilation.
  bool same_as(const Compiled &other) const { return state_ == other.state_; }

  /// Writes the artifact to a file, whole or not at all.
  void write(const std::string &path) const { detail::check(rt::write_artifact(path, state_->artifact)); }

  /// Loads the kernel on the device for repeated launches on device memory.
  std::unique_ptr<rt::Launcher> load(Device &device) const {
    return detail::value_of(rt::Launcher::create(device, state_->artifact));
  }

  /// Runs once: copies the tensors to the device, launches, waits, and copies back those that are not const. Numbers
  /// become scalars of the type that the kernel declares. Loads the kernel each time; see `load` and `jit`.
  /// Throws tw::Error for arguments that do not fit, for faults of the device and for findings of the emulator.
  template <class... Arguments> void run(Device &device, Arguments &&...arguments) const {
    std::unique_ptr<rt::Launcher> launcher = load(device);
    detail::run(*launcher, {detail::RunArgument(arguments)...});
  }

private:
  std::shared_ptr<const detail::CompiledState> state_;
};

} // namespace tw
