// The fake driver's entry points for devices, contexts, memory and events.
#include <cstring>

#include "state.hpp"

namespace fake_driver {

State &state() {
  static State the_state;
  return the_state;
}

int wrong(int code, const char *function, const char *what) {
  std::fprintf(stderr, "fake driver: %s: %s\n", function, what);
  return code;
}

std::vector<void *> &context_stack() {
  thread_local std::vector<void *> stack;
  return stack;
}

int enter(const char *function, bool needs_context) {
  const Settings s = settings();
  if (s.failing == function) return s.failure;
  if (!state().initialised) return wrong(not_initialised, function, "called before cuInit");
  if (needs_context && context_stack().empty()) return wrong(invalid_context, function, "no context is current");
  return needs_context ? state().sticky : ok;
}

namespace {
char the_context;
} // namespace

} // namespace fake_driver

using namespace fake_driver;

#define ENTER(...)                                                                                                     \
  std::lock_guard lock(state().mutex);                                                                                 \
  if (const int code = enter(__func__ __VA_OPT__(, ) __VA_ARGS__)) return code

namespace {
struct Text {
  int code;
  const char *name, *text;
};
// Names and words as cuda.h and the driver give them.
constexpr Text texts[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
};
} // namespace

FAKE_EXPORT int cuGetErrorName(int code, const char **name) {
  for (const Text &t : texts)
    if (t.code == code) return *name = t.name, ok;
  *name = nullptr;
  return invalid_value;
}
FAKE_EXPORT int cuGetErrorString(int code, const char **text) {
  for (const Text &t : texts)
    if (t.code == code) return *text = t.text, ok;
  *text = nullptr;
  return invalid_value;
}
FAKE_EXPORT int cuInit(unsigned flags) {
  const Settings s = settings();
  if (s.failing == "cuInit") return s.failure;
  if (flags != 0) return wrong(invalid_value, "cuInit", "flags must be 0");
  state().initialised = true;
  return ok;
}
FAKE_EXPORT int cuDriverGetVersion(int *version) { return *version = 13000, ok; }
FAKE_EXPORT int cuDeviceGetCount(int *count) {
  ENTER(false);
  return *count = 1, ok;
}
FAKE_EXPORT int cuDeviceGet(int *device, int index) {
  ENTER(false);
  if (index != 0) return wrong(101, __func__, "there is one device");
  return *device = 0, ok;
}
FAKE_EXPORT int cuDeviceGetName(char *name, int bytes, int) {
  ENTER(false);
  std::snprintf(name, static_cast<std::size_t>(bytes), "Fake GPU");
  return ok;
}
FAKE_EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  ENTER(false);
  if (attribute != 75 && attribute != 76) return wrong(invalid_value, __func__, "unknown attribute");
  *value = attribute == 75 ? settings().sm / 10 : settings().sm % 10;
  return ok;
}
FAKE_EXPORT int cuDevicePrimaryCtxRetain(void **context, int) {
  ENTER(false);
  ++state().retained;
  return *context = &the_context, ok;
}
FAKE_EXPORT int cuDevicePrimaryCtxRelease_v2(int) {
  ENTER(false);
  if (state().retained == 0) return wrong(invalid_context, __func__, "released more often than retained");
  --state().retained;
  return ok;
}
FAKE_EXPORT int cuCtxPushCurrent_v2(void *context) {
  ENTER(false);
  if (context != &the_context || state().retained == 0)
    return wrong(invalid_context, __func__, "this context is not retained");
  context_stack().push_back(context);
  return ok;
}
FAKE_EXPORT int cuCtxPopCurrent_v2(void **context) {
  if (context_stack().empty()) return wrong(invalid_context, __func__, "nothing was pushed");
  *context = context_stack().back();
  context_stack().pop_back();
  return ok;
}
FAKE_EXPORT int cuCtxSynchronize() {
  ENTER();
  return ok;
}

FAKE_EXPORT int cuMemAlloc_v2(unsigned long long *address, std::size_t bytes) {
  ENTER();
  if (bytes == 0) return wrong(invalid_value, __func__, "0 bytes");
  if (bytes > settings().memory - state().used) return out_of_memory;
  // Poisoned: what a program did not copy must not look like zeros.
  std::vector<std::byte> block(bytes, std::byte{0xcd});
  *address = state().machine.add_buffer(block, "allocation of " + std::to_string(bytes) + " bytes", false);
  state().used += bytes;
  state().memory.emplace(*address, std::move(block));
  return ok;
}
FAKE_EXPORT int cuMemFree_v2(unsigned long long address) {
  ENTER();
  const auto found = state().memory.find(address);
  if (found == state().memory.end()) return wrong(invalid_value, __func__, "this is not the start of an allocation");
  state().machine.remove_buffer(address);
  state().used -= found->second.size();
  state().memory.erase(found);
  return ok;
}
FAKE_EXPORT int cuMemcpyHtoD_v2(unsigned long long to, const void *from, std::size_t bytes) {
  ENTER();
  auto *block = state().find(to, bytes);
  if (!block) return wrong(invalid_value, __func__, "the copy leaves its allocation");
  std::memcpy(block->second.data() + (to - block->first), from, bytes);
  state().machine.set_initialised(block->first, true);
  return ok;
}
FAKE_EXPORT int cuMemcpyDtoH_v2(void *to, unsigned long long from, std::size_t bytes) {
  ENTER();
  auto *block = state().find(from, bytes);
  if (!block) return wrong(invalid_value, __func__, "the copy leaves its allocation");
  std::memcpy(to, block->second.data() + (from - block->first), bytes);
  return ok;
}
FAKE_EXPORT int cuMemsetD8Async(unsigned long long to, unsigned char value, std::size_t bytes, void *) {
  ENTER();
  auto *block = state().find(to, bytes);
  if (!block) return wrong(invalid_value, __func__, "the memset leaves its allocation");
  std::memset(block->second.data() + (to - block->first), value, bytes);
  state().machine.set_initialised(block->first, true);
  return ok;
}

namespace {
Event *event_of(void *handle) {
  const auto found = state().events.find(handle);
  return found == state().events.end() ? nullptr : found->second.get();
}
} // namespace

FAKE_EXPORT int cuEventCreate(void **event, unsigned) {
  ENTER();
  auto made = std::make_unique<Event>();
  *event = made.get();
  state().events.emplace(*event, std::move(made));
  return ok;
}
FAKE_EXPORT int cuEventDestroy_v2(void *event) {
  ENTER(false);
  return state().events.erase(event) ? ok : wrong(invalid_handle, __func__, "unknown event");
}
FAKE_EXPORT int cuEventRecord(void *event, void *) {
  ENTER();
  Event *known = event_of(event);
  if (!known) return wrong(invalid_handle, __func__, "unknown event");
  known->recorded = std::chrono::steady_clock::now();
  return ok;
}
FAKE_EXPORT int cuEventSynchronize(void *event) {
  ENTER();
  return event_of(event) ? ok : wrong(invalid_handle, __func__, "unknown event");
}
FAKE_EXPORT int cuEventElapsedTime(float *milliseconds, void *start, void *stop) {
  ENTER();
  Event *first = event_of(start), *last = event_of(stop);
  if (!first || !last || !first->recorded || !last->recorded)
    return wrong(invalid_handle, __func__, "both events must be recorded");
  *milliseconds = std::chrono::duration<float, std::milli>(*last->recorded - *first->recorded).count();
  return ok;
}
