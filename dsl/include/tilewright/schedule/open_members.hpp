// Which members of a kernel the compiler may choose.
#pragma once

#include "tilewright/trace/trace.hpp"

namespace tw::detail {

template <class K>
concept PinsMembers = requires {
  K::pinned[0];
};

/// Calls `each(name, value)` for the members that nobody has fixed, in order: whole numbers (no bools, no enums) that
/// have the value that their initialiser gives, are not among `given` and not listed in `K::pinned`.
template <class K, class F> void for_each_open_member(const K &kernel, const std::vector<Member> &given, F &&each) {
  const K initial{};
  std::int64_t initials[max_members + 1] = {};
  int count = 0;
  for_each_member(initial,
                  [&](std::string_view, const auto &member) { initials[count++] = member_value(member).whole; });
  int index = 0;
  for_each_member(kernel, [&](std::string_view name, const auto &member) {
    using M = std::remove_cvref_t<decltype(member)>;
    std::int64_t value = member_value(member).whole;
    bool open = std::is_integral_v<M> && !std::is_same_v<M, bool> && value == initials[index++];
    for (const Member &fixed : given) open = open && fixed.name != name;
    if constexpr (PinsMembers<K>)
      for (const char *pinned : K::pinned) open = open && name != pinned;
    if (open) each(name, value);
  });
}

} // namespace tw::detail
