// Launch rules as JSON text, and the check of what they refer to.
#include "check.hpp"

#include <cstring>

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

LaunchRule full_rule() {
  LaunchRule rule = scale_rule();
  TensorMapRule map;
  map.sizes = {size(0, 0)};
  map.box = {64};
  map.element_steps = {2};
  map.swizzle_bytes = 128;
  map.fill_nan = true;
  KernelRule kernel;
  kernel.entry = "mapped";
  kernel.cluster = {2, 1, 1};
  // Two-element arrays of a string and a value are where JSON libraries like to see objects.
  kernel.grid = {address(0), scalar(1), logical_not(scalar(1))};
  rule.arguments[1].type = ElementType::i32;
  kernel.cooperative = true;
  kernel.shared_bytes = size(0, 0) * 4;
  kernel.parameters = {{ParameterRule::Kind::tensor_map, 0, 0, 0, map}, {ParameterRule::Kind::stride_i64, 2, 0}};
  rule.variants.push_back({"mapped", {}, size(0, 0), {kernel}});
  return rule;
}

Fault fault(const std::string &text) {
  const Fault f = fault_of(launch_rule_from_json(text, "k.twa: launch rule"));
  CHECK(f.code == "rule.json");
  CHECK(f.message.rfind("k.twa: launch rule", 0) == 0);
  return f;
}

// The text of the full rule with the first `from` replaced by `to`.
Fault changed(const std::string &from, const std::string &to) {
  std::string text = to_json(full_rule());
  const std::size_t at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return fault(text.replace(at, from.size(), to));
}

} // namespace

TEST_CASE("a rule comes back from its text") {
  const LaunchRule rule = full_rule();
  verify(rule).check();
  CHECK(launch_rule_from_json(to_json(rule)).value() == rule);
  CHECK(to_json(launch_rule_from_json(to_json(rule)).value()) == to_json(rule));
}

TEST_CASE("malformed rules say where") {
  check_says(fault(""), "the text is no JSON");
  check_says(fault("[]"), "this must be an object");
  check_says(fault("{}"), "'arguments' is missing");
  check_says(changed("\"kind\":\"tensor\"", "\"kind\":\"array\""), "unknown argument kind 'array'");
  check_says(changed("\"kind\":\"tensor\"", "\"kind\":7"), " at /arguments/0: error: 'kind' must be a string");
  check_says(changed("\"type\":\"f32\"", "\"type\":\"f31\""), "unknown element type 'f31'");
  check_says(changed("\"sizes\":[-1]", "\"sizes\":[-2]"), "has the size or stride -2");
  check_says(changed("\"sizes\":[-1]", "\"sizes\":[1,2]"), "another count of strides than of sizes");
  check_says(changed("\"sizes\":[-1]", "\"sizes\":[\"a\"]"), "'sizes' must hold integers");
  check_says(changed("\"sizes\":[-1]", "\"sizes\":5"), "'sizes' must be a list");
  check_says(changed("\"step\":\"memset\"", "\"step\":\"copy\""), "unknown step 'copy'");
  check_says(changed("\"value\":0}", "\"value\":256}"), "'value' is 256, which is not within 0..255");
  check_says(changed("\"block\":[128,1,1]", "\"block\":[128,1]"), "'block' must have 3 elements, it has 2");
  check_says(changed("\"block\":[128,1,1]", "\"block\":[0,1,1]"), "block extent 0 is not within 1..1024");
  check_says(changed("\"block\":[128,1,1]", "\"block\":[1024,2,1]"), "more than 1024 threads");
  check_says(changed("\"cluster\":[2,1,1]", "\"cluster\":[17,1,1]"), "cluster extent 17 is not within 1..16");
  check_says(changed("\"kind\":\"workspace\"", "\"kind\":\"stack\""), "unknown parameter kind 'stack'");
  check_says(changed("\"cooperative\":true", "\"cooperative\":1"), "'cooperative' must be true or false");
  check_says(changed("\"shared_bytes\":", "\"shared\":"), "'shared_bytes' is missing");
  check_says(changed("\"workspace_bytes\":64", "\"workspace_bytes\":\"64\""),
             "an expression is an integer or an array");
  check_says(changed("[\"mod\",", "[\"pow\","), "unknown operation 'pow'");
  check_says(changed("\"entry\":\"scale\"", "\"entry\":\"\""), "a launch names no entry");
}

TEST_CASE("rules that refer to what does not exist are errors") {
  const auto expect = [](const char *text, auto change) {
    LaunchRule rule = full_rule();
    change(rule, std::get<KernelRule>(rule.variants[2].steps[0]));
    const Fault f = fault_of(verify(rule, "rule"));
    CHECK(f.code == "rule.json");
    check_says(f, text);
    CHECK_FALSE(launch_rule_from_json(to_json(rule)).ok());
  };
  using Kind = ParameterRule::Kind;
  expect("there is no variant", [](LaunchRule &r, KernelRule &) { r.variants.clear(); });
  expect("there is no argument 9", [](LaunchRule &, KernelRule &k) { k.grid[0] = size(9, 0); });
  expect("argument 0 has no dimension 1", [](LaunchRule &, KernelRule &k) { k.grid[0] = Expression(1) + size(0, 1); });
  expect("argument 1 is no tensor", [](LaunchRule &, KernelRule &k) { k.shared_bytes = address(1); });
  expect("argument 0 is no scalar", [](LaunchRule &r, KernelRule &) { r.variants[0].workspace_bytes = scalar(0); });
  expect("argument 0 is no scalar", [](LaunchRule &, KernelRule &k) { k.parameters[0] = {Kind::scalar, 0}; });
  expect("argument 1 is no tensor", [](LaunchRule &, KernelRule &k) { k.parameters[0] = {Kind::address, 1}; });
  expect("argument 2 has no dimension 1", [](LaunchRule &, KernelRule &k) {
    k.parameters[0] = {Kind::stride_i64, 2, 1};
  });
  expect("there is no argument 3", [](LaunchRule &r, KernelRule &) {
    r.variants[0].steps[0] = MemsetRule{3, 0, 0, 0};
  });
  expect("there is no argument 4",
         [](LaunchRule &r, KernelRule &) { r.variants[0].preconditions[0].condition = scalar(4); });
}

TEST_CASE("tensor maps keep the driver's constant limits") {
  const auto expect = [](const char *text, auto change) {
    LaunchRule rule = full_rule();
    change(std::get<KernelRule>(rule.variants[2].steps[0]).parameters[0].tensor_map);
    check_says(fault_of(verify(rule)), text);
  };
  expect("one rank from 1 to 5", [](TensorMapRule &m) { m.box.push_back(1); });
  expect("one rank from 1 to 5", [](TensorMapRule &m) { m.strides.push_back(16); });
  expect("box extent 257", [](TensorMapRule &m) { m.box = {257}; });
  expect("element step 9", [](TensorMapRule &m) { m.element_steps = {9}; });
  expect("swizzle is 0, 32, 64 or 128 bytes, not 16", [](TensorMapRule &m) { m.swizzle_bytes = 16; });
  expect("L2 promotion is 0, 64, 128 or 256 bytes, not 32", [](TensorMapRule &m) { m.l2_promotion_bytes = 32; });
  expect("there is no argument 8", [](TensorMapRule &m) { m.argument = 8; });
}

TEST_CASE("text cut off anywhere is an error and never a crash") {
  const std::string text = to_json(full_rule());
  for (std::size_t length = 0; length < text.size(); ++length)
    REQUIRE_FALSE(launch_rule_from_json(text.substr(0, length)).ok());
  for (std::size_t i = 0; i < text.size(); ++i)
    for (char c : {'0', '"', '[', ',', '-'}) {
      std::string other = text;
      other[i] = c;
      const Result<LaunchRule> rule = launch_rule_from_json(other);
      if (rule) REQUIRE(verify(*rule).ok());
    }
}
