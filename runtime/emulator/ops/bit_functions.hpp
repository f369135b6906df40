// Bitwise functions of two values, by name for templates.
#pragma once

namespace tw::emu {

struct And {
  template <class T> static T apply(T a, T b) { return a & b; }
};
struct Or {
  template <class T> static T apply(T a, T b) { return a | b; }
};
struct Xor {
  template <class T> static T apply(T a, T b) { return a ^ b; }
};

} // namespace tw::emu
