// fma.rn.f32 on eight lanes at a time.
#include "ops/fma_run.hpp"

#include <bit>
#include <cstring>

#include "machine/warp.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tw::emu {

#if defined(__x86_64__)
namespace {

#define TILEWRIGHT_FMA __attribute__((target("avx2,fma")))

/// Subnormal numbers become zeros of their sign.
TILEWRIGHT_FMA inline __m256 flush(__m256 x) {
  __m256i bits = _mm256_castps_si256(x);
  __m256i zero = _mm256_cmpeq_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7f800000)), _mm256_setzero_si256());
  __m256i sign = _mm256_and_si256(bits, _mm256_set1_epi32(INT32_MIN));
  return _mm256_blendv_ps(x, _mm256_castsi256_ps(sign), _mm256_castsi256_ps(zero));
}

/// A slot of register word 0, and of constant word 0, as bits; the word is added to them.
uint32_t firstSlot(uint32_t constant) {
  Slot slot;
  slot.constant = constant & 1;
  slot.kind = Slot::Lane32;
  return std::bit_cast<uint32_t>(slot);
}
const uint32_t kFirstRegister = firstSlot(0), kConstantBit = firstSlot(1) ^ kFirstRegister;

template <bool kFtz> TILEWRIGHT_FMA void run(Warp &w, const Instruction *first, uint32_t count) {
  const Slot *operands = w.currentFrame().function->slots.data() + first->extra;
  // Where slot 0 would be, so that the bits of a register's slot are its index.
  uint64_t registers = reinterpret_cast<uint64_t>(w.base[0]) - uint64_t{kFirstRegister} * 4, constant = kConstantBit;
  for (const Slot *end = operands + 4 * count; operands != end; operands += 4) {
    uint32_t all[4];
    std::memcpy(all, operands, sizeof all);
    const float *at[4];
    if (((all[0] | all[1] | all[2] | all[3]) & constant) == 0) [[likely]] {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) at[i] = reinterpret_cast<const float *>(registers + uint64_t{all[i]} * 4);
    } else {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) at[i] = reinterpret_cast<const float *>(w.words(operands[i]));
    }
    auto *d = const_cast<float *>(at[0]);
    __m256 r[4], unordered = _mm256_setzero_ps();
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      __m256 x = _mm256_loadu_ps(at[1] + 8 * i), y = _mm256_loadu_ps(at[2] + 8 * i), z = _mm256_loadu_ps(at[3] + 8 * i);
      if (kFtz) x = flush(x), y = flush(y), z = flush(z);
      r[i] = _mm256_fmadd_ps(x, y, z);
      if (kFtz) r[i] = flush(r[i]);
      unordered = _mm256_or_ps(unordered, _mm256_cmp_ps(r[i], r[i], _CMP_UNORD_Q));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) _mm256_storeu_ps(d + 8 * i, r[i]);
    // The NaN of all operations is 0x7fffffff (PTX ISA 9.7.3).
    if (_mm256_movemask_ps(unordered)) [[unlikely]]
      for (int l = 0; l < 32; ++l)
        if (d[l] != d[l]) d[l] = std::bit_cast<float>(0x7fffffff);
  }
}

} // namespace

RunHandler fmaRun(bool ftz) {
  if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx2")) return nullptr;
  return ftz ? &run<true> : &run<false>;
}
#else
RunHandler fmaRun(bool) { return nullptr; }
#endif

} // namespace tw::emu
