// Evaluates a launch rule for concrete arguments.
#include "tilewright/runtime/launch.hpp"

#include <cstring>

#include "argument_check.hpp"

namespace tw::rt {
namespace {

constexpr std::int64_t largest_parameter_bytes = 32764; // PTX ISA, kernel function parameters (since PTX 8.1)
constexpr std::int64_t grid_limits[3] = {2147483647, 65535, 65535};

class Planner {
public:
  Planner(const LaunchRule &rule, std::span<const LaunchArgument> arguments, const PlanOptions &options)
      : rule_(rule), arguments_(arguments), where_("kernel '" + std::string(options.kernel) + "'") {
    facts_.reserve(arguments.size());
    for (const LaunchArgument &argument : arguments) facts_.push_back(facts_of(argument));
  }

  // The variant to use: the given one, or the first whose preconditions hold.
  Result<std::size_t> choose(int wanted) {
    if (rule_.variants.empty() || (wanted >= 0 && static_cast<std::size_t>(wanted) >= rule_.variants.size()))
      return fault("launch.variant", "there is no variant " + std::to_string(wanted),
                   "the kernel has " + std::to_string(rule_.variants.size()) + " variants, counted from 0",
                   "give a smaller number");
    const std::size_t first = wanted < 0 ? 0 : static_cast<std::size_t>(wanted);
    const std::size_t last = wanted < 0 ? rule_.variants.size() : first + 1;
    const Precondition *failed = nullptr;
    const Variant *tried = nullptr;
    for (std::size_t i = first; i < last; ++i) {
      tried = &rule_.variants[i];
      failed = nullptr;
      for (const Precondition &p : tried->preconditions) {
        Result<std::int64_t> holds = evaluate(p.condition, facts_);
        if (!holds) return in_kernel(holds.fault());
        if (*holds == 0) {
          failed = &p;
          break;
        }
      }
      if (!failed) return i;
    }
    return fault("launch.precondition", failed->message,
                 "variant '" + tried->name + "' needs " + to_json(failed->condition));
  }

  Result<LaunchPlan> plan(std::size_t index) {
    const Variant &variant = rule_.variants[index];
    plan_.variant = index;
    plan_.variant_name = variant.name;
    const std::int64_t workspace = value(variant.workspace_bytes);
    if (status_ && workspace < 0)
      fail("launch.workspace", "the workspace would have " + std::to_string(workspace) + " bytes");
    plan_.workspace_bytes = static_cast<std::uint64_t>(workspace);
    for (const StepRule &step : variant.steps) {
      std::visit([&](const auto &s) { add(s); }, step);
      if (!status_) return status_.fault();
    }
    if (!status_) return status_.fault();
    return std::move(plan_);
  }

private:
  Fault fault(const char *code, std::string what, std::string why = {}, std::string fix = {}) const {
    return make_fault(FaultClass::user, code, {where_, std::move(what), std::move(why), std::move(fix)});
  }
  void fail(const char *code, std::string what, std::string why = {}, std::string fix = {}) {
    if (status_) status_ = fault(code, std::move(what), std::move(why), std::move(fix));
  }
  Fault in_kernel(Fault fault) const {
    fault.message = where_ + ", expression " + fault.message;
    return fault;
  }

  // After a fault the values are 0 and not used.
  std::int64_t value(const Expression &expression) {
    Result<std::int64_t> result = evaluate(expression, facts_);
    if (result) return *result;
    if (status_) status_ = in_kernel(result.fault());
    return 0;
  }

  void add(const MemsetRule &rule) {
    const std::int64_t offset = value(rule.offset_bytes), bytes = value(rule.bytes);
    const bool in_workspace = rule.argument < 0;
    std::uint64_t limit = plan_.workspace_bytes, base = 0;
    if (!in_workspace) {
      const DeviceTensor &tensor = std::get<DeviceTensor>(arguments_[rule.argument]);
      limit = span_bytes(tensor);
      base = tensor.address;
    }
    if (!status_) return;
    if (offset < 0 || bytes < 0 || static_cast<std::uint64_t>(offset) > limit ||
        static_cast<std::uint64_t>(bytes) > limit - static_cast<std::uint64_t>(offset))
      return fail("launch.memset",
                  "a memset of " + std::to_string(bytes) + " bytes at offset " + std::to_string(offset) +
                      " leaves its target",
                  (in_workspace ? std::string("the workspace") : "argument " + std::to_string(rule.argument)) +
                      " has " + std::to_string(limit) + " bytes");
    if (bytes > 0)
      plan_.steps.push_back(MemsetStep{in_workspace, base + offset, static_cast<std::uint64_t>(bytes), rule.value});
  }

  void add(const KernelRule &rule) {
    KernelStep step;
    step.entry = rule.entry;
    step.cooperative = rule.cooperative;
    bool empty = false;
    for (int i = 0; i < 3; ++i) {
      const std::int64_t extent = value(rule.grid[i]);
      if (!status_) return;
      if (extent < 0 || extent > grid_limits[i])
        return fail("launch.grid",
                    std::string("grid extent ") + "xyz"[i] + " of entry '" + rule.entry + "' is " +
                        std::to_string(extent),
                    "a grid has 0.." + std::to_string(grid_limits[i]) + " blocks along " + "xyz"[i],
                    "use smaller tensors, or larger blocks");
      if (extent % rule.cluster[i] != 0)
        return fail("launch.cluster", std::string("grid extent ") + "xyz"[i] + " of entry '" + rule.entry + "' is " +
                                          std::to_string(extent) + ", which clusters of " +
                                          std::to_string(rule.cluster[i]) + " blocks do not divide");
      empty |= extent == 0;
      step.grid[i] = static_cast<std::uint32_t>(extent);
      step.block[i] = static_cast<std::uint32_t>(rule.block[i]);
      step.cluster[i] = static_cast<std::uint32_t>(rule.cluster[i]);
    }
    if (empty) return;
    const std::int64_t shared = value(rule.shared_bytes);
    if (!status_) return;
    if (shared < 0 || shared > 232448) // 227 KiB, the most any target has per block (sm_90)
      return fail("launch.shared_bytes", "entry '" + rule.entry + "' asks for " + std::to_string(shared) +
                                             " bytes of shared memory, the limit is 232448");
    step.shared_bytes = static_cast<std::uint32_t>(shared);
    for (const ParameterRule &p : rule.parameters) pack(step, p);
    if (step.parameters.size() > largest_parameter_bytes)
      fail("launch.parameters", "entry '" + rule.entry + "' takes " + std::to_string(step.parameters.size()) +
                                    " bytes of parameters, the limit is " + std::to_string(largest_parameter_bytes));
    plan_.steps.push_back(std::move(step));
  }

  // Appends a parameter at the next offset that is a multiple of `alignment`.
  void append(KernelStep &step, const void *data, std::uint32_t bytes, std::uint32_t alignment) {
    const std::size_t offset = (step.parameters.size() + alignment - 1) / alignment * alignment;
    step.parameters.resize(offset + bytes);
    if (data) std::memcpy(step.parameters.data() + offset, data, bytes);
    step.slots.push_back({static_cast<std::uint32_t>(offset), bytes});
  }
  void append64(KernelStep &step, std::int64_t v) { append(step, &v, 8, 8); }
  void append32(KernelStep &step, std::int64_t v) {
    if (status_ && (v < INT32_MIN || v > INT32_MAX))
      fail("launch.value", "a 32-bit parameter of entry '" + step.entry + "' would be " + std::to_string(v));
    const std::int32_t narrow = static_cast<std::int32_t>(v);
    append(step, &narrow, 4, 4);
  }

  void pack(KernelStep &step, const ParameterRule &p) {
    using Kind = ParameterRule::Kind;
    switch (p.kind) {
    case Kind::address: return append64(step, static_cast<std::int64_t>(facts_[p.argument].address));
    case Kind::size_i32: return append32(step, facts_[p.argument].shape[p.dimension]);
    case Kind::size_i64: return append64(step, facts_[p.argument].shape[p.dimension]);
    case Kind::stride_i64: return append64(step, facts_[p.argument].strides[p.dimension]);
    case Kind::value_i32: return append32(step, value(p.value));
    case Kind::value_i64: return append64(step, value(p.value));
    case Kind::scalar: {
      const Scalar &scalar = std::get<Scalar>(arguments_[p.argument]);
      const std::uint32_t bytes = static_cast<std::uint32_t>(size_of(scalar.type));
      return append(step, &scalar.bits, bytes, bytes);
    }
    case Kind::workspace: {
      const std::int64_t offset = value(p.value);
      if (status_ && (offset < 0 || static_cast<std::uint64_t>(offset) > plan_.workspace_bytes))
        fail("launch.workspace", "offset " + std::to_string(offset) + " lies outside the workspace of " +
                                     std::to_string(plan_.workspace_bytes) + " bytes");
      append64(step, offset);
      step.workspace_offsets.push_back(step.slots.back().offset);
      return;
    }
    case Kind::tensor_map: return add_tensor_map(step, p.tensor_map);
    }
  }

  // Rules of CUtensorMap (CUDA driver API, cuTensorMapEncodeTiled): address and strides are multiples of 16, extents
  // lie in 1..2^32, strides below 2^40.
  void add_tensor_map(KernelStep &step, const TensorMapRule &rule) {
    TensorMapValue map;
    const std::int64_t offset = value(rule.offset_bytes);
    map.address = facts_[rule.argument].address + static_cast<std::uint64_t>(offset);
    map.type = rule.type;
    map.swizzle_bytes = rule.swizzle_bytes;
    map.l2_promotion_bytes = rule.l2_promotion_bytes;
    map.fill_nan = rule.fill_nan;
    const std::string name = "the tensor map of argument " + std::to_string(rule.argument);
    if (map.address % 16 != 0)
      fail("launch.tensor_map", name + " starts at an address that is no multiple of 16", {},
           "align the tensor to 16 bytes");
    for (const Expression &e : rule.sizes) {
      const std::int64_t extent = value(e);
      if (extent < 1 || extent > std::int64_t{1} << 32)
        fail("launch.tensor_map", name + " has extent " + std::to_string(extent) + ", which is not within 1..2^32");
      map.sizes.push_back(static_cast<std::uint64_t>(extent));
    }
    for (const Expression &e : rule.strides) {
      const std::int64_t stride = value(e);
      if (stride < 0 || stride % 16 != 0 || stride >= std::int64_t{1} << 40)
        fail("launch.tensor_map", name + " has a stride of " + std::to_string(stride) + " bytes",
             "strides are multiples of 16 below 2^40", "pad the rows to multiples of 16 bytes");
      map.strides.push_back(static_cast<std::uint64_t>(stride));
    }
    for (std::int64_t extent : rule.box) map.box.push_back(static_cast<std::uint32_t>(extent));
    for (std::size_t i = 0; i < rule.box.size(); ++i)
      map.element_steps.push_back(rule.element_steps.empty() ? 1 : static_cast<std::uint32_t>(rule.element_steps[i]));
    append(step, nullptr, 128, 64);
    map.parameter_offset = step.slots.back().offset;
    step.tensor_maps.push_back(std::move(map));
  }

  const LaunchRule &rule_;
  std::span<const LaunchArgument> arguments_;
  std::string where_;
  std::vector<ArgumentFacts> facts_;
  LaunchPlan plan_;
  Status status_;
};

} // namespace

Result<LaunchPlan> plan_launch(const LaunchRule &rule, std::span<const LaunchArgument> arguments,
                               const PlanOptions &options) {
  if (Status status = check_arguments(rule, arguments, options.kernel); !status) return status.fault();
  Planner planner(rule, arguments, options);
  Result<std::size_t> variant = planner.choose(options.variant);
  if (!variant) return variant.fault();
  return planner.plan(*variant);
}

void bind_workspace(LaunchPlan &plan, std::uint64_t address) {
  for (auto &step : plan.steps) {
    if (auto *memset = std::get_if<MemsetStep>(&step)) {
      if (memset->in_workspace) memset->address += address;
      memset->in_workspace = false;
      continue;
    }
    KernelStep &kernel = std::get<KernelStep>(step);
    for (std::uint32_t offset : kernel.workspace_offsets) {
      std::uint64_t value;
      std::memcpy(&value, kernel.parameters.data() + offset, 8);
      value += address;
      std::memcpy(kernel.parameters.data() + offset, &value, 8);
    }
    kernel.workspace_offsets.clear();
  }
}

} // namespace tw::rt
