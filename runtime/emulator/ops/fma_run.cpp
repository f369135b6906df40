// fma.rn.f32 on eight lanes at a time.
#include "ops/fma_run.hpp"

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

template <bool kFtz> TILEWRIGHT_FMA void run(Warp &w, const Instruction *first, uint32_t count) {
  const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  const Slot *operands = w.currentFrame().function->slots.data() + first->extra;
  for (const Slot *end = operands + 4 * count; operands != end; operands += 4) {
    auto *d = reinterpret_cast<float *>(w.words(operands[0]));
    auto at = [&](int i) { return reinterpret_cast<const float *>(w.words(operands[i])); };
    const float *a = at(1), *b = at(2), *c = at(3);
#pragma GCC unroll 4
    for (int l = 0; l < 32; l += 8) {
      __m256 x = _mm256_loadu_ps(a + l), y = _mm256_loadu_ps(b + l), z = _mm256_loadu_ps(c + l);
      if (kFtz) x = flush(x), y = flush(y), z = flush(z);
      __m256 r = _mm256_fmadd_ps(x, y, z);
      // The NaN of all operations is 0x7fffffff (PTX ISA 9.7.3).
      r = _mm256_blendv_ps(r, nan, _mm256_cmp_ps(r, r, _CMP_UNORD_Q));
      if (kFtz) r = flush(r);
      _mm256_storeu_ps(d + l, r);
    }
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
