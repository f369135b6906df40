// Moves the bytes of planned accesses between host memory and registers.
#pragma once

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "machine/planned_access.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {

/// The element at `host` as a register lane holds it.
template <class Element, bool kSigned> uint64_t readElement(const uint8_t *host) {
  Element e;
  std::memcpy(&e, host, sizeof e);
  if constexpr (kSigned)
    return static_cast<uint64_t>(static_cast<int64_t>(e));
  else
    return e;
}

/// The lanes of one element of a planned access that starts `at` bytes behind the lane's address.
template <class Element, bool kSigned, class Word>
void loadPlanned(Word *out, const PlannedAccess &access, uint32_t at, Word keep) {
  const uint8_t *host = access.host + at;
  const emulator::AccessPlan &plan = *access.plan;
  if (plan.shape == emulator::AccessPlan::Shape::broadcast) {
    Word value = static_cast<Word>(readElement<Element, kSigned>(host)) & keep;
    for (int l = 0; l < 32; ++l) out[l] = value;
  } else if (plan.shape == emulator::AccessPlan::Shape::contiguous && sizeof(Element) == sizeof(Word) &&
             plan.bytes == sizeof(Word)) {
    std::memcpy(out, host, 32 * sizeof(Word));
  } else if (plan.lanes == kAllLanes) {
    for (int l = 0; l < 32; ++l) out[l] = static_cast<Word>(readElement<Element, kSigned>(host + plan.delta[l])) & keep;
  } else {
    forLanes(plan.lanes, [&](uint32_t l) {
      out[l] = static_cast<Word>(readElement<Element, kSigned>(host + plan.delta[l])) & keep;
    });
  }
}

template <class Element, bool kSigned>
void loadPlanned(Warp &w, const Instruction &in, const PlannedAccess &access, Slot d, uint32_t at) {
  if (d.kind == Slot::Lane64)
    loadPlanned<Element, kSigned, uint64_t>(w.wides(d), access, at, ~uint64_t{0});
  else
    loadPlanned<Element, kSigned, uint32_t>(w.words(d), access, at, in.option[0] == 16 ? 0xffffu : 0xffffffffu);
}

#if defined(__SSE2__)
/// True for all lanes of four words in 32-bit registers.
inline bool isQuad(const Instruction &in, const PlannedAccess &access, const Slot *slots) {
  if (in.memory.vector != 4 || in.memory.bytes != 4 || access.plan->lanes != kAllLanes) return false;
  return std::all_of(slots, slots + 4, [](Slot slot) { return slot.kind == Slot::Lane32; });
}

/// Four words per lane into four registers: 4 x 4 words at a time change places.
inline void gatherQuads(float *const *out, const uint8_t *host, const int64_t *delta) {
  for (int l = 0; l < 32; l += 4) {
    auto row = [&](int i) { return _mm_loadu_ps(reinterpret_cast<const float *>(host + delta[l + i])); };
    __m128 a = row(0), b = row(1), c = row(2), e = row(3);
    _MM_TRANSPOSE4_PS(a, b, c, e);
    _mm_storeu_ps(out[0] + l, a);
    _mm_storeu_ps(out[1] + l, b);
    _mm_storeu_ps(out[2] + l, c);
    _mm_storeu_ps(out[3] + l, e);
  }
}

inline void scatterQuads(const float *const *in, uint8_t *host, const int64_t *delta) {
  for (int l = 0; l < 32; l += 4) {
    __m128 a = _mm_loadu_ps(in[0] + l), b = _mm_loadu_ps(in[1] + l), c = _mm_loadu_ps(in[2] + l),
           e = _mm_loadu_ps(in[3] + l);
    _MM_TRANSPOSE4_PS(a, b, c, e);
    auto put = [&](int i, __m128 row) { _mm_storeu_ps(reinterpret_cast<float *>(host + delta[l + i]), row); };
    put(0, a), put(1, b), put(2, c), put(3, e);
  }
}

#if defined(__x86_64__)
#define TILEWRIGHT_QUADS __attribute__((target("avx2")))

/// Rows of four words in each half of the registers become columns.
TILEWRIGHT_QUADS inline void transposeHalves(__m256 &a, __m256 &b, __m256 &c, __m256 &e) {
  __m256 ab = _mm256_unpacklo_ps(a, b), ce = _mm256_unpacklo_ps(c, e);
  __m256 ab_high = _mm256_unpackhi_ps(a, b), ce_high = _mm256_unpackhi_ps(c, e);
  a = _mm256_shuffle_ps(ab, ce, _MM_SHUFFLE(1, 0, 1, 0));
  b = _mm256_shuffle_ps(ab, ce, _MM_SHUFFLE(3, 2, 3, 2));
  c = _mm256_shuffle_ps(ab_high, ce_high, _MM_SHUFFLE(1, 0, 1, 0));
  e = _mm256_shuffle_ps(ab_high, ce_high, _MM_SHUFFLE(3, 2, 3, 2));
}

/// The same for eight lanes at a time.
TILEWRIGHT_QUADS inline void gatherQuadsWide(float *const *out, const uint8_t *host, const int64_t *delta) {
#pragma GCC unroll 4
  for (int l = 0; l < 32; l += 8) {
    __m256 rows[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      __m128 low = _mm_loadu_ps(reinterpret_cast<const float *>(host + delta[l + i]));
      __m128 high = _mm_loadu_ps(reinterpret_cast<const float *>(host + delta[l + 4 + i]));
      rows[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
    }
    transposeHalves(rows[0], rows[1], rows[2], rows[3]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) _mm256_storeu_ps(out[i] + l, rows[i]);
  }
}

TILEWRIGHT_QUADS inline void scatterQuadsWide(const float *const *in, uint8_t *host, const int64_t *delta) {
#pragma GCC unroll 4
  for (int l = 0; l < 32; l += 8) {
    __m256 rows[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) rows[i] = _mm256_loadu_ps(in[i] + l);
    transposeHalves(rows[0], rows[1], rows[2], rows[3]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      _mm_storeu_ps(reinterpret_cast<float *>(host + delta[l + i]), _mm256_castps256_ps128(rows[i]));
      _mm_storeu_ps(reinterpret_cast<float *>(host + delta[l + 4 + i]), _mm256_extractf128_ps(rows[i], 1));
    }
  }
}
#else
inline constexpr auto gatherQuadsWide = &gatherQuads;
inline constexpr auto scatterQuadsWide = &scatterQuads;
#endif

inline void loadQuads(Warp &w, const PlannedAccess &access, const Slot *d) {
  float *out[4];
  for (int i = 0; i < 4; ++i) out[i] = reinterpret_cast<float *>(w.words(d[i]));
  (kWideHost ? gatherQuadsWide : gatherQuads)(out, access.host, access.plan->delta.data());
}

inline void storeQuads(Warp &w, const PlannedAccess &access, const Slot *source) {
  const float *in[4];
  for (int i = 0; i < 4; ++i) in[i] = reinterpret_cast<const float *>(w.words(source[i]));
  (kWideHost ? scatterQuadsWide : scatterQuads)(in, access.host, access.plan->delta.data());
}
#endif

template <class Element, class Word> void storePlanned(const Word *in, const PlannedAccess &access, uint32_t at) {
  uint8_t *host = access.host + at;
  const emulator::AccessPlan &plan = *access.plan;
  auto put = [&](uint32_t l) {
    Element e = static_cast<Element>(in[l]);
    std::memcpy(host + plan.delta[l], &e, sizeof e);
  };
  if (plan.shape == emulator::AccessPlan::Shape::contiguous && sizeof(Element) == sizeof(Word) &&
      plan.bytes == sizeof(Word))
    std::memcpy(host, in, 32 * sizeof(Word));
  else if (plan.lanes == kAllLanes)
    for (uint32_t l = 0; l < 32; ++l) put(l);
  else
    forLanes(plan.lanes, put);
}

/// All elements of a load; `d` are the destinations.
template <class Element, bool kSigned>
void loadPlanned(Warp &w, const Instruction &in, const PlannedAccess &access, const Slot *d) {
#if defined(__SSE2__)
  if (isQuad(in, access, d)) return loadQuads(w, access, d);
#endif
  for (uint32_t i = 0; i < in.memory.vector; ++i)
    loadPlanned<Element, kSigned>(w, in, access, d[i], static_cast<uint32_t>(i * sizeof(Element)));
}

/// All elements of a store; `source` are the values.
template <class Element>
void storePlanned(Warp &w, const Instruction &in, const PlannedAccess &access, const Slot *source) {
#if defined(__SSE2__)
  if (isQuad(in, access, source)) return storeQuads(w, access, source);
#endif
  for (uint32_t i = 0; i < in.memory.vector; ++i) {
    auto at = static_cast<uint32_t>(i * sizeof(Element));
    if (source[i].kind == Slot::Lane64)
      storePlanned<Element>(w.wides(source[i]), access, at);
    else
      storePlanned<Element>(w.words(source[i]), access, at);
  }
}

} // namespace tw::emu
