// The one exception of the language: what, where, why, fix, and a stable code.
#pragma once

#include <exception>
#include <source_location>
#include <string>

namespace tw {

/// Who has to act on an error: the author of the kernel or the caller (every error of a trace is one of these), nobody
/// because the target or this machine cannot do it, or we because it is a bug of Tilewright.
enum class ErrorClass { user, limit, bug };

/// What a kernel did wrong, found while tracing it. The text names both values, the user's lines and, where one edit
/// repairs it, a fix. The same type comes out of compiling and running, which add the other two classes.
class Error : public std::exception {
public:
  Error(const char *code, std::string text, ErrorClass error_class = ErrorClass::user)
      : code_(code), text_(std::move(text)), class_(error_class) {}
  /// The whole message, several lines.
  const char *what() const noexcept override { return text_.c_str(); }
  /// The stable code of the message, such as "TW1003".
  const std::string &code() const noexcept { return code_; }
  ErrorClass error_class() const noexcept { return class_; }

private:
  std::string code_;
  std::string text_;
  ErrorClass class_;
};

namespace detail {

/// The stable codes, one for each message. docs/LANGUAGE.md lists them.
namespace code {
inline constexpr const char *extent = "TW1001";          // an extent is zero or negative
inline constexpr const char *broadcast = "TW1002";       // shapes cannot be broadcast together
inline constexpr const char *contraction = "TW1003";     // K of a differs from K of b
inline constexpr const char *accumulator = "TW1004";     // the accumulator has another shape
inline constexpr const char *dot_rank = "TW1005";        // an operand of dot is not of rank 2
inline constexpr const char *assign_shape = "TW1006";    // an assignment changes the shape
inline constexpr const char *copy_shape = "TW1007";      // both sides of a copy differ in shape
inline constexpr const char *unwritten = "TW1008";       // read before written
inline constexpr const char *axis = "TW1009";            // no such axis
inline constexpr const char *reshape = "TW1010";         // reshape changes more than extents of one
inline constexpr const char *literal = "TW1011";         // a literal does not fit the element type
inline constexpr const char *second_blocks = "TW1020";   // two blocks() in one kernel
inline constexpr const char *nested_blocks = "TW1021";   // blocks() inside a loop or branch
inline constexpr const char *left_region = "TW1022";     // break, return or a caught exception left a region
inline constexpr const char *out_of_scope = "TW1023";    // a value is used outside the region that made it
inline constexpr const char *other_trace = "TW1024";     // a value belongs to another trace
inline constexpr const char *no_trace = "TW1025";        // no trace is running
inline constexpr const char *across_blocks = "TW1026";   // a variable from outside blocks() is assigned inside
inline constexpr const char *stages = "TW1027";          // a number of stages that is not positive
inline constexpr const char *computed_index = "TW1030";  // parallel: an index that is not a loop index
inline constexpr const char *parallel_extent = "TW1031"; // parallel: the extent differs from the buffer's
inline constexpr const char *parallel_write = "TW1032";  // parallel: a write that several indices share
inline constexpr const char *parallel_repeat = "TW1033"; // parallel: one index used twice, or of another parallel
inline constexpr const char *kernel_name = "TW1040";     // the name of a kernel is no identifier
inline constexpr const char *member_name = "TW1041";     // no such member
inline constexpr const char *member_value = "TW1042";    // the value does not fit the member
} // namespace code

/// The head of a message: `file:line`.
inline std::string place(const std::source_location &where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

/// Throws. `notes` are whole lines without indentation, joined by '\n'; `fix` may be empty.
[[noreturn]] inline void fail(const char *code, const std::source_location &where, const std::string &what,
                              const std::string &notes = "", const std::string &fix = "") {
  std::string text = place(where) + ": error: " + what + " [" + code + "]";
  std::size_t begin = 0;
  while (begin < notes.size()) {
    std::size_t end = notes.find('\n', begin);
    if (end == std::string::npos) end = notes.size();
    text += "\n  " + notes.substr(begin, end - begin);
    begin = end + 1;
  }
  if (!fix.empty()) text += "\n  fix: " + fix;
  throw Error(code, std::move(text));
}

} // namespace detail
} // namespace tw
