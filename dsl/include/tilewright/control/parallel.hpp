// Elementwise loops: `parallel(m, n, [&](auto i, auto j) { C(i, j) = A(i, j) * s(i); })`.
#pragma once

#include "tilewright/types/elements.hpp"

namespace tw {

namespace detail {
template <int... Axes, class Body>
void run_parallel(const Extents &extents, const Where &where, Body &&body, std::integer_sequence<int, Axes...>) {
  check_extents("parallel", extents, where);
  Recorder::current(where);
  body(ParallelIndex(Axes, extents, &extents)...);
}
} // namespace detail

/// Runs the body for every point, all at once: each statement is done for the whole tile before the next begins.
/// Elements are named by the loop's own indices (all of them, or fewer for a value that repeats); each index is also
/// a number of type i32.
template <class Body> void parallel(detail::LocatedInt m, Body &&body) {
  detail::Extents extents;
  extents.push(m.value);
  detail::run_parallel(extents, m.where, body, std::integer_sequence<int, 0>{});
}
template <class Body> void parallel(detail::LocatedInt m, detail::LocatedInt n, Body &&body) {
  detail::Extents extents;
  extents.push(m.value);
  extents.push(n.value);
  detail::run_parallel(extents, m.where, body, std::integer_sequence<int, 0, 1>{});
}
template <class Body> void parallel(detail::LocatedInt m, detail::LocatedInt n, detail::LocatedInt k, Body &&body) {
  detail::Extents extents;
  extents.push(m.value);
  extents.push(n.value);
  extents.push(k.value);
  detail::run_parallel(extents, m.where, body, std::integer_sequence<int, 0, 1, 2>{});
}

} // namespace tw
