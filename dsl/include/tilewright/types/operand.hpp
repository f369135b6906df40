// Operands: what stands left or right of an operator, with the user's line, read only when the op is recorded.
#pragma once

#include "tilewright/trace/emit.hpp"

namespace tw {

template <class T> class Tile;
template <class T> class Value;
class Index;

namespace detail {

/// Traced types name their element type as `tw_tile` (tiles and what reads as one) or `tw_scalar`.
template <class X>
concept AnyTile = requires {
  typename X::tw_tile;
};
template <class X>
concept AnyScalar = requires {
  typename X::tw_scalar;
};
template <class X>
concept AnyTraced = AnyTile<X> || AnyScalar<X>;
template <class X>
concept Number = std::is_arithmetic_v<X>;

template <class X> struct ElementTypeOf {};
template <AnyTile X> struct ElementTypeOf<X> { using type = typename X::tw_tile; };
template <AnyScalar X> struct ElementTypeOf<X> { using type = typename X::tw_scalar; };
template <class X> using element_type = typename ElementTypeOf<X>::type;

template <class> inline constexpr bool never = false;

/// The recorder's way into the traced types.
struct Access {
  struct Adopt {};
  template <class X> static Handle read(const X &object, const Where &where) { return object.read(where); }
  template <class X> static void write(X &object, const Term &value, const Where &where) { object.write(value, where); }
  template <class X> static Type type(const X &object, const Where &where) { return object.type(where); }
  template <class X> static X make(Handle handle) { return X(Adopt{}, handle); }
};
using Adopt = Access::Adopt;

Handle read_index(const Index &index, const Where &where);

template <class T, class U> constexpr void check_same_element() {
  constexpr bool both_operands_have_one_element_type = std::is_same_v<T, U>;
  static_assert(both_operands_have_one_element_type,
                "the element types of the operands differ and nothing is converted silently: write cast<...>(x)");
}
template <class T> constexpr void check_arithmetic() {
  constexpr bool element_type_has_arithmetic = !is_f8(element_of<T>);
  static_assert(element_type_has_arithmetic, "8-bit floats are for storage and dot only: cast<f32>(x) first");
  constexpr bool element_type_is_a_number = element_of<T> != Element::boolean;
  static_assert(element_type_is_a_number, "booleans have &, |, ^, ~ and ==, no arithmetic: cast<i32>(x) first");
}
template <class T> bool refuse_bool() {
  constexpr bool traced_value_is_known_while_tracing = never<T>;
  static_assert(
      traced_value_is_known_while_tracing,
      "a traced value has no value while C++ runs: use when(condition, [&] { ... }) or select(condition, a, b); "
      "the negation of a condition is ~condition, and both of two are a & b");
  return false;
}
template <class T> constexpr void check_float() {
  constexpr bool element_type_is_a_float = is_float(element_of<T>);
  static_assert(element_type_is_a_float, "this function is defined for floats: cast<f32>(x) first");
}

/// An operand of element type T: a literal, a scalar, and, if `TilesAllowed`, a tile. It must not outlive the
/// expression that it is part of.
template <class T, bool TilesAllowed> class BasicOperand {
public:
  template <AnyTile X>
  requires TilesAllowed BasicOperand(const X &tile, Where caller = Where::current())
      : where(caller), object_(&tile), read_(&read_as<X>) {
    check_same_element<T, typename X::tw_tile>();
  }
  template <AnyScalar X>
  BasicOperand(const X &scalar, Where caller = Where::current()) : where(caller), object_(&scalar), read_(&read_as<X>) {
    check_same_element<T, typename X::tw_scalar>();
  }
  template <Number N> BasicOperand(N number, Where caller = Where::current()) : where(caller), literal_(number) {
    constexpr bool literal_suits_the_element = std::is_integral_v<N> || is_float(element_of<T>);
    static_assert(literal_suits_the_element, "a literal with a point meets integers: cast<f32>(x) first");
  }
  /// An index meets integers as a value of their type.
  template <std::same_as<Index> X>
  requires(info(element_of<T>).family == Family::integer) BasicOperand(const X &index, Where caller = Where::current())
      : where(caller), object_(&index), read_(&read_as_integer) {}

  Term term() const { return object_ ? Term(read_(object_, where)) : Term(literal_); }

  Where where;

private:
  template <class X> static Handle read_as(const void *object, const Where &where) {
    return Access::read(*static_cast<const X *>(object), where);
  }
  static Handle read_as_integer(const void *object, const Where &where) {
    Handle index = read_index(*static_cast<const Index *>(object), where);
    Recorder &recorder = Recorder::current(where);
    Type type = scalar_type(element_of<T>);
    return recorder.op(type, "arith.index_cast " + recorder.use(index, where) + " : index to " + mlir_type(type),
                       where);
  }

  const void *object_ = nullptr;
  Handle (*read_)(const void *, const Where &) = nullptr;
  Literal literal_;
};

template <class T> using Operand = BasicOperand<T, true>;
template <class T> using ScalarOperand = BasicOperand<T, false>;

} // namespace detail
} // namespace tw
