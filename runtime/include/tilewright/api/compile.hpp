// compile(kernel): traces a kernel and hands it to the compiler library.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tilewright/api/compiled.hpp"
#include "tilewright/tilewright.hpp"

namespace tw {

/// What a compilation is besides kernel, schedule and target.
struct CompileOptions {
  /// The kernel's name in PTX and reports; the name of its type when empty.
  std::string name = {};
  /// Also make a cubin, if an assembler is on this machine; without one a driver compiles the PTX.
  bool assemble = true;
  /// Also keep the intermediate forms.
  bool keep_texts = false;
  /// Keep the members of the kernel as they are, also those that the compiler might choose.
  bool keep_members = false;
};

namespace detail {

struct FreeCompilation {
  void operator()(tw_compilation *compilation) const { tw_compilation_free(compilation); }
  void operator()(tw_compile_error *error) const { tw_compile_error_free(error); }
};

inline ErrorClass error_class_of(int code) {
  return code == TW_COMPILE_USER ? ErrorClass::user : code == TW_COMPILE_LIMIT ? ErrorClass::limit : ErrorClass::bug;
}

/// A string as JSON. Names and targets with other control characters are refused by whoever reads them.
inline std::string json_string(const std::string &text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 32 ? '?' : c;
  }
  return quoted + "\"";
}

inline std::string options_json(const Schedule &schedule, const std::string &target, const CompileOptions &options) {
  return "{\"target\": " + json_string(target) + ", \"schedule\": " + schedule.to_json() +
         ", \"assemble\": " + (options.assemble ? "true" : "false") +
         ", \"keep_texts\": " + (options.keep_texts ? "true" : "false") + "}";
}

/// What chooses members for a kernel: it as given, and the values that are tried.
template <class K> struct MemberChoice {
  const K &kernel;
  const std::string &name;
  const Where &where;
  std::vector<Member> members; ///< those that are fixed, then the open ones
  std::size_t fixed;           ///< the number of the former
  std::string text;            ///< of the last trace

  static const char *trace_with(void *context, const std::int64_t *values) {
    auto &self = *static_cast<MemberChoice *>(context);
    for (std::size_t i = self.fixed; i < self.members.size(); ++i)
      self.members[i].value = Literal(static_cast<long long>(values[i - self.fixed]));
    try {
      self.text = trace(self.kernel, {self.name, self.members}, self.where);
      return self.text.c_str();
    } catch (...) {
      // The kernel does not take these values, whatever it throws to say so.
      return nullptr;
    }
  }
};

/// The fixed members with the compiler's choice for the open ones; only the former where it has none.
template <class K>
Result<std::vector<Member>> choose_members(const K &kernel, const std::string &name, const std::vector<Member> &fixed,
                                           const std::string &options, const Where &where) {
  MemberChoice<K> choice{kernel, name, where, fixed, fixed.size(), {}};
  std::vector<std::int64_t> values;
  for_each_open_member(kernel, fixed, [&](std::string_view member, std::int64_t value) {
    choice.members.push_back({std::string(member), Literal(static_cast<long long>(value))});
    values.push_back(value);
  });
  const std::vector<std::int64_t> given = values;
  tw_compile_error *failed = nullptr;
  int code =
      tw_choose_members(values.data(), values.size(), &MemberChoice<K>::trace_with, &choice, options.c_str(), &failed);
  std::unique_ptr<tw_compile_error, FreeCompilation> error(failed);
  if (code != TW_COMPILE_OK)
    return Error(error ? tw_compile_error_code(error.get()) : "E-c-exception",
                 error ? tw_compile_error_message(error.get()) : "error: out of memory", error_class_of(code));
  if (values == given) return fixed;
  for (std::size_t i = 0; i < values.size(); ++i)
    choice.members[fixed.size() + i].value = Literal(static_cast<long long>(values[i]));
  return std::move(choice.members);
}

/// Puts the members of a schedule into the order in which the kernel declares them.
template <class K> void order_members(const K &kernel, Schedule &schedule) {
  std::vector<Member> ordered;
  for_each_member(kernel, [&](std::string_view name, const auto &) {
    for (const Member &member : schedule.members)
      if (member.name == name) ordered.push_back(member);
  });
  schedule.members = std::move(ordered);
}

/// Takes everything back from the compiler.
inline Result<std::shared_ptr<CompiledState>> state_of(const tw_compilation *compilation, const StageTimes &before) {
  auto state = std::make_shared<CompiledState>();
  std::size_t size = 0;
  auto *bytes = static_cast<const std::byte *>(tw_compilation_artifact(compilation, &size));
  state->image.assign(bytes, bytes + size);
  auto artifact = rt::deserialise(state->image, "compiled artifact");
  if (!artifact) return error_of(artifact.fault());
  state->artifact = std::move(*artifact);
  auto add = [](void *context, const char *name, const char *type, const char *value) {
    add_schedule_field(*static_cast<Schedule *>(context), name, type, value);
  };
  tw_compilation_schedule(compilation, add, &state->schedule);
  state->report = report_of(compilation, before);
  state->sched = tw_compilation_text(compilation, "sched");
  state->llvm = tw_compilation_text(compilation, "llvm");
  return state;
}

/// Hands a trace to the compiler.
inline Result<std::shared_ptr<CompiledState>> compile_text(const std::string &text, const Where &where,
                                                           const std::string &options, const StageTimes &before) {
  tw_compilation *made = nullptr;
  tw_compile_error *failed = nullptr;
  int code = tw_compile(text.data(), text.size(), where.file_name(), options.c_str(), &made, &failed);
  std::unique_ptr<tw_compilation, FreeCompilation> compilation(made);
  std::unique_ptr<tw_compile_error, FreeCompilation> error(failed);
  if (code == TW_COMPILE_OK) return state_of(made, before);
  return Error(error ? tw_compile_error_code(error.get()) : "E-c-exception",
               error ? tw_compile_error_message(error.get()) : "error: out of memory", error_class_of(code));
}

} // namespace detail

namespace detail {

inline double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Traces with these members, and compiles; `times` has what was spent before.
template <class K>
Result<Compiled> compile_with(const K &kernel, const std::string &name, const std::vector<Member> &members,
                              const std::string &options, const Where &where, StageTimes times) {
  auto start = std::chrono::steady_clock::now();
  std::string text;
  try {
    text = trace(kernel, {name, members}, where);
  } catch (const Error &error) {
    return error;
  }
  times.trace = milliseconds_since(start);
  auto state = compile_text(text, where, options, times);
  if (!state) return state.error();
  order_members(kernel, (*state)->schedule);
  return Compiled(*state);
}

} // namespace detail

/// Traces and compiles a kernel. The schedule's fields override the compiler's choice, and its members replace the
/// kernel's own before it is traced. Members that give a product its block shape, and that still have the value of
/// their initialiser, are chosen by a model; CompileOptions::keep_members, a value in the schedule or the kernel's
/// `pinned` prevents it. Compiled::schedule() has the values of all members.
/// Gives what went wrong as a value: errors of the trace (TW....), of the schedule and the compiler (E-...).
template <class K>
Result<Compiled> try_compile(const K &kernel, const Schedule &schedule = {}, const std::string &target = "sm_80",
                             const CompileOptions &options = {}, detail::Where where = detail::Where::current()) {
  const std::string json = detail::options_json(schedule, target, options);
  StageTimes times;
  if (!options.keep_members) {
    auto start = std::chrono::steady_clock::now();
    auto chosen = detail::choose_members(kernel, options.name, schedule.members, json, where);
    if (!chosen) return chosen.error();
    times.choose = detail::milliseconds_since(start);
    if (chosen->size() != schedule.members.size())
      if (auto compiled = detail::compile_with(kernel, options.name, *chosen, json, where, times)) return compiled;
    // The model does not know everything: what fails with its choice may do with the kernel's own.
  }
  return detail::compile_with(kernel, options.name, schedule.members, json, where, times);
}

/// The same; throws tw::Error.
template <class K>
Compiled compile(const K &kernel, const Schedule &schedule = {}, const std::string &target = "sm_80",
                 const CompileOptions &options = {}, detail::Where where = detail::Where::current()) {
  return try_compile(kernel, schedule, target, options, where).value();
}

} // namespace tw
