// The members of a kernel, which are its tunables: their names and values, without a declaration by the user.
#pragma once

#include "tilewright/trace/literal.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tw::detail {

struct AnyMember {
  template <class T> operator T() const;
};

/// The number of members of an aggregate: the most initialisers it takes.
template <class K, class... Inits> consteval int member_count() {
  if constexpr (requires { K{Inits{}..., AnyMember{}}; })
    return member_count<K, Inits..., AnyMember>();
  else
    return sizeof...(Inits);
}

inline constexpr int max_members = 16;

/// Calls `f` with references to all members, in order.
template <class K, class F> constexpr decltype(auto) with_members(K &k, F &&f) {
  constexpr int count = member_count<std::remove_const_t<K>>();
  static_assert(count <= max_members, "a kernel has at most 16 members");
  // clang-format off
  if constexpr (count == 0) return f();
  else if constexpr (count == 1) { auto &[a] = k; return f(a); }
  else if constexpr (count == 2) { auto &[a, b] = k; return f(a, b); }
  else if constexpr (count == 3) { auto &[a, b, c] = k; return f(a, b, c); }
  else if constexpr (count == 4) { auto &[a, b, c, d] = k; return f(a, b, c, d); }
  else if constexpr (count == 5) { auto &[a, b, c, d, e] = k; return f(a, b, c, d, e); }
  else if constexpr (count == 6) { auto &[a, b, c, d, e, g] = k; return f(a, b, c, d, e, g); }
  else if constexpr (count == 7) { auto &[a, b, c, d, e, g, h] = k; return f(a, b, c, d, e, g, h); }
  else if constexpr (count == 8) { auto &[a, b, c, d, e, g, h, i] = k; return f(a, b, c, d, e, g, h, i); }
  else if constexpr (count == 9) { auto &[a, b, c, d, e, g, h, i, j] = k; return f(a, b, c, d, e, g, h, i, j); }
  else if constexpr (count == 10) { auto &[a, b, c, d, e, g, h, i, j, l] = k; return f(a, b, c, d, e, g, h, i, j, l); }
  else if constexpr (count == 11) { auto &[a, b, c, d, e, g, h, i, j, l, m] = k; return f(a, b, c, d, e, g, h, i, j, l, m); }
  else if constexpr (count == 12) { auto &[a, b, c, d, e, g, h, i, j, l, m, n] = k; return f(a, b, c, d, e, g, h, i, j, l, m, n); }
  else if constexpr (count == 13) { auto &[a, b, c, d, e, g, h, i, j, l, m, n, o] = k; return f(a, b, c, d, e, g, h, i, j, l, m, n, o); }
  else if constexpr (count == 14) { auto &[a, b, c, d, e, g, h, i, j, l, m, n, o, p] = k; return f(a, b, c, d, e, g, h, i, j, l, m, n, o, p); }
  else if constexpr (count == 15) { auto &[a, b, c, d, e, g, h, i, j, l, m, n, o, p, q] = k; return f(a, b, c, d, e, g, h, i, j, l, m, n, o, p, q); }
  else { auto &[a, b, c, d, e, g, h, i, j, l, m, n, o, p, q, r] = k; return f(a, b, c, d, e, g, h, i, j, l, m, n, o, p, q, r); }
  // clang-format on
}

// The name of a member is read from the compiler's own spelling of a pointer to it. The object it points into is only
// declared; nothing ever reads it.
template <class K> struct Imagined { K object; };
template <class K> extern const Imagined<K> imagined;

template <auto Pointer> constexpr std::string_view spelled_pointer() { return __PRETTY_FUNCTION__; }

template <int N> struct PickAddress {
  template <class First, class... Rest> constexpr auto operator()(First &first, Rest &...rest) const {
    if constexpr (N == 0)
      return &first;
    else
      return PickAddress<N - 1>{}(rest...);
  }
};

/// The name of member N: what follows the last "::" (GCC) or "." (Clang) of the pointer's spelling.
template <class K, int N> consteval std::string_view member_name() {
  std::string_view spelled = spelled_pointer<with_members(imagined<K>.object, PickAddress<N>{})>();
  std::size_t end = spelled.find_last_of(")");
  if (std::size_t bracket = spelled.find("; std::string_view"); bracket != std::string_view::npos)
    end = spelled.find_last_of(")", bracket);
  auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (end == std::string_view::npos) end = spelled.find_last_of("]");
  while (end > 0 && !is_name(spelled[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name(spelled[begin - 1])) --begin;
  return spelled.substr(begin, end - begin);
}

/// The value of a member: whole numbers, bools and enums as integers, the rest as floating.
struct MemberValue {
  enum Kind : std::uint8_t { integer, boolean, floating };
  Kind kind = integer;
  std::int64_t whole = 0;
  double real = 0;
};

template <class M> inline constexpr bool is_tunable = std::is_arithmetic_v<M> || std::is_enum_v<M>;
template <class M> constexpr void check_tunable() {
  constexpr bool member_is_a_plain_value = is_tunable<M>;
  static_assert(member_is_a_plain_value, "the members of a kernel are its tunables: integers, bools, floats or enums");
}

template <class M> MemberValue member_value(const M &member) {
  if constexpr (std::is_same_v<M, bool>)
    return {MemberValue::boolean, member, 0};
  else if constexpr (std::is_floating_point_v<M>)
    return {MemberValue::floating, 0, static_cast<double>(member)};
  else
    return {MemberValue::integer, static_cast<std::int64_t>(member), 0};
}

/// Calls `f(name, member)` for every member.
template <class K, class F> void for_each_member(K &kernel, F &&f) {
  with_members(kernel, [&](auto &...members) {
    (check_tunable<std::remove_cvref_t<decltype(members)>>(), ...);
    if constexpr ((is_tunable<std::remove_cvref_t<decltype(members)>> && ...))
      [&]<int... N>(std::integer_sequence<int, N...>) { (f(member_name<std::remove_const_t<K>, N>(), members), ...); }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(members))>{});
  });
}

/// The unqualified name of a type.
template <class K> constexpr std::string_view spelled_type() { return __PRETTY_FUNCTION__; }
template <class K> std::string type_name() {
  std::string_view spelled = spelled_type<K>();
  std::size_t begin = spelled.find("K = ") + 4;
  std::size_t end = spelled.find_first_of(";]", begin);
  std::string_view name = spelled.substr(begin, end - begin);
  if (std::size_t arguments = name.find('<'); arguments != std::string_view::npos) name = name.substr(0, arguments);
  std::size_t scope = name.rfind("::");
  return std::string(scope == std::string_view::npos ? name : name.substr(scope + 2));
}

} // namespace tw::detail
