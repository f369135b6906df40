// Faults as values inside the runtime, and the one exception type thrown at its edge.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace tw::rt {

/// Who has to act on a fault; every tool's exit code follows from it.
enum class FaultClass {
  user,        ///< the caller's program, data or file is at fault: exit code 1
  usage,       ///< the command line is wrong: exit code 2
  internal,    ///< our own bug: exit code 3
  unsupported, ///< this machine or version cannot do it: exit code 4
};

/// What went wrong, as a value. `code` is stable ("artifact.digest"); `message` is for people.
struct Fault {
  FaultClass fault_class = FaultClass::internal;
  std::string code;
  std::string message;

  /// The exit code of a tool that ends with this fault: 1 user, 2 usage, 3 internal, 4 unsupported.
  int exit_code() const;
};

/// Where a fault is, why it is one, and the edit that repairs it; an empty part is left out of the message.
struct FaultText {
  std::string where;
  std::string what;
  std::string why = {};
  std::string fix = {};
};

/// Builds a fault whose message reads "where: error: what", then "  why", then "  fix: fix".
Fault make_fault(FaultClass fault_class, std::string code, FaultText text);

/// The exception of the runtime's edge: thrown by `Result::value()`, `Status::check()` and nothing else.
class Error : public std::exception {
public:
  explicit Error(Fault fault) : fault_(std::move(fault)) {}
  const char *what() const noexcept override { return fault_.message.c_str(); }
  /// The stable code, for example "launch.argument_type".
  const std::string &code() const { return fault_.code; }
  const Fault &fault() const { return fault_; }

private:
  Fault fault_;
};

/// Success, or a fault.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Fault fault) : fault_(std::move(fault)) {}
  bool ok() const { return !fault_; }
  explicit operator bool() const { return ok(); }
  /// The fault; only when `!ok()`.
  const Fault &fault() const { return *fault_; }
  /// Throws `Error` when this is a fault.
  void check() const {
    if (fault_) throw Error(*fault_);
  }

private:
  std::optional<Fault> fault_;
};

/// A value, or the fault that stands in its place.
template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Fault fault) : state_(std::in_place_index<1>, std::move(fault)) {}
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// The fault; only when `!ok()`.
  const Fault &fault() const { return std::get<1>(state_); }
  /// The value; throws `Error` when this is a fault.
  T &value() & { return check(), std::get<0>(state_); }
  const T &value() const & { return check(), std::get<0>(state_); }
  T &&value() && { return check(), std::get<0>(std::move(state_)); }
  /// The value; only when `ok()`.
  T &operator*() & { return *std::get_if<0>(&state_); }
  const T &operator*() const & { return *std::get_if<0>(&state_); }
  T &&operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T *operator->() { return std::get_if<0>(&state_); }
  const T *operator->() const { return std::get_if<0>(&state_); }

private:
  void check() const {
    if (!ok()) throw Error(fault());
  }
  std::variant<T, Fault> state_;
};

} // namespace tw::rt
