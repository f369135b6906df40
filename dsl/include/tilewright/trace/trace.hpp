// trace(kernel): runs the kernel once with symbolic arguments and gives back its text.
#pragma once

#include "tilewright/trace/printer.hpp"
#include "tilewright/trace/reflection.hpp"
#include "tilewright/types/tensor.hpp"

namespace tw {

/// A value for a member of a kernel, by name.
struct Member {
  std::string name;
  detail::Literal value;
};

/// How to trace: another name for the kernel (default: the name of its type) and values for members.
struct TraceOptions {
  std::string name = {};
  std::vector<Member> members = {};
};

namespace detail {

inline void check_kernel_name(const std::string &name, const Where &where) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; };
  bool good = !name.empty() && (letter(name[0]) || name[0] == '%');
  for (std::size_t i = 1; i < name.size(); ++i) good = good && (letter(name[i]) || (name[i] >= '0' && name[i] <= '9'));
  // PTX ISA, "Identifiers": a lone % or _ is none; % begins names that PTX itself uses, but is allowed.
  if (!good || name == "%" || name == "_")
    fail(code::kernel_name, where, "'" + name + "' cannot be the name of a kernel", "it becomes an identifier of PTX",
         "use letters, digits, _ and $, beginning with a letter, _, $ or %");
}

/// Gives members the values asked for.
template <class K> void set_members(K &kernel, const std::vector<Member> &values, const Where &where) {
  for (const Member &wanted : values) {
    bool found = false;
    std::string known;
    for_each_member(kernel, [&](std::string_view name, auto &member) {
      known += (known.empty() ? "" : ", ") + std::string(name);
      if (name != wanted.name) return;
      found = true;
      using M = std::remove_reference_t<decltype(member)>;
      const Literal &value = wanted.value;
      M set = value.is_floating ? static_cast<M>(value.floating) : static_cast<M>(value.integer);
      MemberValue kept = member_value(set);
      bool same = kept.kind == MemberValue::floating ? true
                  : value.is_floating                ? static_cast<double>(kept.whole) == value.floating
                                                     : kept.whole == value.integer;
      if (!same)
        fail(code::member_value, where,
             "member " + wanted.name + " cannot hold " +
                 (value.is_floating ? finite_float(value.floating) : std::to_string(value.integer)),
             "", "give a value of the member's type");
      member = set;
    });
    if (!found)
      fail(code::member_name, where, "the kernel has no member '" + wanted.name + "'", "members: " + known,
           "use the name of a member");
  }
}

/// `{bm = 128 : i64, ...}`.
template <class K> std::string members_text(const K &kernel) {
  std::string text;
  for_each_member(kernel, [&](std::string_view name, const auto &member) {
    MemberValue value = member_value(member);
    text += (text.empty() ? "" : ", ") + std::string(name) + " = ";
    if (value.kind == MemberValue::boolean)
      text += value.whole ? "true" : "false";
    else if (value.kind == MemberValue::integer)
      text += std::to_string(value.whole) + " : i64";
    else
      text += literal_text(Element::f64, value.real, Where::current()) + " : f64";
  });
  return "{" + text + "}";
}

/// The argument of a kernel of parameter type A.
template <class A> struct Argument {
  static_assert(never<A>, "a kernel takes Tensor<...> and Scalar<...> parameters");
};
template <class T, auto Dims, class Layout> struct Argument<Tensor<T, Dims, Layout>> {
  static Type type() { return Tensor<T, Dims, Layout>::type(); }
  static Tensor<T, Dims, Layout> make(Handle handle) { return Tensor<T, Dims, Layout>(handle); }
};
template <class T> struct Argument<Value<T>> {
  static Type type() { return scalar_type(element_of<T>); }
  static Value<T> make(Handle handle) { return Value<T>(Adopt{}, handle); }
};

template <class K>
concept NamesArguments = requires {
  K::arguments[0];
};

template <class K, class... As, int... N>
std::string trace_call(const K &kernel, const std::string &name, const Where &where, std::integer_sequence<int, N...>) {
  Recorder recorder;
  RecordingScope scope(recorder);
  std::string signature, names;
  Handle arguments[sizeof...(As) + 1];
  auto declare = [&](int position, const Type &type) {
    arguments[position] = recorder.define(type, where);
    std::string id = std::to_string(arguments[position].id);
    signature += (position ? ", %" : "%") + id + ": " + mlir_type(type) + location_text(where);
    std::string given = "arg" + std::to_string(position);
    if constexpr (NamesArguments<K>) {
      static_assert(sizeof(K::arguments) / sizeof(K::arguments[0]) == sizeof...(As),
                    "arguments[] names every parameter of operator()");
      given = K::arguments[position];
    }
    recorder.variable(arguments[position], where).name = given;
    names += (position ? ", " : "") + detail::quoted(given);
  };
  (declare(N, Argument<std::remove_cvref_t<As>>::type()), ...);
  try {
    kernel(Argument<std::remove_cvref_t<As>>::make(arguments[N])...);
  } catch (const Error &) {
    recorder.finish(true);
    throw;
  }
  recorder.finish();
  std::string text = "module {\n  tile.kernel @";
  text += name.find_first_of("$%") == std::string::npos ? name : detail::quoted(name);
  text += "(" + signature + ") attributes {argNames = [" + names + "], members = " + members_text(kernel) + "} {\n";
  text += Printer(recorder).print();
  return text + "    tile.return" + location_text(where) + "\n  }" + location_text(where) + "\n}" +
         location_text(where) + "\n";
}

template <class K, class... As>
std::string trace_as(const K &kernel, const std::string &name, const Where &where, void (K::*)(As...) const) {
  return trace_call<K, As...>(kernel, name, where, std::make_integer_sequence<int, static_cast<int>(sizeof...(As))>{});
}

} // namespace detail

/// Runs `operator()` of the kernel once with symbolic arguments; gives the text of a module with one kernel in the
/// `tile` dialect. Throws tw::Error where the kernel is wrong. Traces on different threads do not meet.
template <class K>
std::string trace(K kernel, const TraceOptions &options = {}, detail::Where where = detail::Where::current()) {
  static_assert(std::is_aggregate_v<K>,
                "a kernel is a plain struct: public members with initialisers, no constructors");
  const std::string name = options.name.empty() ? detail::type_name<K>() : options.name;
  detail::check_kernel_name(name, where);
  detail::set_members(kernel, options.members, where);
  return detail::trace_as<K>(kernel, name, where, &K::operator());
}

} // namespace tw
