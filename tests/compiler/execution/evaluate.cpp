// Evaluates a traced kernel directly, on the runtime's tensors.
#include "evaluate.hpp"

#include "tilewright/Evaluator/Evaluator.h"

namespace execution {

using tilewright::evaluator::Element;
using tw::rt::ElementType;
using tw::rt::HostTensor;

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

std::string evaluate(const std::string &module, const std::string &kernel,
                     std::vector<tw::rt::HostArgument> &arguments) {
  std::vector<tilewright::evaluator::Argument> views;
  for (auto &argument : arguments) views.push_back(argumentOf(argument));
  return tilewright::evaluator::parseAndEvaluate(module, kernel, views).message();
}

} // namespace execution
