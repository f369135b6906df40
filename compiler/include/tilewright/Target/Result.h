// A value or the reason there is none, without exceptions (no frame of LLVM may see one).
#ifndef TILEWRIGHT_TARGET_RESULT_H
#define TILEWRIGHT_TARGET_RESULT_H

#include <string>
#include <utility>
#include <variant>

namespace tilewright {

/// Whose fault a failure is: the program of the user, a limit of the chosen target or machine, or a bug of ours.
enum class FaultClass { User, Limit, Internal };

/// Why something failed, as text for people: the first line says what and where, lines after it why and `fix:`.
struct Failure {
  FaultClass fault = FaultClass::User;
  /// Stable short code, as `E-asm-missing`; tests and scripts match on it.
  std::string code;
  std::string message;
};

/// Either a value or a Failure. Reading the side that is not there is a bug of the caller.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Failure failure) : state(std::in_place_index<1>, std::move(failure)) {}

  /// True when there is a value.
  explicit operator bool() const { return state.index() == 0; }

  /// The value.
  T &operator*() { return *std::get_if<0>(&state); }
  const T &operator*() const { return *std::get_if<0>(&state); }
  T *operator->() { return std::get_if<0>(&state); }
  const T *operator->() const { return std::get_if<0>(&state); }

  /// Why there is no value.
  const Failure &failure() const { return *std::get_if<1>(&state); }

private:
  std::variant<T, Failure> state;
};

} // namespace tilewright

#endif // TILEWRIGHT_TARGET_RESULT_H
