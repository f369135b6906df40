// Moves the bytes of planned accesses between host memory and registers.
#pragma once

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
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
inline void loadQuads(Warp &w, const PlannedAccess &access, const Slot *d) {
  float *out[4];
  for (int i = 0; i < 4; ++i) out[i] = reinterpret_cast<float *>(w.words(d[i]));
  for (int l = 0; l < 32; l += 4) {
    auto row = [&](int i) {
      return _mm_loadu_ps(reinterpret_cast<const float *>(access.host + access.plan->delta[l + i]));
    };
    __m128 a = row(0), b = row(1), c = row(2), e = row(3);
    _MM_TRANSPOSE4_PS(a, b, c, e);
    _mm_storeu_ps(out[0] + l, a);
    _mm_storeu_ps(out[1] + l, b);
    _mm_storeu_ps(out[2] + l, c);
    _mm_storeu_ps(out[3] + l, e);
  }
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

#if defined(__SSE2__)
inline void storeQuads(Warp &w, const PlannedAccess &access, const Slot *source) {
  const float *in[4];
  for (int i = 0; i < 4; ++i) in[i] = reinterpret_cast<const float *>(w.words(source[i]));
  for (int l = 0; l < 32; l += 4) {
    __m128 a = _mm_loadu_ps(in[0] + l), b = _mm_loadu_ps(in[1] + l), c = _mm_loadu_ps(in[2] + l),
           e = _mm_loadu_ps(in[3] + l);
    _MM_TRANSPOSE4_PS(a, b, c, e);
    auto put = [&](int i, __m128 row) {
      _mm_storeu_ps(reinterpret_cast<float *>(access.host + access.plan->delta[l + i]), row);
    };
    put(0, a), put(1, b), put(2, c), put(3, e);
  }
}
#endif

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
