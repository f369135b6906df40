// The fake driver's entry points for modules and launches: PTX runs on the emulator.
#include <algorithm>
#include <cstring>

#include "state.hpp"

using namespace fake_driver;

namespace {

/// CUlaunchConfig up to what a launch without attributes needs (cuda.h).
struct LaunchConfiguration {
  unsigned grid[3], block[3], shared_bytes;
  void *stream;
  const unsigned *attributes; ///< of 72 bytes each: an id, 4 bytes of padding, a value of 64 bytes
  unsigned attribute_count;
};

// The most dynamic shared memory of a block (CUDA programming guide, compute capabilities).
unsigned shared_limit(int sm) { return sm >= 90 && sm < 110 ? 232448 : sm == 80 || sm == 87 ? 166912 : 101376; }

// The number after ".target sm_".
int target_of(const std::string &ptx) {
  const std::size_t at = ptx.find(".target sm_");
  return at == std::string::npos ? 0 : std::atoi(ptx.c_str() + at + 11);
}

int load_ptx(Module &module, const std::string &ptx, unsigned count, const int *options, void **values) {
  if (target_of(ptx) > settings().sm) return no_binary_for_gpu;
  auto parsed = tw::emu::Module::parse(ptx, "module.ptx");
  if (const auto *error = std::get_if<tw::emu::ParseError>(&parsed)) {
    char *log = nullptr;
    std::size_t bytes = 0;
    for (unsigned i = 0; i < count; ++i) {
      if (options[i] == 5) log = static_cast<char *>(values[i]);
      if (options[i] == 6) bytes = reinterpret_cast<std::size_t>(values[i]);
    }
    if (log && bytes) std::snprintf(log, bytes, "%s", error->text().c_str());
    return invalid_ptx;
  }
  module.code = std::get<tw::emu::Module>(std::move(parsed));
  for (const std::string &entry : module.code->entries()) module.functions[entry].reset(new Function{&module, entry});
  return ok;
}

int check_shape(const Function &f, const LaunchConfiguration &c) {
  const char *name = "launch";
  const unsigned long long threads = 1ull * c.block[0] * c.block[1] * c.block[2];
  if (threads == 0 || threads > 1024 || c.block[2] > 64) return wrong(invalid_value, name, "block out of range");
  if (c.grid[0] == 0 || c.grid[1] == 0 || c.grid[2] == 0 || c.grid[0] > 0x7fffffffu || c.grid[1] > 65535 ||
      c.grid[2] > 65535)
    return wrong(invalid_value, name, "grid out of range");
  if (c.shared_bytes > f.dynamic_shared)
    return wrong(invalid_value, name, "more shared memory than was asked for with cuFuncSetAttribute");
  return ok;
}

int launch(Function &f, const LaunchConfiguration &c, tw::emu::Extent cluster, bool cooperative, void **parameters) {
  if (const int code = check_shape(f, c)) return code;
  ++state().recorded_launches;
  if (!f.module->code) return ok;
  std::vector<std::byte> block(f.module->code->parameter_bytes(f.name));
  for (std::size_t i = 0; const tw::emu::ParameterInfo &p : f.module->code->parameters(f.name)) {
    if (!parameters || !parameters[i]) return wrong(invalid_value, "launch", "a parameter is missing");
    std::memcpy(block.data() + p.offset, parameters[i++], p.bytes);
  }
  tw::emu::LaunchConfig config;
  config.grid = {c.grid[0], c.grid[1], c.grid[2]};
  config.block = {c.block[0], c.block[1], c.block[2]};
  config.cluster = cluster;
  config.dynamic_shared_bytes = c.shared_bytes;
  if (cooperative) config.resident_ctas = static_cast<std::uint32_t>(config.grid.count());
  const tw::emu::LaunchResult result = state().machine.launch(*f.module->code, f.name, config, block);
  for (const tw::emu::Finding &finding : result.findings)
    std::fprintf(stderr, "fake driver: %s\n", finding.text("module.ptx").c_str());
  if (result.status == tw::emu::LaunchStatus::Refused) return invalid_value;
  // A launch is asynchronous: its fault is seen by the next call that waits.
  if (result.status == tw::emu::LaunchStatus::Findings) state().sticky = launch_failed;
  return ok;
}

} // namespace

#define ENTER()                                                                                                        \
  std::lock_guard lock(state().mutex);                                                                                 \
  if (const int code = enter(__func__)) return code

FAKE_EXPORT int cuModuleLoadDataEx(void **out, const void *image, unsigned count, int *options, void **values) {
  ENTER();
  auto module = std::make_unique<Module>();
  const char *text = static_cast<const char *>(image);
  if (std::memcmp(text, "\177ELF", 4) == 0) {
    if (!settings().takes_cubin) return no_binary_for_gpu;
  } else if (static_cast<unsigned char>(text[0]) < ' ' && text[0] != '\n') {
    return invalid_image;
  } else if (const int code = load_ptx(*module, text, count, options, values)) {
    return code;
  }
  *out = module.get();
  state().modules.emplace(*out, std::move(module));
  return ok;
}
FAKE_EXPORT int cuModuleUnload(void *module) {
  ENTER();
  return state().modules.erase(module) ? ok : wrong(invalid_handle, __func__, "unknown module");
}
FAKE_EXPORT int cuModuleGetFunction(void **function, void *handle, const char *name) {
  ENTER();
  const auto found = state().modules.find(handle);
  if (found == state().modules.end()) return wrong(invalid_handle, __func__, "unknown module");
  Module &module = *found->second;
  if (!module.code && !module.functions.contains(name)) module.functions[name].reset(new Function{&module, name});
  const auto entry = module.functions.find(name);
  if (entry == module.functions.end()) return not_found;
  return *function = entry->second.get(), ok;
}
FAKE_EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  ENTER();
  Function *f = state().find_function(function);
  if (!f) return wrong(invalid_handle, __func__, "unknown function");
  if (attribute == 8) {
    if (value < 0 || static_cast<unsigned>(value) > shared_limit(settings().sm)) return invalid_value;
    f->dynamic_shared = std::max(48u * 1024, static_cast<unsigned>(value));
  } else if (attribute == 14) {
    f->large_cluster = value != 0;
  } else {
    return wrong(invalid_value, __func__, "unknown attribute");
  }
  return ok;
}
FAKE_EXPORT int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                               unsigned bz, unsigned shared_bytes, void *stream, void **parameters, void **extra) {
  ENTER();
  Function *f = state().find_function(function);
  if (!f) return wrong(invalid_handle, __func__, "unknown function");
  if (extra) return wrong(invalid_value, __func__, "parameters are given in `extra`");
  return launch(*f, {{gx, gy, gz}, {bx, by, bz}, shared_bytes, stream, nullptr, 0}, {0, 0, 0}, false, parameters);
}
FAKE_EXPORT int cuLaunchKernelEx(const LaunchConfiguration *c, void *function, void **parameters, void **extra) {
  ENTER();
  Function *f = state().find_function(function);
  if (!f) return wrong(invalid_handle, __func__, "unknown function");
  if (extra) return wrong(invalid_value, __func__, "parameters are given in `extra`");
  tw::emu::Extent cluster{0, 0, 0}; // what the kernel itself requires
  bool cooperative = false;
  for (unsigned i = 0; i < c->attribute_count; ++i) {
    const unsigned *attribute = c->attributes + 18 * i;
    if (attribute[0] == 2) cooperative = attribute[2] != 0;
    if (attribute[0] == 4) cluster = {attribute[2], attribute[3], attribute[4]};
  }
  if (cluster.count() > 1 && settings().sm < 90) return wrong(invalid_value, __func__, "clusters need sm_90");
  if (cluster.count() > (f->large_cluster ? 16 : 8)) return wrong(invalid_value, __func__, "the cluster is too large");
  for (int i = 0; i < 3; ++i)
    if (const unsigned size = i == 0 ? cluster.x : i == 1 ? cluster.y : cluster.z; size && c->grid[i] % size != 0)
      return wrong(invalid_value, __func__, "the cluster does not divide the grid");
  return launch(*f, *c, cluster, cooperative, parameters);
}
