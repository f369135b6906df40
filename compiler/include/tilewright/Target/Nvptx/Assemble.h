// From PTX text to a cubin, by the assembler of the CUDA Toolkit started as a child process without a shell.
#ifndef TILEWRIGHT_TARGET_NVPTX_ASSEMBLE_H
#define TILEWRIGHT_TARGET_NVPTX_ASSEMBLE_H

#include "tilewright/Target/Result.h"
#include "tilewright/Target/TargetInfo.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilewright {

/// An assembler on this machine.
struct Assembler {
  /// Absolute path of the program.
  std::string path;
  /// What it says of itself, as `ptxas release 13.0, V13.0.88`: goes into cache keys.
  std::string identity;
};

/// Looks for ptxas: the environment variable TILEWRIGHT_PTXAS (which then decides alone), PATH, `toolkit`/bin,
/// and the Python packages of the assembler (site-packages/nvidia/*/bin/ptxas) under the prefixes of the interpreters
/// in PATH, $VIRTUAL_ENV and the home folder. Fails with `E-asm-missing`, or `E-asm-broken` when the program found does
/// not answer --version.
Result<Assembler> findAssembler(const std::string &toolkit = "/usr/local/cuda");

/// What the assembler says of one kernel.
struct EntryResources {
  std::string name;
  int registers = 0;
  int64_t stackBytes = 0;
  int64_t spillStoreBytes = 0;
  int64_t spillLoadBytes = 0;
  /// Static shared memory; dynamic shared memory is chosen at launch.
  int64_t sharedBytes = 0;
  int64_t constantBytes = 0;
  int barriers = 0;
};

/// Everything the assembler says of a module.
struct ResourceReport {
  std::vector<EntryResources> entries;
  /// Warnings and advice, a line each, with the file name removed, in the order of the output.
  std::vector<std::string> notes;

  /// Whether a note says "Potential Performance Loss" or has a code C75xx: instructions were serialised or ignored.
  bool hasPerformanceLoss() const;
  /// Whether a kernel spills registers.
  bool hasSpills() const;
  /// The entry called `name`, or null.
  const EntryResources *find(std::string_view name) const;
};

/// Reads the report from the output of `ptxas -v`; unknown lines are skipped.
ResourceReport parseResourceReport(std::string_view output);

/// How to assemble.
struct AssembleOptions {
  /// A run that takes longer is killed: `E-asm-timeout`.
  std::chrono::milliseconds timeout{60000};
  /// ptxas' -O level, 0 to 3.
  int optimizationLevel = 3;
  /// Keep line tables (`-lineinfo`).
  bool lineInfo = false;
};

/// What came out.
struct AssembledCubin {
  std::vector<std::uint8_t> cubin;
  ResourceReport report;
  double milliseconds = 0;
};

/// Assembles `ptx` for `target`. Nothing of the run stays on disk. Fails with `E-asm-rejected` (the assembler refused
/// the text: a bug of ours, or of inline PTX; its messages follow), `E-asm-timeout`, `E-asm-start`, `E-asm-crashed`,
/// `E-asm-files` (no place for temporary files).
Result<AssembledCubin> assemble(std::string_view ptx, const TargetInfo &target, const Assembler &assembler,
                                const AssembleOptions &options = {});

} // namespace tilewright

#endif // TILEWRIGHT_TARGET_NVPTX_ASSEMBLE_H
