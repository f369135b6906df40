// Where the user wrote something: arguments that remember the line of their caller.
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>

namespace tw::detail {

using Where = std::source_location;

/// A plain C++ integer with the line that passed it. Extents of tiles are known while tracing, so traced values
/// are refused.
struct LocatedInt {
  std::int64_t value;
  Where where;

  template <std::integral N>
  LocatedInt(N number, Where caller = Where::current()) : value(static_cast<std::int64_t>(number)), where(caller) {}
  template <class X>
  requires requires { typename X::tw_traced; }
  LocatedInt(const X &) : value(0) {
    constexpr bool extent_is_a_plain_integer = sizeof(X) == 0;
    static_assert(extent_is_a_plain_integer,
                  "the extent of a tile is a plain integer (a member of the kernel or a constant), not a traced value");
  }
};

} // namespace tw::detail
