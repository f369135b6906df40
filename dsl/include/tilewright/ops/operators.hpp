// The operators of C++ on tiles and scalars. They are hidden friends of two empty bases, so that both operands may be
// anything an operand can be built from, and each is built with the line of the user.
#pragma once

#include "tilewright/types/operand.hpp"

namespace tw::detail {

template <class T, template <class> class Result, class Operand>
Result<T> record(const Spelling &op, const Operand &a, const Operand &b) {
  Term x = a.term(), y = b.term();
  return Access::make<Result<T>>(binary(op, element_of<T>, x, y, a.where));
}
template <class T, template <class> class Result, class Operand>
Result<T> apply(const Spelling &op, const Operand &a, const Operand &b) {
  check_arithmetic<T>();
  return record<T, Result>(op, a, b);
}
template <class T> constexpr void check_integer() {
  constexpr bool element_type_is_an_integer = !is_float(element_of<T>);
  static_assert(element_type_is_an_integer, "this operator is defined for integers and booleans");
}
template <class T, template <class> class Result, class Operand>
Result<T> apply_integer(const Spelling &op, const Operand &a, const Operand &b) {
  check_integer<T>();
  return record<T, Result>(op, a, b);
}
template <class T, template <class> class Result, class Operand>
Result<boolean> apply_compare(const Spelling &op, const Operand &a, const Operand &b) {
  if constexpr (!std::is_same_v<T, boolean>) check_arithmetic<T>();
  Term x = a.term(), y = b.term();
  return Access::make<Result<boolean>>(compare(op, element_of<T>, x, y, a.where));
}

/// Operators over one kind of operand: `Result` is Tile or Value. Arithmetic is elementwise; extents broadcast,
/// aligned at the last axis. Integer division rounds toward zero.
template <class T, template <class> class Result, bool TilesAllowed> struct Operators {
  using O = BasicOperand<T, TilesAllowed>;
  friend Result<T> operator+(O a, O b) { return apply<T, Result>(op_add, a, b); }
  friend Result<T> operator-(O a, O b) { return apply<T, Result>(op_sub, a, b); }
  friend Result<T> operator*(O a, O b) { return apply<T, Result>(op_mul, a, b); }
  friend Result<T> operator/(O a, O b) { return apply<T, Result>(op_div, a, b); }
  friend Result<T> operator%(O a, O b) { return apply_integer<T, Result>(op_rem, a, b); }
  friend Result<T> operator&(O a, O b) { return apply_integer<T, Result>(op_and, a, b); }
  friend Result<T> operator|(O a, O b) { return apply_integer<T, Result>(op_or, a, b); }
  friend Result<T> operator^(O a, O b) { return apply_integer<T, Result>(op_xor, a, b); }
  friend Result<T> operator<<(O a, O b) { return apply_integer<T, Result>(op_shl, a, b); }
  friend Result<T> operator>>(O a, O b) { return apply_integer<T, Result>(op_shr, a, b); }
  friend Result<T> operator-(O a) {
    check_arithmetic<T>();
    return Access::make<Result<T>>(negate(element_of<T>, a.term(), a.where));
  }
  /// All bits of an integer; the negation of a boolean (`!` would ask for the value while C++ runs).
  friend Result<T> operator~(O a) {
    check_integer<T>();
    return Access::make<Result<T>>(invert(element_of<T>, a.term(), a.where));
  }
  friend Result<boolean> operator==(O a, O b) { return apply_compare<T, Result>(op_eq, a, b); }
  friend Result<boolean> operator!=(O a, O b) { return apply_compare<T, Result>(op_ne, a, b); }
  friend Result<boolean> operator<(O a, O b) { return apply_compare<T, Result>(op_lt, a, b); }
  friend Result<boolean> operator<=(O a, O b) { return apply_compare<T, Result>(op_le, a, b); }
  friend Result<boolean> operator>(O a, O b) { return apply_compare<T, Result>(op_gt, a, b); }
  friend Result<boolean> operator>=(O a, O b) { return apply_compare<T, Result>(op_ge, a, b); }
  /// A traced value has no value yet while C++ runs; this says so.
  template <std::same_as<bool> B> explicit operator B() const { return refuse_bool<T>(); }
};

template <class T> struct TileLike : Operators<T, Tile, true> {};
template <class T> struct ScalarLike : Operators<T, Value, false> {};

/// Operands of different element types: chosen before the friends above, to say so in one sentence.
template <class A, class B>
concept DifferentElements = AnyTraced<A> && AnyTraced<B> && !std::is_same_v<element_type<A>, element_type<B>>;
template <class A, class B> void mixed() { check_same_element<element_type<A>, element_type<B>>(); }
// They live beside the types so that argument-dependent lookup finds them.
template <class A, class B>
requires DifferentElements<A, B>
void operator+(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator-(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator*(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator/(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator<(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator<=(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator>(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator>=(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator==(const A &, const B &) { mixed<A, B>(); }
template <class A, class B>
requires DifferentElements<A, B>
void operator!=(const A &, const B &) { mixed<A, B>(); }

} // namespace tw::detail
