// The PTX machine: parse a PTX module, give it buffers, launch a kernel on the CPU, read the findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tw::emu {

class Observer;

struct Program;

/// What is wrong with a PTX text. `unsupported` is true when the text may be valid PTX that this machine does not know.
struct ParseError {
  std::string file;
  int line = 0;
  std::string message;
  std::string fix;
  bool unsupported = false;
  /// `FILE:LINE: error: MESSAGE` and, on a second line, `  fix: FIX`.
  std::string text() const;
};

/// A kernel parameter as the PTX declares it; offsets are those of the parameter block of a launch.
struct ParameterInfo {
  std::string name;
  uint32_t offset = 0, bytes = 0;
};

/// A decoded PTX module. Cheap to copy; immutable.
class Module {
public:
  /// Decodes `text`; `name` is the file name used in messages. Never throws.
  static std::variant<Module, ParseError> parse(std::string_view text, std::string name);

  /// Names of the `.entry` functions in order of appearance.
  std::vector<std::string> entries() const;
  /// Parameters of an entry; empty when there is no such entry.
  std::vector<ParameterInfo> parameters(std::string_view entry) const;
  /// Total bytes of the parameter block of an entry.
  uint32_t parameter_bytes(std::string_view entry) const;
  /// Bytes of static shared memory of the entry that has the most, its module's variables included. Dynamic shared
  /// memory begins behind that of the launched entry, or behind these bytes where a .func uses dynamic memory too.
  uint32_t static_shared_bytes() const;
  /// The decoded program, for the machine.
  const std::shared_ptr<const Program> &program() const { return decoded; }

private:
  std::shared_ptr<const Program> decoded;
};

/// Sizes of a grid or block.
struct Extent {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t count() const { return uint64_t{x} * y * z; }
};

/// Which checks run. All do by default.
struct CheckOptions {
  bool bounds = true; ///< out-of-bounds and misaligned accesses; off only skips the report, the access is never made
  bool uninitialised = true;  ///< reads of bytes nobody wrote
  bool races = true;          ///< unordered conflicting accesses
  bool bank_conflicts = true; ///< counts, not findings
  bool strict = false;        ///< rules on which sources differ are findings instead of warnings
  /// At most this many findings are kept per launch; the rest are counted.
  uint32_t limit = 100;
  static CheckOptions all() { return {}; }
  static CheckOptions none() { return {false, false, false, false, false, 100}; }
};

/// A line of the user's program that PTX lines came from.
struct SourceLine {
  std::string file;
  int line = 0;
};

/// Lines and names of the user's program. Lines of PTX that are missing fall back to `.loc`.
struct LineMap {
  std::map<int, SourceLine> lines;
};

/// When the effects of asynchronous operations land. A correct kernel cannot tell the difference.
enum class AsyncTiming : uint8_t {
  BySeed, ///< one of the others: late for seed 0
  Early,  ///< at once
  Late,   ///< at the latest legal moment
  Random  ///< at a random moment between
};

/// How floating-point matrix products (mma, wgmma, wmma) are added, where the ISA leaves order and rounding open.
enum class Numerics : uint8_t {
  Exact, ///< exact products, added in double, rounded once
  Hopper ///< bit by bit as published measurements of Hopper describe it; not confirmed by our own (docs/TESTING.md)
};

/// How to launch.
struct LaunchConfig {
  Extent grid, block;
  /// CTAs of a cluster; 0 takes what the kernel requires (`.reqnctapercluster`), or 1.
  Extent cluster{0, 0, 0};
  AsyncTiming async_timing = AsyncTiming::BySeed;
  Numerics numerics = Numerics::Exact;
  uint32_t dynamic_shared_bytes = 0;
  /// 0: warps run in a fixed order. Otherwise the order of warps, their time slices and unspecified choices follow the
  /// seed.
  uint64_t seed = 0;
  CheckOptions checks;
  /// Warp-instructions after which the launch ends with a hang finding.
  uint64_t instruction_budget = 4'000'000'000;
  /// Work after which the launch ends with a hang finding, so that its time is bounded whatever it executes: a
  /// warp-instruction counts 1, a matrix product 1 more for 64 of its multiplications, a copy 1 for each 16 bytes, a
  /// block 1 for each KiB of its shared memory. Not limited by default.
  uint64_t work_budget = ~uint64_t{0};
  /// CTAs that run at the same time; the rest wait for a place. Enough for the whole grid when kernels wait for each
  /// other's CTAs.
  uint32_t resident_ctas = 16;
  /// Host threads that may run CTAs at the same time. More than one are used where nothing but races can pass from CTA
  /// to CTA and the race check is on. Results, findings and counts are the same for any number: once anything is found,
  /// the launch starts again on one thread with memory as it was.
  uint32_t host_threads = 1;
  /// Shared memory one CTA may have, in bytes (static + dynamic).
  uint32_t shared_limit = 232448;
  /// The next launch on this machine may start before this one has ended (programmatic dependent launch): what this
  /// one accesses is remembered for it.
  bool allows_dependent = false;
  /// This launch may start before the previous one, which had `allows_dependent`, has ended. Until a thread has
  /// executed griddepcontrol.wait, its accesses that conflict with that launch are findings.
  bool dependent = false;
  const LineMap *line_map = nullptr;
  Observer *observer = nullptr; ///< sees every instruction (observer.hpp)
};

enum class FindingKind : uint8_t { Race, Uninitialised, Bounds, Hang, Misuse, Unsupported };
/// "race", "uninit", "bounds", "hang", "misuse" or "unsupported".
std::string_view name_of(FindingKind kind);

/// One thread's place in the grid.
struct ThreadPosition {
  Extent block{0, 0, 0}, thread{0, 0, 0};
};

/// One memory access or wait that takes part in a finding.
struct Site {
  int ptx_line = 0;
  std::string instruction; ///< as written, shortened
  SourceLine source;       ///< user's line when known
  ThreadPosition where;
};

/// One thing that is wrong with the executed kernel.
struct Finding {
  FindingKind kind = FindingKind::Misuse;
  std::string rule;    ///< stable code such as "bounds.read"
  std::string message; ///< what, with both values
  std::string fix;     ///< may be empty
  std::string section; ///< of the PTX ISA
  Site at;
  std::vector<Site> others;
  std::string buffer; ///< name of the buffer or space, empty when no memory is involved
  int64_t offset = 0; ///< bytes from the start of the buffer
  uint32_t bytes = 0;
  uint64_t times = 1; ///< how often the same rule fired at the same line
  /// The finding as a few lines of text.
  std::string text(std::string_view ptx_file) const;
};

/// Counts of one launch.
struct LaunchStats {
  uint64_t instructions = 0; ///< warp-instructions executed
  std::map<std::string, uint64_t> by_opcode;
  uint64_t global_bytes_read = 0, global_bytes_written = 0;
  uint64_t shared_load_conflicts = 0, shared_store_conflicts = 0, ldmatrix_conflicts = 0; ///< extra wavefronts
  uint64_t shared_loads = 0, shared_stores = 0, ldmatrix = 0;                             ///< warp-level accesses
};

enum class LaunchStatus : uint8_t {
  Clean,    ///< ran to the end, no findings
  Findings, ///< at least one finding (the kernel may or may not have ended)
  Refused   ///< the launch itself is impossible; the reason is the only finding
};

struct LaunchResult {
  LaunchStatus status = LaunchStatus::Clean;
  std::vector<Finding> findings;
  uint64_t findings_total = 0;
  /// What breaks a rule on which sources differ (CheckOptions::strict makes it a finding).
  std::vector<Finding> warnings;
  LaunchStats stats;
  std::string printf_text;
  uint32_t host_threads = 1; ///< that ran the launch
};

/// A machine with memory. Not thread safe.
class Machine {
public:
  Machine();
  ~Machine();
  Machine(const Machine &) = delete;
  Machine &operator=(const Machine &) = delete;

  /// Makes `bytes` visible to kernels at the returned device address (256-byte aligned, not more) until removed. The
  /// machine reads and writes the span itself. With `initialised` false, reads before writes are findings.
  uint64_t add_buffer(std::span<std::byte> bytes, std::string name, bool initialised);
  /// Forgets the buffer at `address`; later accesses to it are out of bounds.
  void remove_buffer(uint64_t address);
  /// The buffer's bytes from now on count as written (`initialised`) or not.
  void set_initialised(uint64_t address, bool initialised);
  /// Device address and bytes of a module variable, 0 when there is none. The contents live until the machine ends.
  uint64_t variable_address(const Module &module, std::string_view name, uint64_t *bytes = nullptr);

  /// Runs `entry` of `module` to its end or to a hang. `parameters` is the parameter block.
  LaunchResult launch(const Module &module, std::string_view entry, const LaunchConfig &config,
                      std::span<const std::byte> parameters);

  struct State;

private:
  std::unique_ptr<State> state;
};

} // namespace tw::emu
