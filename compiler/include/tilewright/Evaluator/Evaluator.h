// The plain evaluator of the `tile` dialect: what a kernel means, computed slowly and directly.

#ifndef TILEWRIGHT_EVALUATOR_EVALUATOR_H
#define TILEWRIGHT_EVALUATOR_EVALUATOR_H

#include "tilewright/Evaluator/Element.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace mlir {
class DialectRegistry;
}
namespace tilewright::tile {
class KernelOp;
}

namespace tilewright::evaluator {

/// A tensor argument. Sizes and strides are in elements, strides are not negative; `bytes` starts at element (0, ...,
/// 0) and is read and written in place, in the memory format of the element.
struct GlobalArray {
  Element element;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  std::span<uint8_t> bytes;

  /// A row-major tensor without gaps.
  static GlobalArray rowMajor(Element element, std::vector<int64_t> sizes, std::span<uint8_t> bytes);
};

/// A kernel argument: a tensor, a float scalar (rounded to the parameter's type) or an integer scalar (wrapped to it).
using Argument = std::variant<GlobalArray, double, int64_t>;

/// When elementwise results (`arith` and `math` on floats narrower than f64, `tile.dot`, `tile.reduce`) are rounded.
/// Whatever the policy: constants and loads are exact values of their type, `tile.cast` (and `arith.truncf`, `sitofp`,
/// `uitofp`) and memory (buffers and global tensors) round.
enum class Rounding : uint8_t {
  /// Only where said above: every value in between is a double. This is the reference that error bounds refer to.
  Reference,
  /// Also after every operation, to the type of the result.
  EveryOperation,
};

/// How a kernel is evaluated.
struct EvaluateOptions {
  Rounding rounding = Rounding::Reference;
};

/// Success, or what went wrong and where (`file:line:column: error: ...`, notes on further lines).
class EvaluateResult {
public:
  static EvaluateResult success() { return {}; }
  static EvaluateResult failure(std::string message) {
    EvaluateResult result;
    result.error = std::move(message);
    return result;
  }
  explicit operator bool() const { return !error; }
  /// Empty on success.
  std::string message() const { return error.value_or(""); }

private:
  std::optional<std::string> error;
};

/// Runs a verified kernel. Errors: arguments that do not fit the kernel's (number, kind, element, static sizes and
/// strides, too few bytes), an operation the evaluator does not know, a buffer read before it is written, an integer
/// division by zero or that overflows, a shift by the width or more, a loop step that is not positive. After an error
/// the output tensors hold whatever was written before it.
EvaluateResult evaluate(tile::KernelOp kernel, llvm::ArrayRef<Argument> arguments, const EvaluateOptions &options = {});

/// Parses and verifies a module in textual form and runs one of its kernels. Also an error: text that does not parse or
/// verify, and a name that is no kernel of the module.
EvaluateResult parseAndEvaluate(llvm::StringRef text, llvm::StringRef kernelName, llvm::ArrayRef<Argument> arguments,
                                const EvaluateOptions &options = {});

} // namespace tilewright::evaluator

#endif // TILEWRIGHT_EVALUATOR_EVALUATOR_H
