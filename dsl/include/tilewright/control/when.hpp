// Branches of the kernel: `when(condition, [&] { ... })`.
#pragma once

#include "tilewright/control/range.hpp"

namespace tw {

namespace detail {
inline void open_branch(Recorder &recorder, RegionScope &scope, const ScalarOperand<boolean> &condition) {
  const Where &where = condition.where;
  Handle value = shaped(condition.term(), scalar_type(Element::boolean), where);
  std::string operand = recorder.use(value, where);
  std::uint32_t serial = recorder.enter("when", where);
  recorder.open_line("scf.if " + operand + " {", where);
  scope.start(recorder, serial);
}
} // namespace detail

/// Records `then` as what happens where the condition holds. The body is recorded once, whatever the condition.
template <class Then> void when(detail::ScalarOperand<boolean> condition, Then &&then) {
  detail::Recorder &recorder = detail::Recorder::current(condition.where);
  detail::RegionScope scope;
  detail::open_branch(recorder, scope, condition);
  then();
  scope.close("}");
}
/// The same, with what happens where it does not hold.
template <class Then, class Otherwise>
void when(detail::ScalarOperand<boolean> condition, Then &&then, Otherwise &&otherwise) {
  detail::Recorder &recorder = detail::Recorder::current(condition.where);
  detail::RegionScope scope;
  detail::open_branch(recorder, scope, condition);
  then();
  scope.next("} else {");
  otherwise();
  scope.close("}");
}

} // namespace tw
