// Kernels that compile on their first call: jit(kernel)(a, b, c), with a cache inside the process.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tilewright/api/compile.hpp"

namespace tw {

/// How often the in-process cache had what was asked for, over all kernels of this program or shared object.
struct JitCounts {
  std::uint64_t hits = 0, misses = 0;
};

namespace detail {

inline std::atomic<std::uint64_t> jit_hits{0}, jit_misses{0};

/// A number for a text: equal texts have equal numbers.
inline std::uint64_t intern(const std::string &text) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::uint64_t> numbers;
  std::lock_guard lock(mutex);
  return numbers.try_emplace(text, numbers.size()).first->second;
}

/// What a compilation depends on, read off without tracing: the members of the kernel, field by field, and the number
/// of schedule, target and options. The type of the kernel, and with it the types of its arguments, is in the type of
/// the cache.
template <std::size_t Members> using JitKey = std::array<std::uint64_t, Members + 1>;

struct JitKeyHash {
  template <std::size_t N> std::size_t operator()(const std::array<std::uint64_t, N> &key) const {
    std::uint64_t hash = 0;
    for (std::uint64_t part : key) {
      hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

/// A compiled kernel, and where it runs when no device is named. Devices close after all kernels loaded on them: the
/// default one is opened before the first cache is made.
struct JitEntry {
  explicit JitEntry(Compiled made) : compiled(std::move(made)) {}

  rt::Launcher &launcher() {
    std::lock_guard lock(mutex);
    if (!loaded) loaded = compiled.load(default_device());
    return *loaded;
  }

  Compiled compiled;
  std::mutex mutex;
  std::unique_ptr<rt::Launcher> loaded;
};

/// All compilations of one kernel type. Entries stay until the process ends.
template <class K> class JitCache {
public:
  using Key = JitKey<member_count<K>()>;

  static JitCache &instance() {
    static JitCache cache;
    return cache;
  }

  static Key key_of(const K &kernel, std::uint64_t options) {
    Key key{options};
    std::size_t index = 1;
    for_each_member(kernel, [&](std::string_view, const auto &member) {
      MemberValue value = member_value(member);
      key[index++] = value.kind == MemberValue::floating ? std::bit_cast<std::uint64_t>(value.real)
                                                         : static_cast<std::uint64_t>(value.whole);
    });
    return key;
  }

  /// The entry of the key, or null. What a thread asked for last it finds without the lock.
  JitEntry *find(const Key &key) {
    thread_local Key last_key{};
    thread_local JitEntry *last = nullptr;
    if (!last || last_key != key) {
      std::lock_guard lock(mutex_);
      auto found = entries_.find(key);
      if (found == entries_.end()) {
        ++jit_misses;
        return nullptr;
      }
      last_key = key;
      last = found->second.get();
    }
    jit_hits.fetch_add(1, std::memory_order_relaxed);
    return last;
  }
  /// Adds an entry; where another thread was faster, its entry is kept and returned.
  JitEntry *add(const Key &key, Compiled compiled) {
    auto entry = std::make_unique<JitEntry>(std::move(compiled));
    std::lock_guard lock(mutex_);
    return entries_.try_emplace(key, std::move(entry)).first->second.get();
  }

private:
  JitCache() { (void)default_device(); }

  std::mutex mutex_;
  std::unordered_map<Key, std::unique_ptr<JitEntry>, JitKeyHash> entries_;
};

} // namespace detail

inline JitCounts jit_counts() { return {detail::jit_hits, detail::jit_misses}; }

/// A kernel that is compiled when it is first needed. Compilations are shared by all Jit objects whose kernels have the
/// same type and equal members, schedule, target and options; the kernel is not traced to find that out, so a kernel
/// that reads variables from outside itself does not belong here. Errors are not kept: the next call tries again.
template <class K> class Jit {
public:
  /// Its members may be changed between calls.
  K kernel;

  Jit(K given, const Schedule &schedule, const std::string &target, const CompileOptions &options, detail::Where where)
      : kernel(given), schedule_(schedule), target_(target), options_(options),
        options_number_(detail::intern(detail::options_json(schedule, target, options) + options.name +
                                       (options.keep_members ? "!" : ""))),
        where_(where) {}

  /// The compiled kernel for the members as they are now. Throws tw::Error.
  Compiled compiled() const { return entry()->compiled; }

  /// Runs on the default device and waits, see Compiled::run; the kernel stays loaded there.
  template <class... Arguments> void operator()(Arguments &&...arguments) const {
    detail::run(entry()->launcher(), {detail::RunArgument(arguments)...});
  }
  /// Runs on a device of the caller.
  template <class... Arguments> void run(Device &device, Arguments &&...arguments) const {
    entry()->compiled.run(device, arguments...);
  }

private:
  detail::JitEntry *entry() const {
    auto &cache = detail::JitCache<K>::instance();
    auto key = detail::JitCache<K>::key_of(kernel, options_number_);
    if (auto *found = cache.find(key)) return found;
    return cache.add(key, compile(kernel, schedule_, target_, options_, where_));
  }

  Schedule schedule_;
  std::string target_;
  CompileOptions options_;
  std::uint64_t options_number_;
  detail::Where where_;
};

/// Makes a kernel callable: `auto add = jit(VectorAdd{}); add(a, b, c);`. Nothing is compiled before the first call.
template <class K>
Jit<K> jit(K kernel, const Schedule &schedule = {}, const std::string &target = "sm_80",
           const CompileOptions &options = {}, detail::Where where = detail::Where::current()) {
  return Jit<K>(kernel, schedule, target, options, where);
}

} // namespace tw
