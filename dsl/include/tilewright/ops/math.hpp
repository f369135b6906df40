// Elementwise functions on tiles and scalars.
#pragma once

#include "tilewright/ops/create.hpp"

namespace tw {

namespace detail {

template <class X>
concept TracedOrNumber = AnyTraced<X> || Number<X>;

/// The element type of the first traced operand.
template <class... Xs> struct FirstElement;
template <class X, class... Xs> struct FirstElement<X, Xs...> : FirstElement<Xs...> {};
template <AnyTraced X, class... Xs> struct FirstElement<X, Xs...> { using type = element_type<X>; };
template <class... Xs> using common_element = typename FirstElement<Xs...>::type;

/// Tile if any operand is one, else Value.
template <class T, class... Xs> using common_result = std::conditional_t<(AnyTile<Xs> || ...), Tile<T>, Value<T>>;

template <AnyTraced X> auto float_function(const char *name, const char *op, const X &x, const Where &where) {
  using T = element_type<X>;
  check_float<T>();
  check_arithmetic<T>();
  return Access::make<common_result<T, X>>(unary(name, op, element_of<T>, Operand<T>(x, where).term(), where));
}

template <class A, class B> auto two_operands(const Spelling &op, const A &a, const B &b, const Where &where) {
  using T = common_element<A, B>;
  check_arithmetic<T>();
  Term x = Operand<T>(a, where).term(), y = Operand<T>(b, where).term();
  return Access::make<common_result<T, A, B>>(binary(op, element_of<T>, x, y, where));
}

template <class... Xs>
concept SomeTraced = (TracedOrNumber<Xs> && ...) && (AnyTraced<Xs> || ...);

} // namespace detail

/// e to the x.
template <detail::AnyTraced X> auto exp(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("exp", "math.exp", x, where);
}
/// 2 to the x.
template <detail::AnyTraced X> auto exp2(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("exp2", "math.exp2", x, where);
}
/// Natural logarithm.
template <detail::AnyTraced X> auto log(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("log", "math.log", x, where);
}
/// Logarithm to base 2.
template <detail::AnyTraced X> auto log2(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("log2", "math.log2", x, where);
}
template <detail::AnyTraced X> auto sqrt(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("sqrt", "math.sqrt", x, where);
}
/// One over the square root.
template <detail::AnyTraced X> auto rsqrt(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("rsqrt", "math.rsqrt", x, where);
}
template <detail::AnyTraced X> auto tanh(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("tanh", "math.tanh", x, where);
}
/// The error function.
template <detail::AnyTraced X> auto erf(const X &x, detail::Where where = detail::Where::current()) {
  return detail::float_function("erf", "math.erf", x, where);
}

/// The absolute value; of an unsigned integer, itself.
template <detail::AnyTraced X> auto abs(const X &x, detail::Where where = detail::Where::current()) {
  using T = detail::element_type<X>;
  constexpr detail::Element element = detail::element_of<T>;
  detail::check_arithmetic<T>();
  detail::Handle value = detail::Access::read(x, where);
  if constexpr (detail::info(element).is_unsigned)
    value = detail::Recorder::current(where).copy_of(value, where);
  else
    value = detail::unary("abs", detail::is_float(element) ? "math.absf" : "math.absi", element, value, where);
  return detail::Access::make<detail::common_result<T, X>>(value);
}

/// The greater operand; NaN if one of them is NaN.
template <class A, class B>
requires detail::SomeTraced<A, B>
auto max(const A &a, const B &b, detail::Where where = detail::Where::current()) {
  return detail::two_operands(detail::op_max, a, b, where);
}
/// The smaller operand; NaN if one of them is NaN.
template <class A, class B>
requires detail::SomeTraced<A, B>
auto min(const A &a, const B &b, detail::Where where = detail::Where::current()) {
  return detail::two_operands(detail::op_min, a, b, where);
}

/// a * b + c, rounded once.
template <class A, class B, class C>
requires detail::SomeTraced<A, B, C>
auto fma(const A &a, const B &b, const C &c, detail::Where where = detail::Where::current()) {
  using T = detail::common_element<A, B, C>;
  detail::check_float<T>();
  detail::check_arithmetic<T>();
  const detail::Term terms[] = {detail::Operand<T>(a, where).term(), detail::Operand<T>(b, where).term(),
                                detail::Operand<T>(c, where).term()};
  return detail::Access::make<detail::common_result<T, A, B, C>>(
      detail::elementwise("fma", "math.fma", detail::element_of<T>, terms, 3, where));
}

/// `a` where the condition holds, else `b`; both are computed.
template <detail::AnyTraced C, class A, class B>
requires detail::SomeTraced<A, B>
auto select(const C &condition, const A &a, const B &b, detail::Where where = detail::Where::current()) {
  using T = detail::common_element<A, B>;
  detail::check_same_element<boolean, detail::element_type<C>>();
  const detail::Term terms[] = {detail::Operand<T>(a, where).term(), detail::Operand<T>(b, where).term(),
                                detail::Operand<boolean>(condition, where).term()};
  detail::Type type = detail::common_type("select", detail::element_of<T>, terms, 3, where), mask = type;
  mask.element = detail::Element::boolean;
  detail::Handle x = detail::shaped(terms[0], type, where), y = detail::shaped(terms[1], type, where);
  detail::Handle c = detail::shaped(terms[2], mask, where);
  detail::Recorder &recorder = detail::Recorder::current(where);
  std::string types = (type.form == detail::Form::tile ? detail::mlir_type(mask) + ", " : "") + detail::mlir_type(type);
  return detail::Access::make<detail::common_result<T, C, A, B>>(recorder.op(type,
                                                                             "arith.select " + recorder.use(c, where) +
                                                                                 ", " + recorder.use(x, where) + ", " +
                                                                                 recorder.use(y, where) + " : " + types,
                                                                             where));
}

/// 1 / (1 + exp(-x)).
template <detail::AnyTraced X> auto sigmoid(const X &x, detail::Where where = detail::Where::current()) {
  using T = detail::element_type<X>;
  const detail::common_result<T, X> negative(
      detail::Adopt{}, detail::negate(detail::element_of<T>, detail::Access::read(x, where), where));
  const auto e = exp(negative, where);
  return detail::two_operands(detail::op_div, 1, detail::two_operands(detail::op_add, e, 1, where), where);
}
/// x * sigmoid(x).
template <detail::AnyTraced X> auto silu(const X &x, detail::Where where = detail::Where::current()) {
  const detail::common_result<detail::element_type<X>, X> value(detail::Adopt{}, detail::Access::read(x, where));
  return detail::two_operands(detail::op_mul, value, sigmoid(value, where), where);
}
/// max(x, 0).
template <detail::AnyTraced X> auto relu(const X &x, detail::Where where = detail::Where::current()) {
  return max(x, 0, where);
}
/// x / 2 * (1 + erf(x / sqrt(2))).
template <detail::AnyTraced X> auto gelu(const X &x, detail::Where where = detail::Where::current()) {
  const detail::common_result<detail::element_type<X>, X> value(detail::Adopt{}, detail::Access::read(x, where));
  const auto e = erf(detail::two_operands(detail::op_mul, value, 0.70710678118654752440, where), where);
  return detail::two_operands(detail::op_mul, detail::two_operands(detail::op_mul, value, 0.5, where),
                              detail::two_operands(detail::op_add, e, 1, where), where);
}

} // namespace tw
