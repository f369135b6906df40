// The numbers of the targets: CUDA programming guide (limits), PTX ISA (instructions), vendor data sheets (rates).
#include "tilewright/Target/TargetInfo.h"

#include <algorithm>
#include <array>
#include <string>

namespace tilewright {
namespace {

using enum MmaElement;

// PTX ISA 9.7.14.5, "Matrix multiply-accumulate operation using mma instruction".
constexpr MmaAtom mmaAtoms[] = {
    {8, 8, 4, F64, F64, F64, 70},     {16, 8, 8, F16, F16, F32, 70},    {16, 8, 8, F16, F16, F16, 70},
    {16, 8, 16, F16, F16, F32, 70},   {16, 8, 16, F16, F16, F16, 70},   {16, 8, 8, Bf16, Bf16, F32, 70},
    {16, 8, 16, Bf16, Bf16, F32, 70}, {16, 8, 4, Tf32, Tf32, F32, 70},  {16, 8, 8, Tf32, Tf32, F32, 70},
    {16, 8, 16, S8, S8, S32, 70},     {16, 8, 32, S8, S8, S32, 70},     {16, 8, 16, U8, U8, S32, 70},
    {16, 8, 32, U8, U8, S32, 70},     {16, 8, 16, S8, U8, S32, 70},     {16, 8, 32, S8, U8, S32, 70},
    {16, 8, 16, U8, S8, S32, 70},     {16, 8, 32, U8, S8, S32, 70},     {16, 8, 32, E4m3, E4m3, F32, 84},
    {16, 8, 32, E4m3, E5m2, F32, 84}, {16, 8, 32, E5m2, E4m3, F32, 84}, {16, 8, 32, E5m2, E5m2, F32, 84},
};
constexpr std::size_t fp8AtomCount = 4;
constexpr std::span<const MmaAtom> allMma(mmaAtoms);
constexpr std::span<const MmaAtom> mmaWithoutFp8 = allMma.first(allMma.size() - fp8AtomCount);

// PTX ISA 9.7.15.5.1, 9.7.15.5.2; N of s8 and u8 also takes 8 and 24, which are no multiples of 16.
constexpr WgmmaAtom wgmmaAtoms[] = {
    {F16, F16, F32, 16, 8, true},    {Bf16, Bf16, F32, 16, 8, true},  {Tf32, Tf32, F32, 8, 8, false},
    {E4m3, E4m3, F32, 32, 8, false}, {E4m3, E5m2, F32, 32, 8, false}, {E5m2, E4m3, F32, 32, 8, false},
    {E5m2, E5m2, F32, 32, 8, false}, {S8, S8, S32, 32, 16, false},    {S8, U8, S32, 32, 16, false},
    {U8, S8, S32, 32, 16, false},    {U8, U8, S32, 32, 16, false},
};

constexpr int cpAsyncSizes[] = {4, 8, 16};

constexpr TargetInfo ampere = {
    .name = "sm_80",
    .cpu = "sm_80",
    .computeCapability = 80,
    .ptxVersion = 70,
    .sharedPerBlock = 163 * 1024,
    .sharedStaticPerBlock = 48 * 1024,
    .sharedPerMultiprocessor = 164 * 1024,
    .sharedReservedPerBlock = 1024,
    .registersPerThread = 255,
    .registersPerMultiprocessor = 65536,
    .threadsPerBlock = 1024,
    .warpsPerMultiprocessor = 64,
    .blocksPerMultiprocessor = 32,
    .namedBarriers = 16,
    .clusterSize = 1,
    .hasCpAsync = true,
    .hasLdmatrix = true,
    .hasStmatrix = false,
    .hasTma = false,
    .hasWgmma = false,
    .hasFp8Conversion = false,
    .hasBf16Arithmetic = false,
    .mma = mmaWithoutFp8,
    .wgmma = {},
    .cpAsyncBytes = cpAsyncSizes,
    .product = "A100 80 GB SXM",
    .multiprocessors = 108,
    .clockHz = 1.41e9,
    .memoryBytesPerSecond = 2.039e12,
    .l2Bytes = 40ll << 20,
    .sharedBytesPerClock = 128,
    .vectorF32FlopPerClock = 128,
    .specialFunctionsPerClock = 16,
    .tensorF16FlopPerClock = 2048,
    .tensorTf32FlopPerClock = 1024,
    .tensorFp8FlopPerClock = 0,
    .tensorInt8OpsPerClock = 4096,
    .tensorF64FlopPerClock = 128,
};

constexpr TargetInfo makeAda() {
  TargetInfo t = ampere;
  t.name = t.cpu = "sm_89";
  t.computeCapability = 89;
  t.ptxVersion = 78;
  t.sharedPerBlock = 99 * 1024;
  t.sharedPerMultiprocessor = 100 * 1024;
  t.warpsPerMultiprocessor = 48;
  t.blocksPerMultiprocessor = 24;
  t.hasFp8Conversion = true;
  t.mma = allMma;
  t.product = "L40S";
  t.multiprocessors = 142;
  t.clockHz = 2.52e9;
  t.memoryBytesPerSecond = 0.864e12;
  t.l2Bytes = 96ll << 20;
  t.vectorF32FlopPerClock = 256;
  t.tensorF16FlopPerClock = 1024;
  t.tensorTf32FlopPerClock = 512;
  t.tensorFp8FlopPerClock = 2048;
  t.tensorInt8OpsPerClock = 2048;
  t.tensorF64FlopPerClock = 4;
  return t;
}

constexpr TargetInfo makeHopper() {
  TargetInfo t = ampere;
  t.name = t.cpu = "sm_90a";
  t.computeCapability = 90;
  t.ptxVersion = 80;
  t.sharedPerBlock = 227 * 1024;
  t.sharedPerMultiprocessor = 228 * 1024;
  t.clusterSize = 8;
  t.hasStmatrix = true;
  t.hasTma = true;
  t.hasWgmma = true;
  t.hasFp8Conversion = true;
  t.hasBf16Arithmetic = true;
  t.mma = allMma;
  t.wgmma = wgmmaAtoms;
  t.product = "H200 SXM";
  t.multiprocessors = 132;
  t.clockHz = 1.83e9;
  t.memoryBytesPerSecond = 4.8e12;
  t.l2Bytes = 50ll << 20;
  t.vectorF32FlopPerClock = 256;
  t.tensorF16FlopPerClock = 4096;
  t.tensorTf32FlopPerClock = 2048;
  t.tensorFp8FlopPerClock = 8192;
  t.tensorInt8OpsPerClock = 8192;
  t.tensorF64FlopPerClock = 256;
  return t;
}

constexpr std::array targets = {ampere, makeAda(), makeHopper()};

} // namespace

double TargetInfo::tensorFlopPerClock(MmaElement operand) const {
  switch (operand) {
  case F64: return tensorF64FlopPerClock;
  case Tf32: return tensorTf32FlopPerClock;
  case F16:
  case Bf16: return tensorF16FlopPerClock;
  case E4m3:
  case E5m2: return tensorFp8FlopPerClock;
  case S8:
  case U8: return tensorInt8OpsPerClock;
  case F32:
  case S32: return 0;
  }
  return 0;
}

const MmaAtom *TargetInfo::findMma(MmaElement a, MmaElement b, MmaElement accumulator, int k) const {
  auto found = std::find_if(mma.begin(), mma.end(), [&](const MmaAtom &atom) {
    return atom.a == a && atom.b == b && atom.accumulator == accumulator && atom.k == k;
  });
  return found == mma.end() ? nullptr : &*found;
}

const WgmmaAtom *TargetInfo::findWgmma(MmaElement a, MmaElement b, MmaElement accumulator) const {
  auto found = std::find_if(wgmma.begin(), wgmma.end(), [&](const WgmmaAtom &atom) {
    return atom.a == a && atom.b == b && atom.accumulator == accumulator;
  });
  return found == wgmma.end() ? nullptr : &*found;
}

std::span<const TargetInfo> allTargets() { return targets; }

Result<const TargetInfo *> findTarget(std::string_view name) {
  for (const TargetInfo &target : targets)
    if (target.name == name) return &target;
  std::string known;
  for (const TargetInfo &target : targets) known += (known.empty() ? "" : ", ") + std::string(target.name);
  return Failure{FaultClass::Limit, "E-target-unknown",
                 "error: unknown GPU target '" + std::string(name) + "'\n  targets of this compiler: " + known +
                     "\n  fix: choose one of them"};
}

} // namespace tilewright
