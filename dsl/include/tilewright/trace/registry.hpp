// Kernels that a shared object offers: registered in C++, listed and traced through C symbols.
#pragma once

#include "tilewright/schedule/open_members.hpp"

namespace tw {

namespace detail {

/// One registered kernel.
struct Registration {
  const char *name;
  Where where;
  std::string (*trace)(const Registration &, const std::vector<Member> &);
  void (*members)(const Registration &, void (*)(void *, const char *, const char *, const char *), void *);
  void (*open)(const Registration &, void (*)(void *, const char *, std::int64_t), void *);
  const void *kernel;
  Registration *next = nullptr;
};

/// The first registered kernel of this shared object; hidden, so that two objects in one process do not mix.
struct [[gnu::visibility("hidden")]] Registry {
  Registration *first = nullptr;
  Registration **last = &first;
  static Registry &instance() {
    static Registry registry;
    return registry;
  }
  static const Registration *at(int number) {
    const Registration *found = instance().first;
    while (found && number-- > 0) found = found->next;
    return found;
  }
};

/// A member's value from text: a whole number, true or false, or a number with a point.
inline Literal literal_from(const std::string &text, const std::string &member, const Where &where) {
  if (text == "true" || text == "false") return Literal(text == "true");
  char *end = nullptr;
  long long whole = std::strtoll(text.c_str(), &end, 10);
  if (!text.empty() && *end == 0) return Literal(whole);
  double real = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != 0)
    fail(code::member_value, where, "member " + member + " cannot hold '" + text + "'", "",
         "write a number, true or false");
  return Literal(real);
}

} // namespace detail

/// Registers a kernel under a name, at namespace scope: `tw::Kernel<Matmul> matmul{"matmul"};`. The name must be an
/// identifier of PTX; it is checked when the kernel is traced.
template <class K> class Kernel {
public:
  explicit Kernel(const char *name, K kernel = {}, detail::Where where = detail::Where::current())
      : kernel_(kernel), registration_{name, where, &trace_kernel, &list_members, &list_open, &kernel_} {
    detail::Registry &registry = detail::Registry::instance();
    *registry.last = &registration_;
    registry.last = &registration_.next;
  }
  Kernel(const Kernel &) = delete;
  Kernel &operator=(const Kernel &) = delete;

  /// The kernel with its registered members.
  const K &kernel() const { return kernel_; }

private:
  static std::string trace_kernel(const detail::Registration &self, const std::vector<Member> &members) {
    return trace(*static_cast<const K *>(self.kernel), {self.name, members}, self.where);
  }
  static void list_members(const detail::Registration &self,
                           void (*each)(void *, const char *, const char *, const char *), void *context) {
    detail::for_each_member(*static_cast<const K *>(self.kernel), [&](std::string_view name, const auto &member) {
      detail::MemberValue value = detail::member_value(member);
      const char *type = value.kind == detail::MemberValue::floating  ? "float"
                         : value.kind == detail::MemberValue::boolean ? "bool"
                                                                      : "int";
      std::string text = value.kind == detail::MemberValue::floating  ? detail::finite_float(value.real)
                         : value.kind == detail::MemberValue::boolean ? (value.whole ? "true" : "false")
                                                                      : std::to_string(value.whole);
      each(context, std::string(name).c_str(), type, text.c_str());
    });
  }

  static void list_open(const detail::Registration &self, void (*each)(void *, const char *, std::int64_t),
                        void *context) {
    detail::for_each_open_member(
        *static_cast<const K *>(self.kernel), {},
        [&](std::string_view name, std::int64_t value) { each(context, std::string(name).c_str(), value); });
  }

  K kernel_;
  detail::Registration registration_;
};

} // namespace tw

extern "C" {

/// The version of these symbols: 2.
[[gnu::used, gnu::visibility("default")]] inline int tw_kernel_interface() { return 2; }

/// The number of registered kernels.
[[gnu::used, gnu::visibility("default")]] inline int tw_kernel_count() {
  int count = 0;
  while (tw::detail::Registry::at(count)) ++count;
  return count;
}

/// The name of kernel `number`, counted from 0, or null.
[[gnu::used, gnu::visibility("default")]] inline const char *tw_kernel_name(int number) {
  const tw::detail::Registration *found = tw::detail::Registry::at(number);
  return found ? found->name : nullptr;
}

/// Calls `each(context, name, type, value)` for every member of a kernel; type is "int", "bool" or "float". Gives 0,
/// or 1 if there is no such kernel.
[[gnu::used, gnu::visibility("default")]] inline int
tw_kernel_members(int number, void (*each)(void *context, const char *name, const char *type, const char *value),
                  void *context) {
  const tw::detail::Registration *found = tw::detail::Registry::at(number);
  if (!found) return 1;
  found->members(*found, each, context);
  return 0;
}

/// Calls `each(context, name, value)` for every member of a kernel that the compiler may choose: whole numbers that the
/// registered kernel has left as they are initialised, and that it does not pin. Gives 0, or 1 if there is no such
/// kernel.
[[gnu::used, gnu::visibility("default")]] inline int
tw_kernel_open_members(int number, void (*each)(void *context, const char *name, std::int64_t value), void *context) {
  const tw::detail::Registration *found = tw::detail::Registry::at(number);
  if (!found) return 1;
  found->open(*found, each, context);
  return 0;
}

/// Traces kernel `number`. `members` is null or a list that a null ends: name, value, name, value, ... Gives 0 and
/// calls `text(context, data, size)` once, or gives 1 and calls `error(context, code, message)` once; for an exception
/// of the user's own the code is empty. No exception leaves.
[[gnu::used, gnu::visibility("default")]] inline int
tw_kernel_trace(int number, const char *const *members, void (*text)(void *context, const char *data, std::size_t size),
                void (*error)(void *context, const char *code, const char *message), void *context) {
  try {
    const tw::detail::Registration *found = tw::detail::Registry::at(number);
    if (!found) {
      error(context, "", "there is no kernel of this number");
      return 1;
    }
    std::vector<tw::Member> values;
    for (; members && members[0]; members += 2)
      values.push_back({members[0], tw::detail::literal_from(members[1], members[0], found->where)});
    std::string module = found->trace(*found, values);
    text(context, module.data(), module.size());
    return 0;
  } catch (const tw::Error &failure) {
    error(context, failure.code().c_str(), failure.what());
  } catch (const std::exception &failure) {
    error(context, "", failure.what());
  } catch (...) {
    error(context, "", "the kernel threw something that is no std::exception");
  }
  return 1;
}
}
