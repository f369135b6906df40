// What each GPU target has and how fast it is: the one table that verifier, planner, diagnostics and documentation
// read.
#ifndef TILEWRIGHT_TARGET_TARGETINFO_H
#define TILEWRIGHT_TARGET_TARGETINFO_H

#include "tilewright/Target/Result.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace tilewright {

/// Element types as the matrix units know them.
enum class MmaElement { F64, F32, Tf32, F16, Bf16, E4m3, E5m2, S8, U8, S32 };

/// One shape and type of `mma.sync` (PTX ISA 9.7.14.5): D (m x n, accumulator) = A (m x k) * B (k x n) + C.
struct MmaAtom {
  int m, n, k;
  MmaElement a, b, accumulator;
  /// The PTX version that introduced it on this target, times ten (84 is 8.4).
  int ptxVersion;
};

/// One type of `wgmma.mma_async` (PTX ISA 9.7.15.5): D (64 x n) += A (64 x k) * B (k x n) for n = nStep, 2 nStep, ...
/// up to 256.
struct WgmmaAtom {
  MmaElement a, b, accumulator;
  int k;
  int nStep;
  /// Whether operands may be stored with M or N contiguous; K contiguous is always possible.
  bool transposes;
};

/// Limits and cost numbers of one target. Sizes are bytes, rates are per clock and SM unless they say otherwise.
struct TargetInfo {
  /// As given to --target: `sm_90a`.
  std::string_view name;
  /// LLVM's processor name; also ptxas' --gpu-name.
  std::string_view cpu;
  /// Compute capability times ten: 80, 89, 90.
  int computeCapability;
  /// The lowest PTX version that knows this target, times ten.
  int ptxVersion;

  // Limits (CUDA programming guide, table "technical specifications per compute capability").
  int64_t sharedPerBlock;          ///< dynamic, after opting in
  int64_t sharedStaticPerBlock;    ///< without opting in
  int64_t sharedPerMultiprocessor; ///< of which every resident block costs sharedReservedPerBlock more
  int64_t sharedReservedPerBlock;
  int registersPerThread;
  int registersPerMultiprocessor;
  int threadsPerBlock;
  int warpsPerMultiprocessor;
  int blocksPerMultiprocessor;
  int namedBarriers;
  int clusterSize; ///< portable maximum; 1 where clusters do not exist

  // Instructions.
  bool hasCpAsync;
  bool hasLdmatrix;
  bool hasStmatrix;
  bool hasTma;
  bool hasWgmma;
  bool hasFp8Conversion;  ///< cvt to and from e4m3 and e5m2
  bool hasBf16Arithmetic; ///< add, sub, mul of bf16 (fma exists from sm_80)
  std::span<const MmaAtom> mma;
  std::span<const WgmmaAtom> wgmma;
  std::span<const int> cpAsyncBytes; ///< sizes of one cp.async; only 16 may bypass L1 (.cg)

  // Cost numbers of the reference product of this target.
  std::string_view product;
  int multiprocessors;
  double clockHz;
  double memoryBytesPerSecond;
  int64_t l2Bytes;
  double sharedBytesPerClock;
  double vectorF32FlopPerClock;
  double specialFunctionsPerClock; ///< ex2, rcp, ...
  double tensorF16FlopPerClock;    ///< f16 and bf16, f32 accumulator, dense
  double tensorTf32FlopPerClock;
  double tensorFp8FlopPerClock; ///< 0 where it does not exist
  double tensorInt8OpsPerClock;
  double tensorF64FlopPerClock;

  /// Dense matrix rate for operand type `operand` in FLOP per clock and SM; 0 where the unit does not take it.
  double tensorFlopPerClock(MmaElement operand) const;

  /// The atom with these types and this K, or null: no such instruction here.
  const MmaAtom *findMma(MmaElement a, MmaElement b, MmaElement accumulator, int k) const;
  /// The wgmma with these types, or null.
  const WgmmaAtom *findWgmma(MmaElement a, MmaElement b, MmaElement accumulator) const;
};

/// All targets, oldest first.
std::span<const TargetInfo> allTargets();

/// The target called `name`; the failure `E-target-unknown` lists the names that exist.
Result<const TargetInfo *> findTarget(std::string_view name);

} // namespace tilewright

#endif // TILEWRIGHT_TARGET_TARGETINFO_H
