// Index: a traced size or position, such as a loop counter. Immutable.
#pragma once

#include "tilewright/types/value.hpp"

namespace tw {

namespace detail {

/// An index operand: a traced index or a plain integer, with the line that passed it.
class IndexOperand {
public:
  IndexOperand(const Index &index, Where caller = Where::current());
  template <std::integral N>
  IndexOperand(N number, Where caller = Where::current())
      : where(caller), constant_(static_cast<std::int64_t>(number)) {}

  bool is_constant() const { return handle_.trace == 0; }
  std::int64_t constant() const { return constant_; }
  /// The index as a recorded value.
  Handle read() const { return is_constant() ? index_constant(constant_, where) : handle_; }

  Where where;

private:
  Handle handle_;
  std::int64_t constant_ = 0;
};

} // namespace detail

/// A traced integer of the width of addresses: a loop counter, a size, an offset. It is a value and cannot be
/// assigned; `var<i32>` is the variable. Division rounds toward zero; comparisons are signed.
class Index {
public:
  using tw_traced = void;
  using tw_index = void;

  Index(const Index &) = default;
  /// An index does not change: name a new one, or use var<i32> for a variable.
  Index &operator=(const Index &) = delete;
  /// A constant.
  template <std::integral N>
  Index(N value, detail::Where where = detail::Where::current())
      : handle_(detail::index_constant(static_cast<std::int64_t>(value), where)) {}
  Index(detail::Adopt, detail::Handle handle) : handle_(handle) {}

  friend Index operator+(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.addi", a, b); }
  friend Index operator-(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.subi", a, b); }
  friend Index operator*(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.muli", a, b); }
  friend Index operator/(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.divsi", a, b); }
  friend Index operator%(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.remsi", a, b); }
  /// a / b rounded up, for sizes that are not negative.
  friend Index ceil_div(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.ceildivui", a, b); }
  friend Index max(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.maxsi", a, b); }
  friend Index min(detail::IndexOperand a, detail::IndexOperand b) { return arithmetic("arith.minsi", a, b); }
  friend Value<boolean> operator==(detail::IndexOperand a, detail::IndexOperand b) { return compare("eq", a, b); }
  friend Value<boolean> operator!=(detail::IndexOperand a, detail::IndexOperand b) { return compare("ne", a, b); }
  friend Value<boolean> operator<(detail::IndexOperand a, detail::IndexOperand b) { return compare("slt", a, b); }
  friend Value<boolean> operator<=(detail::IndexOperand a, detail::IndexOperand b) { return compare("sle", a, b); }
  friend Value<boolean> operator>(detail::IndexOperand a, detail::IndexOperand b) { return compare("sgt", a, b); }
  friend Value<boolean> operator>=(detail::IndexOperand a, detail::IndexOperand b) { return compare("sge", a, b); }

  template <std::same_as<bool> B> explicit operator B() const { return detail::refuse_bool<B>(); }

private:
  friend struct detail::Access;
  detail::Handle read(const detail::Where &) const { return handle_; }

  static Index arithmetic(const char *op, const detail::IndexOperand &a, const detail::IndexOperand &b) {
    return Index(detail::Adopt{}, record(op, " ", detail::Element::index, a, b));
  }
  static Value<boolean> compare(const char *predicate, const detail::IndexOperand &a, const detail::IndexOperand &b) {
    return Value<boolean>(detail::Adopt{},
                          record(std::string("arith.cmpi ") + predicate, ", ", detail::Element::boolean, a, b));
  }
  static detail::Handle record(const std::string &op, const char *gap, detail::Element result,
                               const detail::IndexOperand &a, const detail::IndexOperand &b) {
    detail::Recorder &recorder = detail::Recorder::current(a.where);
    detail::Handle x = a.read(), y = b.read();
    return recorder.op(detail::scalar_type(result),
                       op + gap + recorder.use(x, a.where) + ", " + recorder.use(y, a.where) + " : index", a.where);
  }

  detail::Handle handle_;
};

namespace detail {
inline Handle read_index(const Index &index, const Where &where) { return Access::read(index, where); }
inline IndexOperand::IndexOperand(const Index &index, Where caller)
    : where(caller), handle_(Access::read(index, caller)) {}

/// The position of a tile: an index operand that refuses everything else with a sentence.
struct Position : IndexOperand {
  using IndexOperand::IndexOperand;
  template <AnyTraced X> Position(const X &, Where caller = Where::current()) : IndexOperand(0, caller) {
    constexpr bool position_is_an_index = never<X>;
    static_assert(position_is_an_index,
                  "a position is an Index: to_index(x) makes one from a scalar integer; the indices of parallel name "
                  "elements of tiles and buffers, not tiles of a tensor");
  }
};
} // namespace detail

} // namespace tw
