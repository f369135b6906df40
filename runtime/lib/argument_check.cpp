// Checks of a call's arguments, each with the argument's name and both values.
#include "argument_check.hpp"

namespace tw::rt {
namespace {

std::string text_of(const std::vector<std::int64_t> &list) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i)
    text += (i ? ", " : "") + (list[i] == dynamic ? std::string("any") : std::to_string(list[i]));
  return text + "]";
}

const char *kind_of(bool is_tensor) { return is_tensor ? "tensor" : "scalar"; }

// tf32 is f32 read with less precision, so either stands for the other.
bool same_storage(ElementType a, ElementType b) {
  const auto plain = [](ElementType t) { return t == ElementType::tf32 ? ElementType::f32 : t; };
  return plain(a) == plain(b);
}

struct ArgumentCheck {
  std::string where;
  const ArgumentRule &rule;

  Fault fault(const char *code, std::string what, std::string why = {}, std::string fix = {}) const {
    return make_fault(FaultClass::user, code, {where, std::move(what), std::move(why), std::move(fix)});
  }

  Status type(ElementType given) const {
    if (same_storage(given, rule.type)) return {};
    return fault(
        "launch.argument_type",
        "elements are " + std::string(name_of(given)) + " but the kernel takes " + std::string(name_of(rule.type)), {},
        "convert the argument to " + std::string(name_of(rule.type)) + ", or compile the kernel for " +
            std::string(name_of(given)));
  }

  Status tensor(const DeviceTensor &t) const {
    if (Status status = type(t.type); !status) return status;
    const std::size_t rank = rule.sizes.size();
    if (t.shape.size() != rank || t.strides.size() != rank)
      return fault("launch.rank",
                   "the tensor has " + std::to_string(t.shape.size()) + " dimensions and " +
                       std::to_string(t.strides.size()) + " strides but the kernel takes rank " + std::to_string(rank),
                   "the kernel takes sizes " + text_of(rule.sizes), "reshape the tensor");
    bool empty = false;
    for (std::size_t i = 0; i < rank; ++i) {
      if (rule.sizes[i] != dynamic && rule.sizes[i] != t.shape[i])
        return fault("launch.size",
                     "size " + std::to_string(i) + " is " + std::to_string(t.shape[i]) +
                         " but the kernel was compiled for " + std::to_string(rule.sizes[i]),
                     "the tensor has sizes " + text_of(t.shape) + ", the kernel takes " + text_of(rule.sizes),
                     "pass a tensor of that size, or compile the kernel with a symbolic size");
      if (t.shape[i] < 0 || t.shape[i] > 2147483647)
        return fault("launch.size_limit", "size " + std::to_string(i) + " is " + std::to_string(t.shape[i]),
                     "sizes are within 0..2147483647", "split the tensor");
      empty |= t.shape[i] == 0;
    }
    for (std::size_t i = 0; i < rank; ++i) {
      // The stride of a dimension with one element, or of an empty tensor, is never used.
      if (empty || t.shape[i] == 1 || rule.strides[i] == dynamic || rule.strides[i] == t.strides[i]) continue;
      return fault("launch.stride",
                   "stride " + std::to_string(i) + " is " + std::to_string(t.strides[i]) +
                       " elements but the kernel was compiled for " + std::to_string(rule.strides[i]),
                   "the tensor has strides " + text_of(t.strides) + ", the kernel takes " + text_of(rule.strides),
                   "make the tensor contiguous, or compile the kernel with symbolic strides");
    }
    if (t.address % size_of(t.type) != 0)
      return fault("launch.address",
                   "the address is no multiple of the element's " + std::to_string(size_of(t.type)) + " bytes", {},
                   "align the tensor");
    return {};
  }
};

} // namespace

Status check_arguments(const LaunchRule &rule, std::span<const LaunchArgument> arguments, std::string_view kernel) {
  const std::string where = "kernel '" + std::string(kernel) + "'";
  if (arguments.size() != rule.arguments.size()) {
    std::string names;
    for (const ArgumentRule &a : rule.arguments)
      names += (names.empty() ? "" : ", ") + a.name + ": " +
               (a.kind == ArgumentRule::Kind::tensor ? std::string(name_of(a.type)) + text_of(a.sizes)
                                                     : std::string(name_of(a.type)));
    return make_fault(FaultClass::user, "launch.argument_count",
                      {where,
                       std::to_string(arguments.size()) + " arguments are given but the kernel takes " +
                           std::to_string(rule.arguments.size()),
                       "it takes (" + names + ")", "pass one argument for each"});
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    // The text is built only on the way to a fault: this check is part of every launch.
    const ArgumentRule &expected = rule.arguments[i];
    const DeviceTensor *tensor = std::get_if<DeviceTensor>(&arguments[i]);
    ArgumentCheck check{{}, expected};
    Status status;
    if ((tensor != nullptr) != (expected.kind == ArgumentRule::Kind::tensor))
      status = check.fault("launch.argument_kind", std::string("a ") + kind_of(tensor) +
                                                       " is given but the kernel takes a " + kind_of(!tensor));
    else
      status = tensor ? check.tensor(*tensor) : check.type(std::get<Scalar>(arguments[i]).type);
    if (status) continue;
    Fault fault = status.fault();
    fault.message = where + ", argument " + std::to_string(i) + " '" + expected.name + "': " + fault.message;
    return fault;
  }
  return {};
}

ArgumentFacts facts_of(const LaunchArgument &argument) {
  ArgumentFacts facts;
  if (const DeviceTensor *tensor = std::get_if<DeviceTensor>(&argument)) {
    facts.address = tensor->address;
    facts.shape = tensor->shape;
    facts.strides = tensor->strides;
    return facts;
  }
  const Scalar &scalar = std::get<Scalar>(argument);
  facts.is_tensor = false;
  facts.scalar_is_integer = !is_float(scalar.type);
  if (facts.scalar_is_integer) facts.scalar = scalar.as_integer();
  return facts;
}

std::uint64_t span_bytes(const DeviceTensor &tensor) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] <= 0) return 0;
    last += static_cast<std::uint64_t>(tensor.shape[i] - 1) * static_cast<std::uint64_t>(tensor.strides[i]);
  }
  return (last + 1) * size_of(tensor.type);
}

HostArgument conform_argument(HostArgument argument, const ArgumentRule &rule) {
  if (HostTensor *tensor = std::get_if<HostTensor>(&argument)) {
    const bool raw_bits =
        rule.type == ElementType::bf16 || rule.type == ElementType::e4m3 || rule.type == ElementType::e5m2;
    const bool is_raw =
        raw_bits && is_unsigned_integer(tensor->type()) && size_of(tensor->type()) == size_of(rule.type);
    if (is_raw || (tensor->type() != rule.type && same_storage(tensor->type(), rule.type)))
      if (Result<HostTensor> same = tensor->reinterpreted(rule.type)) return HostArgument(std::move(*same));
    return argument;
  }
  const Scalar given = std::get<Scalar>(argument);
  if (rule.kind != ArgumentRule::Kind::scalar || given.type == rule.type) return argument;
  if (is_float(given.type) || is_float(rule.type)) {
    const Scalar converted = Scalar::of_double(rule.type, given.as_double());
    return converted.as_double() == given.as_double() ? HostArgument(converted) : argument;
  }
  const Scalar converted = Scalar::of_integer(rule.type, given.as_integer());
  const auto is_negative = [](const Scalar &s) { return is_signed_integer(s.type) && s.as_integer() < 0; };
  const bool same = converted.as_integer() == given.as_integer() && is_negative(converted) == is_negative(given);
  return same ? HostArgument(converted) : argument;
}

} // namespace tw::rt
