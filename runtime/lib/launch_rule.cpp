// Launch rules as JSON text, with every index checked on the way in.
#include "tilewright/runtime/launch_rule.hpp"

#include "expression_json.hpp"
#include "json_reader.hpp"

namespace tw::rt {
namespace {

using nlohmann::json;
using Parameter = ParameterRule::Kind;

constexpr std::array<const char *, 9> parameter_names{"address",   "size_i32",  "size_i64",  "stride_i64", "scalar",
                                                      "value_i32", "value_i64", "workspace", "tensor_map"};

json list_of(const std::vector<Expression> &expressions) {
  json list = json::array();
  for (const Expression &e : expressions) list.push_back(json_of(e));
  return list;
}

json json_of(const TensorMapRule &map) {
  return {{"argument", map.argument},           {"offset_bytes", json_of(map.offset_bytes)},
          {"type", name_of(map.type)},          {"sizes", list_of(map.sizes)},
          {"strides", list_of(map.strides)},    {"box", map.box},
          {"element_steps", map.element_steps}, {"swizzle_bytes", map.swizzle_bytes},
          {"fill_nan", map.fill_nan},           {"l2_promotion_bytes", map.l2_promotion_bytes}};
}

json json_of(const ParameterRule &p) {
  json out = {{"kind", parameter_names[static_cast<std::size_t>(p.kind)]}};
  if (p.kind <= Parameter::scalar) out["argument"] = p.argument;
  if (p.kind >= Parameter::size_i32 && p.kind <= Parameter::stride_i64) out["dimension"] = p.dimension;
  if (p.kind >= Parameter::value_i32 && p.kind <= Parameter::workspace) out["value"] = json_of(p.value);
  if (p.kind == Parameter::tensor_map) out["tensor_map"] = json_of(p.tensor_map);
  return out;
}

json json_of(const StepRule &step) {
  if (const auto *memset = std::get_if<MemsetRule>(&step))
    return {{"step", "memset"},
            {"argument", memset->argument},
            {"offset_bytes", json_of(memset->offset_bytes)},
            {"bytes", json_of(memset->bytes)},
            {"value", memset->value}};
  const KernelRule &kernel = std::get<KernelRule>(step);
  json parameters = json::array();
  for (const ParameterRule &p : kernel.parameters) parameters.push_back(json_of(p));
  return {{"step", "launch"},
          {"entry", kernel.entry},
          {"grid", list_of({kernel.grid.begin(), kernel.grid.end()})},
          {"block", kernel.block},
          {"cluster", kernel.cluster},
          {"shared_bytes", json_of(kernel.shared_bytes)},
          {"cooperative", kernel.cooperative},
          {"parameters", std::move(parameters)}};
}

TensorMapRule tensor_map_of(JsonReader r) {
  TensorMapRule map;
  map.argument = r.integer("argument", 0, 65535);
  map.offset_bytes = r.expression("offset_bytes");
  map.type = r.element_type("type");
  map.sizes = r.expressions("sizes");
  map.strides = r.expressions("strides");
  map.box = r.integers("box");
  map.element_steps = r.integers("element_steps");
  map.swizzle_bytes = r.integer("swizzle_bytes", 0, 128);
  map.fill_nan = r.boolean("fill_nan");
  map.l2_promotion_bytes = r.integer("l2_promotion_bytes", 0, 256);
  return map;
}

ParameterRule parameter_of(JsonReader r) {
  ParameterRule p;
  const std::string kind = r.text("kind");
  std::size_t i = 0;
  while (i < parameter_names.size() && parameter_names[i] != kind) ++i;
  if (i == parameter_names.size()) {
    r.fail("unknown parameter kind '" + kind + "'");
    return p;
  }
  p.kind = static_cast<Parameter>(i);
  if (p.kind <= Parameter::scalar) p.argument = r.integer("argument", 0, 65535);
  if (p.kind >= Parameter::size_i32 && p.kind <= Parameter::stride_i64) p.dimension = r.integer("dimension", 0, 65535);
  if (p.kind >= Parameter::value_i32 && p.kind <= Parameter::workspace) p.value = r.expression("value");
  if (p.kind == Parameter::tensor_map) p.tensor_map = tensor_map_of(r.object("tensor_map"));
  return p;
}

StepRule step_of(JsonReader r) {
  const std::string step = r.text("step");
  if (step == "memset") {
    MemsetRule memset;
    memset.argument = r.integer("argument", -1, 65535);
    memset.offset_bytes = r.expression("offset_bytes");
    memset.bytes = r.expression("bytes");
    memset.value = static_cast<std::uint8_t>(r.integer("value", 0, 255));
    return memset;
  }
  if (step != "launch") r.fail("unknown step '" + step + "'");
  KernelRule kernel;
  kernel.entry = r.text("entry");
  kernel.grid = r.triple<Expression>(r.expressions("grid"), "grid");
  const auto block = r.triple<std::int64_t>(r.integers("block"), "block");
  const auto cluster = r.triple<std::int64_t>(r.integers("cluster"), "cluster");
  for (int i = 0; i < 3; ++i) {
    if (block[i] < 1 || block[i] > 1024) r.fail("block extent " + std::to_string(block[i]) + " is not within 1..1024");
    if (cluster[i] < 1 || cluster[i] > 16)
      r.fail("cluster extent " + std::to_string(cluster[i]) + " is not within 1..16");
    kernel.block[i] = static_cast<int>(block[i]);
    kernel.cluster[i] = static_cast<int>(cluster[i]);
  }
  kernel.shared_bytes = r.expression("shared_bytes");
  kernel.cooperative = r.boolean("cooperative");
  for (JsonReader item : r.objects("parameters")) kernel.parameters.push_back(parameter_of(item));
  return kernel;
}

ArgumentRule argument_of(JsonReader r) {
  ArgumentRule a;
  a.name = r.text("name");
  const std::string kind = r.text("kind");
  if (kind != "tensor" && kind != "scalar") r.fail("unknown argument kind '" + kind + "'");
  a.kind = kind == "scalar" ? ArgumentRule::Kind::scalar : ArgumentRule::Kind::tensor;
  a.type = r.element_type("type");
  if (a.kind == ArgumentRule::Kind::scalar) return a;
  a.sizes = r.integers("sizes");
  a.strides = r.integers("strides");
  for (const std::vector<std::int64_t> *list : {&a.sizes, &a.strides})
    for (std::int64_t value : *list)
      if (value < dynamic) r.fail("argument '" + a.name + "' has the size or stride " + std::to_string(value));
  if (a.sizes.size() != a.strides.size())
    r.fail("argument '" + a.name + "' has another count of strides than of sizes");
  return a;
}

Variant variant_of(JsonReader r) {
  Variant v;
  v.name = r.text("name");
  for (JsonReader item : r.objects("preconditions"))
    v.preconditions.push_back({item.expression("condition"), item.text("message")});
  v.workspace_bytes = r.expression("workspace_bytes");
  for (JsonReader item : r.objects("steps")) v.steps.push_back(step_of(item));
  return v;
}

} // namespace

std::string to_json(const LaunchRule &rule) {
  json arguments = json::array(), variants = json::array();
  for (const ArgumentRule &a : rule.arguments) {
    const bool is_scalar = a.kind == ArgumentRule::Kind::scalar;
    json item = {{"name", a.name}, {"kind", is_scalar ? "scalar" : "tensor"}, {"type", name_of(a.type)}};
    if (!is_scalar) item.update({{"sizes", a.sizes}, {"strides", a.strides}});
    arguments.push_back(std::move(item));
  }
  for (const Variant &v : rule.variants) {
    json preconditions = json::array(), steps = json::array();
    for (const Precondition &p : v.preconditions)
      preconditions.push_back({{"condition", json_of(p.condition)}, {"message", p.message}});
    for (const StepRule &step : v.steps) steps.push_back(json_of(step));
    variants.push_back({{"name", v.name},
                        {"preconditions", std::move(preconditions)},
                        {"workspace_bytes", json_of(v.workspace_bytes)},
                        {"steps", std::move(steps)}});
  }
  // A name that is not UTF-8 must not throw here: it is replaced, and the reader still accepts the text.
  return json{{"arguments", std::move(arguments)}, {"variants", std::move(variants)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

Result<LaunchRule> launch_rule_from_json(const std::string &text, const std::string &where) {
  JsonDocument document(text, where);
  LaunchRule rule;
  JsonReader root = document.root();
  for (JsonReader item : root.objects("arguments")) rule.arguments.push_back(argument_of(item));
  for (JsonReader item : root.objects("variants")) rule.variants.push_back(variant_of(item));
  if (!document.status()) return document.status().fault();
  if (Status status = verify(rule, where); !status) return status.fault();
  return rule;
}

} // namespace tw::rt
