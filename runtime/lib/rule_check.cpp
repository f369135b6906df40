// Checks what a launch rule refers to, so that evaluation never meets an index that does not exist.
#include "tilewright/runtime/launch_rule.hpp"

namespace tw::rt {
namespace {

class Checker {
public:
  Checker(const LaunchRule &rule, const std::string &where) : rule_(rule), where_(where) {}

  Status run() {
    if (rule_.variants.empty()) fail("there is no variant");
    for (const Variant &variant : rule_.variants) {
      for (const Precondition &p : variant.preconditions) expression(p.condition);
      expression(variant.workspace_bytes);
      for (const StepRule &step : variant.steps) std::visit([&](const auto &s) { check(s); }, step);
    }
    return status_;
  }

private:
  void fail(std::string what) {
    if (status_)
      status_ = make_fault(FaultClass::user, "rule.json",
                           {where_, std::move(what), {}, "compile the kernel again with the same release"});
  }

  void argument(int index, bool is_tensor, int dimension = -1) {
    if (index < 0 || static_cast<std::size_t>(index) >= rule_.arguments.size())
      return fail("there is no argument " + std::to_string(index) + ", the rule declares " +
                  std::to_string(rule_.arguments.size()));
    const ArgumentRule &a = rule_.arguments[index];
    if ((a.kind == ArgumentRule::Kind::tensor) != is_tensor)
      return fail("argument " + std::to_string(index) + " is no " + (is_tensor ? "tensor" : "scalar"));
    if (dimension >= 0 && static_cast<std::size_t>(dimension) >= a.sizes.size())
      fail("argument " + std::to_string(index) + " has no dimension " + std::to_string(dimension));
  }

  void expression(const Expression &e) {
    if (e.op == Op::size || e.op == Op::stride) argument(e.argument, true, e.dimension);
    if (e.op == Op::address) argument(e.argument, true);
    if (e.op == Op::scalar) argument(e.argument, false);
    for (const Expression &operand : e.operands) expression(operand);
  }

  void check(const MemsetRule &memset) {
    if (memset.argument >= 0) argument(memset.argument, true);
    expression(memset.offset_bytes);
    expression(memset.bytes);
  }

  void check(const TensorMapRule &map) {
    argument(map.argument, true);
    expression(map.offset_bytes);
    for (const Expression &e : map.sizes) expression(e);
    for (const Expression &e : map.strides) expression(e);
    const std::size_t rank = map.sizes.size();
    if (rank < 1 || rank > 5 || map.strides.size() + 1 != rank || map.box.size() != rank ||
        (!map.element_steps.empty() && map.element_steps.size() != rank))
      fail("a tensor map has sizes, strides and box of one rank from 1 to 5, with one stride fewer");
    for (std::int64_t extent : map.box)
      if (extent < 1 || extent > 256)
        fail("a tensor map's box extent " + std::to_string(extent) + " is not within 1..256");
    for (std::int64_t step : map.element_steps)
      if (step < 1 || step > 8) fail("a tensor map's element step " + std::to_string(step) + " is not within 1..8");
    if (const int s = map.swizzle_bytes; s != 0 && s != 32 && s != 64 && s != 128)
      fail("a tensor map's swizzle is 0, 32, 64 or 128 bytes, not " + std::to_string(s));
    if (const int l = map.l2_promotion_bytes; l != 0 && l != 64 && l != 128 && l != 256)
      fail("a tensor map's L2 promotion is 0, 64, 128 or 256 bytes, not " + std::to_string(l));
  }

  void check(const KernelRule &kernel) {
    if (kernel.entry.empty()) fail("a launch names no entry");
    if (kernel.block[0] * kernel.block[1] * kernel.block[2] > 1024) fail("a block has more than 1024 threads");
    for (const Expression &e : kernel.grid) expression(e);
    expression(kernel.shared_bytes);
    for (const ParameterRule &p : kernel.parameters) {
      using Kind = ParameterRule::Kind;
      switch (p.kind) {
      case Kind::address: argument(p.argument, true); break;
      case Kind::size_i32:
      case Kind::size_i64:
      case Kind::stride_i64: argument(p.argument, true, p.dimension); break;
      case Kind::scalar: argument(p.argument, false); break;
      case Kind::value_i32:
      case Kind::value_i64:
      case Kind::workspace: expression(p.value); break;
      case Kind::tensor_map: check(p.tensor_map); break;
      }
    }
  }

  const LaunchRule &rule_;
  const std::string &where_;
  Status status_;
};

} // namespace

Status verify(const LaunchRule &rule, const std::string &where) { return Checker(rule, where).run(); }

} // namespace tw::rt
