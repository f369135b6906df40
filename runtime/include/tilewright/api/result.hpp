// A value or the tw::Error that stands in its place, and how faults of the runtime become errors.
#pragma once

#include <utility>
#include <variant>

#include "tilewright/runtime/error.hpp"
#include "tilewright/trace/error.hpp"

namespace tw {

/// A value, or why there is none: what the `try_` functions give instead of throwing.
template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// The error; only when `!ok()`.
  const Error &error() const { return std::get<1>(state_); }
  /// The value; throws the error when there is none.
  T &value() & { return check(), std::get<0>(state_); }
  const T &value() const & { return check(), std::get<0>(state_); }
  T &&value() && { return check(), std::get<0>(std::move(state_)); }
  T &operator*() & { return value(); }
  const T &operator*() const & { return value(); }
  T *operator->() { return &value(); }
  const T *operator->() const { return &value(); }

private:
  void check() const {
    if (!ok()) throw error();
  }
  std::variant<T, Error> state_;
};

namespace detail {

/// A fault of the runtime as an error. What the caller did wrong is the user's, whether in data or in the call.
inline Error error_of(const rt::Fault &fault) {
  ErrorClass error_class = ErrorClass::user;
  if (fault.fault_class == rt::FaultClass::unsupported) error_class = ErrorClass::limit;
  if (fault.fault_class == rt::FaultClass::internal) error_class = ErrorClass::bug;
  return Error(fault.code.c_str(), fault.message, error_class);
}

/// The value of a result of the runtime; throws tw::Error.
template <class T> T value_of(rt::Result<T> result) {
  if (!result) throw error_of(result.fault());
  return std::move(*result);
}
inline void check(const rt::Status &status) {
  if (!status) throw error_of(status.fault());
}

} // namespace detail
} // namespace tw
