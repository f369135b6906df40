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

/// d = f(a) for the lanes of mask.
template <class D, class A, class F> inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  LaneWord<D> *d = lanesOf<D>(w, in.d);
  const LaneWord<A> *a = lanesOf<A>(w, in.a);
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = toWord<D>(f(fromWord<A>(a[l])));
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = toWord<D>(f(fromWord<A>(a[l])));
  }
}

/// d = f(a, b) for the lanes of mask.
template <class D, class A, class B, class F> inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  LaneWord<D> *d = lanesOf<D>(w, in.d);
  const LaneWord<A> *a = lanesOf<A>(w, in.a);
  const LaneWord<B> *b = lanesOf<B>(w, in.b);
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = toWord<D>(f(fromWord<A>(a[l]), fromWord<B>(b[l])));
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = toWord<D>(f(fromWord<A>(a[l]), fromWord<B>(b[l])));
  }
}

/// d = f(a, b, c) for the lanes of mask.
template <class D, class A, class B, class C, class F>
inline void mapLanes(Warp &w, const Instruction &in, uint32_t mask, F f) {
  LaneWord<D> *d = lanesOf<D>(w, in.d);
  const LaneWord<A> *a = lanesOf<A>(w, in.a);
  const LaneWord<B> *b = lanesOf<B>(w, in.b);
  const LaneWord<C> *c = lanesOf<C>(w, in.c);
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = toWord<D>(f(fromWord<A>(a[l]), fromWord<B>(b[l]), fromWord<C>(c[l])));
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = toWord<D>(f(fromWord<A>(a[l]), fromWord<B>(b[l]), fromWord<C>(c[l])));
  }
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
