// Traces a kernel of a C++ file: compile, load, call the C symbols of its registry.

#include "CrashGuard.h"
#include "HostCompiler.h"
#include "Source.h"

#include "tilewright/compiler/choose_members.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <dlfcn.h>
#include <unistd.h>
#include <utility>

namespace tilewright::twc {
namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// The C symbols of a shared object with kernels, see tilewright/trace/registry.hpp.
struct Registry {
  int (*interface)();
  int (*count)();
  const char *(*name)(int);
  int (*openMembers)(int, void (*)(void *, const char *, std::int64_t), void *);
  int (*trace)(int, const char *const *, void (*)(void *, const char *, std::size_t),
               void (*)(void *, const char *, const char *), void *);
};

rt::Fault kernelFault(const std::string &file, std::string what, std::string why, std::string fix) {
  return rt::make_fault(rt::FaultClass::user, "E-kernel", {file, std::move(what), std::move(why), std::move(fix)});
}

rt::Fault noKernel(const std::string &file) {
  return kernelFault(file, "the file registers no kernel", "",
                     "include <tilewright/tilewright.hpp> and declare one at namespace scope, as in "
                     "tw::Kernel<Matmul> matmul{\"matmul\"};");
}

/// What the kernel prints while it is traced must not end up in the output of the tool.
class OutputToStderr {
public:
  OutputToStderr() {
    std::fflush(stdout);
    saved = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~OutputToStderr() {
    std::fflush(stdout);
    if (saved < 0) return;
    ::dup2(saved, STDOUT_FILENO);
    ::close(saved);
  }
  OutputToStderr(const OutputToStderr &) = delete;
  OutputToStderr &operator=(const OutputToStderr &) = delete;

private:
  int saved;
};

/// Loads the object for good: code of the user may have registered destructors.
rt::Result<Registry> load(const std::string &object, const std::string &file) {
  void *handle = ::dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    std::string why = ::dlerror();
    // The name of the temporary folder says nothing to anybody.
    if (why.rfind(object + ": ", 0) == 0) why.erase(0, object.size() + 2);
    return kernelFault(file, "its shared object cannot be loaded", why, "define what is missing in the file");
  }
  Registry registry;
  const auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(::dlsym(handle, name));
    return function != nullptr;
  };
  if (!find(registry.interface, "tw_kernel_interface") || !find(registry.count, "tw_kernel_count") ||
      !find(registry.name, "tw_kernel_name") || !find(registry.trace, "tw_kernel_trace"))
    return noKernel(file);
  if (const int version = registry.interface(); version != 2)
    return rt::make_fault(rt::FaultClass::unsupported, "E-kernel",
                          {file,
                           "its kernels have interface " + std::to_string(version) + ", this tool knows 2",
                           {},
                           "use the headers and the twc of one version"});
  if (!find(registry.openMembers, "tw_kernel_open_members")) return noKernel(file);
  return registry;
}

/// Compiles and loads a file. The object's file is gone afterwards, so that a crash leaves nothing behind.
rt::Result<Registry> build(const std::string &path) {
  rt::Result<TemporaryFolder> folder = TemporaryFolder::create("twc-");
  if (!folder) return folder.fault();
  const std::string object = folder->file("kernels.so");
  if (rt::Status status = compileHost(path, object); !status) return status.fault();
  const OutputToStderr redirected;
  return load(object, path);
}

/// The number of the kernel called `name`, or of the only one.
rt::Result<int> chooseKernel(const Registry &registry, const std::string &name, const std::string &file) {
  const int count = registry.count();
  if (count == 0) return noKernel(file);
  std::string names;
  for (int number = 0; number < count; ++number) {
    if (!name.empty() && name == registry.name(number)) return number;
    names += (number ? ", " : "") + std::string(registry.name(number));
  }
  if (!name.empty()) return kernelFault(file, "no kernel is called '" + name + "'", "", "use one of: " + names);
  if (count > 1) return kernelFault(file, "the file has several kernels: " + names, "", "name one with --kernel");
  return 0;
}

/// Traces kernel `number` of the file with these members.
rt::Result<std::string> traceKernel(const Registry &registry, int number, const Members &members,
                                    const std::string &file) {
  std::vector<const char *> words;
  for (const auto &[name, value] : members) {
    words.push_back(name.c_str());
    words.push_back(value.c_str());
  }
  words.push_back(nullptr);
  struct Outcome {
    std::string text, code, message;
  } outcome;
  const auto take = [](void *context, const char *data, std::size_t size) {
    static_cast<Outcome *>(context)->text.assign(data, size);
  };
  const auto fail = [](void *context, const char *code, const char *message) {
    static_cast<Outcome *>(context)->code = code;
    static_cast<Outcome *>(context)->message = message;
  };
  if (registry.trace(number, words.data(), take, fail, &outcome) == 0) return std::move(outcome.text);
  // Messages of the language have their place; an exception of the user's own has none.
  if (outcome.code.empty())
    return rt::make_fault(
        rt::FaultClass::user, "E-trace",
        {file, "kernel '" + std::string(registry.name(number)) + "' threw while it was traced", outcome.message, ""});
  return rt::Fault{rt::FaultClass::user, outcome.code, outcome.message};
}

/// `given`, and what the planner chooses for the open members that are not among them; only `given` where it has no
/// wish.
Members chooseOpenMembers(const Registry &registry, int number, const Members &given, const std::string &file,
                          const CompileOptions &options) {
  using Open = std::vector<std::pair<std::string, int64_t>>;
  Open open;
  const auto add = [](void *context, const char *name, std::int64_t value) {
    static_cast<Open *>(context)->emplace_back(name, value);
  };
  registry.openMembers(number, add, &open);
  std::erase_if(open, [&](const auto &member) {
    return std::any_of(given.begin(), given.end(), [&](const auto &fixed) { return fixed.first == member.first; });
  });
  std::vector<int64_t> own;
  for (const auto &[name, value] : open) own.push_back(value);
  const auto with = [&](const std::vector<int64_t> &values) {
    Members members = given;
    for (std::size_t i = 0; i < open.size(); ++i) members.emplace_back(open[i].first, std::to_string(values[i]));
    return members;
  };
  const auto retrace = [&](const std::vector<int64_t> &values) -> std::optional<std::string> {
    rt::Result<std::string> text = traceKernel(registry, number, with(values), file);
    return text ? std::optional<std::string>(*text) : std::nullopt;
  };
  const std::vector<int64_t> chosen = chooseMembers(own, retrace, options);
  return chosen == own ? given : with(chosen);
}

} // namespace

rt::Result<Source> traceFile(const std::string &path, const std::string &kernel, const Members &members,
                             const CompileOptions *choose) {
  Source source{"", path, ""};
  const Clock::time_point start = Clock::now();
  rt::Result<Registry> registry = build(path);
  if (!registry) return registry.fault();
  source.hostCompiler = millisecondsSince(start);

  const OutputToStderr redirected;
  const CrashGuard guard(path);
  const Clock::time_point traceStart = Clock::now();
  rt::Result<int> number = chooseKernel(*registry, kernel, path);
  if (!number) return number.fault();
  source.kernel = registry->name(*number);
  rt::Result<std::string> text = traceKernel(*registry, *number, members, path);
  if (!text) return text.fault();
  source.text = std::move(*text);
  source.trace = millisecondsSince(traceStart);
  if (!choose) return source;

  const Members chosen = chooseOpenMembers(*registry, *number, members, path, *choose);
  if (chosen.size() == members.size()) return source;
  rt::Result<std::string> other = traceKernel(*registry, *number, chosen, path);
  if (other) source.ownText = std::exchange(source.text, std::move(*other));
  return source;
}

} // namespace tilewright::twc
