// Launch rules for people.

#include "LaunchRuleText.h"

#include <fmt/format.h>
#include <map>

namespace tilewright::twc {
namespace {

namespace rt = tw::rt;

std::string nameOf(int argument, const rt::LaunchRule &rule) {
  const std::string &name = rule.arguments[static_cast<std::size_t>(argument)].name;
  return name.empty() ? "argument" + std::to_string(argument) : name;
}

std::string joined(const std::vector<rt::Expression> &operands, const char *separator, const rt::LaunchRule &rule) {
  std::string text;
  for (const rt::Expression &operand : operands) text += (text.empty() ? "" : separator) + formulaOf(operand, rule);
  return text;
}

std::string extents(const std::vector<std::int64_t> &values) {
  std::string text;
  for (std::int64_t value : values)
    text += (text.empty() ? "" : ", ") + (value == rt::dynamic ? std::string("?") : std::to_string(value));
  return text;
}

std::string argumentText(const rt::ArgumentRule &argument) {
  const std::string type(rt::name_of(argument.type));
  if (argument.kind == rt::ArgumentRule::Kind::scalar) return type;
  return fmt::format("{}[{}] strides {{{}}}", type, extents(argument.sizes), extents(argument.strides));
}

std::string tensorMapText(const rt::TensorMapRule &map, const rt::LaunchRule &rule) {
  return fmt::format("tensor map of {}: {} sizes [{}] box [{}] swizzle {} fill {}", nameOf(map.argument, rule),
                     rt::name_of(map.type), joined(map.sizes, ", ", rule), extents(map.box), map.swizzle_bytes,
                     map.fill_nan ? "nan" : "zero");
}

std::string parameterText(const rt::ParameterRule &p, const rt::LaunchRule &rule) {
  using Kind = rt::ParameterRule::Kind;
  switch (p.kind) {
  case Kind::address: return nameOf(p.argument, rule) + ".address";
  case Kind::size_i32: return fmt::format("i32 {}.size({})", nameOf(p.argument, rule), p.dimension);
  case Kind::size_i64: return fmt::format("i64 {}.size({})", nameOf(p.argument, rule), p.dimension);
  case Kind::stride_i64: return fmt::format("i64 {}.stride({})", nameOf(p.argument, rule), p.dimension);
  case Kind::scalar: return nameOf(p.argument, rule);
  case Kind::value_i32: return "i32 " + formulaOf(p.value, rule);
  case Kind::value_i64: return "i64 " + formulaOf(p.value, rule);
  case Kind::workspace: return "workspace + " + formulaOf(p.value, rule);
  case Kind::tensor_map: return tensorMapText(p.tensor_map, rule);
  }
  return "";
}

std::string stepText(const rt::StepRule &step, const rt::LaunchRule &rule) {
  if (const auto *memset = std::get_if<rt::MemsetRule>(&step))
    return fmt::format("  set {} bytes of {} from byte {} to {}\n", formulaOf(memset->bytes, rule),
                       memset->argument < 0 ? "the workspace" : nameOf(memset->argument, rule),
                       formulaOf(memset->offset_bytes, rule), memset->value);
  const auto &kernel = std::get<rt::KernelRule>(step);
  std::string text = fmt::format("  launch {}: grid ({}, {}, {})", kernel.entry, formulaOf(kernel.grid[0], rule),
                                 formulaOf(kernel.grid[1], rule), formulaOf(kernel.grid[2], rule));
  text += fmt::format(", block ({}, {}, {})", kernel.block[0], kernel.block[1], kernel.block[2]);
  if (kernel.cluster != std::array<int, 3>{1, 1, 1})
    text += fmt::format(", cluster ({}, {}, {})", kernel.cluster[0], kernel.cluster[1], kernel.cluster[2]);
  text += fmt::format(", {} bytes of shared memory{}\n    parameters: ", formulaOf(kernel.shared_bytes, rule),
                      kernel.cooperative ? ", cooperative" : "");
  std::string parameters;
  for (const rt::ParameterRule &p : kernel.parameters)
    parameters += (parameters.empty() ? "" : ", ") + parameterText(p, rule);
  return text + (parameters.empty() ? "none" : parameters) + "\n";
}

} // namespace

std::string formulaOf(const rt::Expression &e, const rt::LaunchRule &rule) {
  using rt::Op;
  switch (e.op) {
  case Op::constant: return std::to_string(e.value);
  case Op::size: return fmt::format("{}.size({})", nameOf(e.argument, rule), e.dimension);
  case Op::stride: return fmt::format("{}.stride({})", nameOf(e.argument, rule), e.dimension);
  case Op::address: return nameOf(e.argument, rule) + ".address";
  case Op::scalar: return nameOf(e.argument, rule);
  case Op::logical_not: return "!" + formulaOf(e.operands[0], rule);
  default: break;
  }
  static const std::map<Op, const char *> infix = {
      {Op::add, " + "}, {Op::sub, " - "}, {Op::mul, " * "}, {Op::mod, " mod "},        {Op::eq, " == "},
      {Op::ne, " != "}, {Op::lt, " < "},  {Op::le, " <= "}, {Op::logical_and, " && "}, {Op::logical_or, " || "},
  };
  if (const auto found = infix.find(e.op); found != infix.end())
    return "(" + joined(e.operands, found->second, rule) + ")";
  const char *name = e.op == Op::floordiv  ? "floordiv"
                     : e.op == Op::ceildiv ? "ceildiv"
                     : e.op == Op::min     ? "min"
                                           : "max";
  return name + ("(" + joined(e.operands, ", ", rule)) + ")";
}

std::string textOf(const rt::LaunchRule &rule) {
  std::string text;
  for (std::size_t i = 0; i < rule.arguments.size(); ++i)
    text += fmt::format("argument {}: {}: {}\n", i, nameOf(static_cast<int>(i), rule), argumentText(rule.arguments[i]));
  for (std::size_t i = 0; i < rule.variants.size(); ++i) {
    const rt::Variant &variant = rule.variants[i];
    text += fmt::format("variant {}: {}\n", i, variant.name);
    for (const rt::Precondition &condition : variant.preconditions)
      text += fmt::format("  needs {} ({})\n", formulaOf(condition.condition, rule), condition.message);
    if (variant.workspace_bytes != rt::Expression(0))
      text += fmt::format("  workspace: {} bytes\n", formulaOf(variant.workspace_bytes, rule));
    for (const rt::StepRule &step : variant.steps) text += stepText(step, rule);
  }
  return text;
}

} // namespace tilewright::twc
