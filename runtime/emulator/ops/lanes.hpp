// Loops over the 32 lanes of registers, with values in their own C++ types.
#pragma once

#include <bit>
#include <concepts>
#include <type_traits>

#include "machine/warp.hpp"

namespace tw::emu {

/// A value of a register lane as T: the low bytes of the word.
template <class T> inline T fromWord(LaneWord<T> word) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(word);
  else if constexpr (sizeof(T) == sizeof(word))
    return std::bit_cast<T>(word);
  else
    return std::bit_cast<T>(static_cast<uint16_t>(word));
}

/// The register lane that holds `value`; bits above T are zero.
template <class T> inline LaneWord<T> toWord(T value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<std::make_unsigned_t<T>>(value);
  else if constexpr (sizeof(T) == sizeof(LaneWord<T>))
    return std::bit_cast<LaneWord<T>>(value);
  else
    return std::bit_cast<uint16_t>(value);
}

template <class T> inline LaneWord<T> *lanesOf(Warp &warp, Slot slot) {
  return reinterpret_cast<LaneWord<T> *>(warp.base[slot.constant] + slot.word);
}

/// True where the host can run the wide variants below.
inline const bool kWideHost = [] {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}();

#if defined(__x86_64__)
// Without fma, so that a product and a sum never become one operation.
#define TILEWRIGHT_WIDE __attribute__((target("avx2"), noinline))
#else
#define TILEWRIGHT_WIDE
#endif

/// d[l] = f(s[l]...) for the lanes of mask. Always inlined, so that it takes the instruction set of its caller.
template <class D, class F, class... S>
[[gnu::always_inline]] inline void mapWords(LaneWord<D> *d, uint32_t mask, F f, const LaneWord<S> *...s) {
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = toWord<D>(f(fromWord<S>(s[l])...));
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = toWord<D>(f(fromWord<S>(s[l])...));
  }
}

template <class D, class F, class... S>
TILEWRIGHT_WIDE void mapWordsWide(LaneWord<D> *d, uint32_t mask, F f, const LaneWord<S> *...s) {
  mapWords<D, F, S...>(d, mask, f, s...);
}

template <class D, class... S, class F>
[[gnu::always_inline]] inline void mapAny(LaneWord<D> *d, uint32_t mask, F f, const LaneWord<S> *...s) {
  if (kWideHost)
    mapWordsWide<D, F, S...>(d, mask, f, s...);
  else
    mapWords<D, F, S...>(d, mask, f, s...);
}

/// d = f(a) for the lanes of mask.
template <class D, class A, class F> inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  mapAny<D, A>(lanesOf<D>(w, in.d), mask, f, lanesOf<A>(w, in.a));
}

/// d = f(a, b) for the lanes of mask.
template <class D, class A, class B, class F> inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  mapAny<D, A, B>(lanesOf<D>(w, in.d), mask, f, lanesOf<A>(w, in.a), lanesOf<B>(w, in.b));
}

/// d = f(a, b, c) for the lanes of mask.
template <class D, class A, class B, class C, class F>
inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  mapAny<D, A, B, C>(lanesOf<D>(w, in.d), mask, f, lanesOf<A>(w, in.a), lanesOf<B>(w, in.b), lanesOf<C>(w, in.c));
}

/// Operations as types: `struct Add { template <class T> static T apply(T a, T b); }`.
template <class T, class Op> void unaryLanes(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<T, T>(w, in, mask, [](T a) { return Op::template apply<T>(a); });
}
template <class T, class Op> void binaryLanes(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<T, T, T>(w, in, mask, [](T a, T b) { return Op::template apply<T>(a, b); });
}
template <class T, class Op> void ternaryLanes(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<T, T, T, T>(w, in, mask, [](T a, T b, T c) { return Op::template apply<T>(a, b, c); });
}

/// Calls `f` for each lane of the mask.
template <class F> inline void forLanes(uint32_t mask, F f) {
  for (uint32_t m = mask; m; m &= m - 1) f(static_cast<uint32_t>(std::countr_zero(m)));
}

} // namespace tw::emu
