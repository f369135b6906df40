// Scalars: Value is immutable, var is the traced variable.
#pragma once

#include "tilewright/ops/operators.hpp"

namespace tw {

/// A traced scalar: a kernel parameter or the result of scalar arithmetic. Immutable; `var<T>` is the variable.
template <class T> class Value : public detail::ScalarLike<T> {
public:
  using tw_traced = void;
  using tw_scalar = T;

  Value(const Value &) = default;
  /// A value does not change: name a new one, or use var<T> for a variable.
  Value &operator=(const Value &) = delete;
  /// A constant.
  template <detail::Number N>
  Value(N number, detail::Where where = detail::Where::current())
      : handle_(detail::constant(detail::scalar_type(detail::element_of<T>), number, where)) {}
  Value(detail::Adopt, detail::Handle handle) : handle_(handle) {}
  /// The present value of a variable.
  template <detail::AnyScalar X>
  Value(const X &scalar, detail::Where where = detail::Where::current())
      : handle_(detail::Recorder::current(where).copy_of(detail::Access::read(scalar, where), where)) {
    detail::check_same_element<T, typename X::tw_scalar>();
  }

private:
  friend struct detail::Access;
  detail::Handle read(const detail::Where &) const { return handle_; }

  detail::Handle handle_;
};

/// A scalar parameter of a kernel.
template <class T> using Scalar = Value<T>;

/// A traced scalar variable: assignments inside loops and branches happen in the kernel. Copying takes the value.
template <class T> class var : public detail::ScalarLike<T> {
public:
  using tw_traced = void;
  using tw_scalar = T;

  /// Declares the variable with its first value.
  var(detail::ScalarOperand<T> first) : handle_(start(first)) {}
  template <detail::Number N>
  var(N first, detail::Where where = detail::Where::current()) : handle_(start({first, where})) {}
  template <detail::AnyScalar X>
  var(const X &first, detail::Where where = detail::Where::current()) : handle_(start({first, where})) {}
  var(const var &other, detail::Where where = detail::Where::current()) : handle_(start({other, where})) {}

  var &operator=(const var &) requires detail::never<T>;
  var &operator=(detail::ScalarOperand<T> value) {
    detail::assign(handle_, value.term(), value.where);
    return *this;
  }
  var &operator+=(detail::ScalarOperand<T> b) { return update(detail::op_add, b); }
  var &operator-=(detail::ScalarOperand<T> b) { return update(detail::op_sub, b); }
  var &operator*=(detail::ScalarOperand<T> b) { return update(detail::op_mul, b); }
  var &operator/=(detail::ScalarOperand<T> b) { return update(detail::op_div, b); }

private:
  friend struct detail::Access;
  detail::Handle read(const detail::Where &) const { return handle_; }

  static detail::Handle start(const detail::ScalarOperand<T> &first) {
    detail::Term term = first.term();
    if (term.is_literal) return detail::constant(detail::scalar_type(detail::element_of<T>), term.literal, first.where);
    return detail::Recorder::current(first.where).copy_of(term.handle, first.where);
  }
  var &update(const detail::Spelling &op, const detail::ScalarOperand<T> &b) {
    detail::check_arithmetic<T>();
    detail::Handle value = detail::binary(op, detail::element_of<T>, handle_, b.term(), b.where);
    detail::assign(handle_, value, b.where);
    return *this;
  }

  detail::Handle handle_;
};

} // namespace tw
