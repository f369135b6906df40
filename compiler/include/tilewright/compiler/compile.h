// The compiler as a function: from the text of a trace to an artifact. No header of MLIR is needed to call it.

#ifndef TILEWRIGHT_COMPILER_COMPILE_H
#define TILEWRIGHT_COMPILER_COMPILE_H

#include "tilewright/Target/Nvptx/Assemble.h"
#include "tilewright/Target/Result.h"
#include "tilewright/runtime/artifact.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tilewright {

/// The fields of a schedule that are fixed from outside; zero or empty leaves the choice to the planner.
struct ScheduleRequest {
  int stages = 0;
  int warps = 0;
  std::string atom = {}; ///< "fma", "mma_m16n8k8", "mma_m16n8k16", "mma_m16n8k32"
  int swizzle = 128;     ///< the widest span of swizzles in shared memory in bytes: 32, 64 or 128; 0: none
  int rasterGroup = 0;
  std::optional<bool> persistent = {}; ///< whether blocks go on to further tiles
  int cluster = 0;                     ///< blocks launched together, which load shared operands once (sm_90a)
  std::string multicast = {};          ///< the operands that they load together: "a", "b" or "both"
  int splits = 0;                      ///< blocks that compute each tile's sums over K in parts
  std::string order = {};              ///< of tiles within groups of rows: "grouped" or "hilbert"
  bool reversed = false;               ///< tiles from the last to the first
  bool dynamic = false;                ///< persistent blocks ask a counter for their next tile (sm_90a)
  bool deterministic = true;           ///< the parts are added in one order; else as they come, by atomics
};

/// Reads the JSON form of a schedule (`stages`, `warps`, `mma_atom`, `swizzle`, `raster_group`, `persistent`,
/// `cluster`, `multicast`, `raster_order`, `reversed`, `dynamic`, `split_k`, `deterministic`,
/// `members`); an unknown field or value is the failure
/// `E-schedule-json`. Members are for the tracer and ignored here.
Result<ScheduleRequest> parseSchedule(std::string_view json);

struct CompileOptions {
  std::string target = "sm_80";
  /// The kernel to compile; may stay empty if the module has one.
  std::string kernel = {};
  ScheduleRequest schedule = {};
  /// Also make a cubin, if an assembler is on this machine.
  bool assemble = true;
  /// Also return the texts of the intermediate forms.
  bool keepTexts = false;
};

/// Wall-clock milliseconds of the stages.
struct CompileTimings {
  double parse = 0, passes = 0, llvm = 0, assembly = 0;
  double toPtx() const { return parse + passes + llvm; }
};

struct Compiled {
  tw::rt::Artifact artifact;
  ResourceReport resources;
  /// Why there is no cubin; empty if there is one or none was asked for.
  std::string assemblerMessage;
  CompileTimings timings;
  /// Bank conflicts of shared memory that the layouts predict, by entry: extra wavefronts of the worst warp, each
  /// access of the code counted once.
  std::map<std::string, int64_t> bankConflicts;
  /// With `keepTexts`: the sched dialect and LLVM IR.
  std::string sched, llvmIr;
  /// Remarks: what was declined, and why.
  std::vector<std::string> remarks;
};

/// Compiles a kernel of a module of the tile dialect given as text. `fileName` is what messages call the text.
/// User errors carry the locations of the trace: `E-compile` and, for malformed text, `E-parse`.
Result<Compiled> compile(std::string_view moduleText, std::string_view fileName, const CompileOptions &options);

/// The names of the kernels of a module, in order.
Result<std::vector<std::string>> listKernels(std::string_view moduleText, std::string_view fileName);

} // namespace tilewright

#endif // TILEWRIGHT_COMPILER_COMPILE_H
