// Compares the emitted PTX on the emulator with the plain evaluator of the tile dialect, on the same trace.
#include "oracle.hpp"

#include "tilewright/Evaluator/Evaluator.h"

#include <catch2/catch.hpp>

#include <cmath>

namespace execution {

using tilewright::evaluator::Element;

static Element elementOf(ElementType type) {
  switch (type) {
  case ElementType::f64: return Element::F64;
  case ElementType::f32:
  case ElementType::tf32: return Element::F32;
  case ElementType::f16: return Element::F16;
  case ElementType::bf16: return Element::BF16;
  case ElementType::e4m3: return Element::F8E4M3FN;
  case ElementType::e5m2: return Element::F8E5M2;
  case ElementType::i64: return Element::I64;
  case ElementType::i32: return Element::I32;
  case ElementType::i16: return Element::I16;
  case ElementType::i8: return Element::I8;
  case ElementType::u64: return Element::U64;
  case ElementType::u32: return Element::U32;
  case ElementType::u16: return Element::U16;
  case ElementType::u8: return Element::U8;
  case ElementType::boolean: return Element::I1;
  }
  return Element::F32;
}

static tilewright::evaluator::Argument argumentOf(tw::rt::HostArgument &argument) {
  if (auto *scalar = std::get_if<tw::rt::Scalar>(&argument)) {
    if (tw::rt::is_float(scalar->type)) return scalar->as_double();
    return scalar->as_integer();
  }
  auto &tensor = std::get<HostTensor>(argument);
  auto bytes = tensor.bytes();
  return tilewright::evaluator::GlobalArray{elementOf(tensor.type()),
                                            tensor.shape(),
                                            tensor.strides(),
                                            {reinterpret_cast<std::uint8_t *>(bytes.data()), bytes.size()}};
}

static bool isNear(double value, double expected, double absolute, double relative) {
  if (std::isnan(expected) || std::isnan(value)) return std::isnan(expected) && std::isnan(value);
  if (std::isinf(expected) || std::isinf(value)) return value == expected;
  return std::abs(value - expected) <= absolute + relative * std::abs(expected);
}

void agree(const std::string &module, std::vector<tw::rt::HostArgument> arguments, double absolute, double relative,
           const tilewright::CompileOptions &options) {
  auto program = compiled(module, options);
  std::vector<tw::rt::HostArgument> expected = arguments;
  auto outcome = run(program.artifact, std::move(arguments));
  std::vector<tilewright::evaluator::Argument> views;
  for (auto &argument : expected) views.push_back(argumentOf(argument));
  auto evaluated = tilewright::evaluator::parseAndEvaluate(module, program.artifact.kernel, views);
  if (!evaluated) FAIL(evaluated.message());
  for (std::size_t number = 0; number < expected.size(); ++number) {
    auto *tensor = std::get_if<HostTensor>(&expected[number]);
    if (!tensor) continue;
    const HostTensor &got = outcome.tensor(static_cast<int>(number));
    for (std::int64_t i = 0; i < tensor->element_count(); ++i) {
      if (isNear(got.at(i), tensor->at(i), absolute, relative)) continue;
      CAPTURE(number, i, got.at(i), tensor->at(i), outcome.variant, got.describe());
      FAIL("the emulator and the evaluator differ");
    }
  }
  SUCCEED();
}

} // namespace execution
