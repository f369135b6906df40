// Small help for tests that evaluate kernels given as text.
#pragma once

#include "tilewright/Evaluator/Evaluator.h"

#include <cstring>
#include <string>
#include <vector>

namespace tilewright::evaluator {

/// The memory of a tensor argument, filled from and read as plain numbers.
template <class Number> struct Array {
  Element element;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  std::vector<uint8_t> bytes;

  /// A row-major tensor.
  Array(Element element, std::vector<int64_t> sizes, const std::vector<Number> &values)
      : element(element), sizes(sizes) {
    strides = GlobalArray::rowMajor(element, sizes, {}).strides;
    bytes.resize(values.size() * bytesOf(element));
    for (size_t i = 0; i < values.size(); ++i)
      if (isFloat(element))
        storeFloat(element, static_cast<double>(values[i]), &bytes[i * bytesOf(element)]);
      else
        storeInteger(element, static_cast<int64_t>(values[i]), &bytes[i * bytesOf(element)]);
  }

  /// A row-major tensor of zeros.
  Array(Element element, std::vector<int64_t> sizes) : element(element), sizes(sizes) {
    strides = GlobalArray::rowMajor(element, sizes, {}).strides;
    size_t count = 1;
    for (int64_t size : sizes) count *= size;
    bytes.resize(count * bytesOf(element));
  }

  operator Argument() { return GlobalArray{element, sizes, strides, bytes}; }

  /// The elements in the order of memory.
  std::vector<Number> values() const {
    std::vector<Number> result;
    for (size_t i = 0; i < bytes.size(); i += bytesOf(element))
      result.push_back(isFloat(element) ? static_cast<Number>(loadFloat(element, &bytes[i]))
                                        : static_cast<Number>(loadInteger(element, &bytes[i])));
    return result;
  }
};

using Floats = Array<double>;
using Integers = Array<int64_t>;

/// Runs the kernel `@k` whose parameters and body are given; returns the message, empty on success.
inline std::string run(const std::string &parameters, const std::string &body, std::vector<Argument> arguments,
                       const EvaluateOptions &options = {}) {
  const std::string text = "tile.kernel @k(" + parameters + ") {\n" + body + "\ntile.return\n}\n";
  return parseAndEvaluate(text, "k", arguments, options).message();
}

} // namespace tilewright::evaluator
