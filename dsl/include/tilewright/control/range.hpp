// Loops: `for (Index k : range(n))`, plain or pipelined.
#pragma once

#include "tilewright/types/tensor.hpp"

namespace tw {

/// How many tiles of a pipelined loop are in flight at once.
struct stages {
  explicit stages(std::int64_t number, detail::Where caller = detail::Where::current())
      : count(number), where(caller) {}
  std::int64_t count;
  detail::Where where;
};

namespace detail {

/// The range of a range-for: `begin` opens the loop of the kernel, the increment closes it.
class LoopRange {
public:
  LoopRange(const char *construct, IndexOperand begin, IndexOperand end, std::string attributes)
      : construct_(construct), begin_(begin), end_(end), attributes_(std::move(attributes)) {}

  class Iterator {
  public:
    Iterator(Handle index, RegionScope *scope, const std::string *close)
        : index_(index), scope_(scope), close_(close) {}
    Index operator*() const { return {Adopt{}, index_}; }
    Iterator &operator++() {
      scope_->close(*close_);
      done_ = true;
      return *this;
    }
    struct End {};
    bool operator!=(End) const { return !done_; }

  private:
    Handle index_;
    RegionScope *scope_;
    const std::string *close_;
    bool done_ = false;
  };

  Iterator begin() {
    Where where = end_.where;
    Recorder &recorder = Recorder::current(where);
    Handle first = begin_.read(), last = end_.read(), step = index_constant(1, where);
    std::string bounds =
        recorder.use(first, where) + " to " + recorder.use(last, where) + " step " + recorder.use(step, where);
    std::uint32_t serial = recorder.enter(construct_, where);
    Handle index = recorder.define(scalar_type(Element::index), where);
    recorder.open_line("scf.for " + marked(mark_define, index.id) + " = " + bounds + " {", where);
    scope_.start(recorder, serial);
    return {index, &scope_, &attributes_};
  }
  Iterator::End end() const { return {}; }

private:
  const char *construct_;
  IndexOperand begin_, end_;
  std::string attributes_;
  RegionScope scope_;
};

} // namespace detail

/// A serial loop over 0 .. count - 1, in order.
inline detail::LoopRange range(detail::IndexOperand count) {
  return {"range", detail::IndexOperand(0, count.where), count, "}"};
}
/// A serial loop over begin .. end - 1.
inline detail::LoopRange range(detail::IndexOperand begin, detail::IndexOperand end) {
  return {"range", begin, end, "}"};
}

} // namespace tw
