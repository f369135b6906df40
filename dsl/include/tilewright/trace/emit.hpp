// How ops are written: operands brought to one shape, constants, elementwise arithmetic. No templates; the typed
// layer above only chooses names.
#pragma once

#include "tilewright/trace/literal.hpp"
#include "tilewright/trace/recorder.hpp"

namespace tw::detail {

/// An operand: a recorded value or a literal that has no type yet.
struct Term {
  bool is_literal = false;
  Handle handle;
  Literal literal;

  Term(Handle value) : handle(value) {}
  Term(const Literal &value) : is_literal(true), literal(value) {}
};

inline void check_extents(const char *what, const Extents &extents, const Where &where) {
  for (int i = 0; i < extents.rank; ++i)
    if (extents.at[i] <= 0)
      fail(code::extent, where,
           std::string(what) + ": extent " + std::to_string(i) + " is " + std::to_string(extents.at[i]),
           "the extents are " + to_string(extents), "give every extent a positive number");
}

/// Extents from plain integers, all of them positive.
template <class... Rest> Extents extents_of(const char *what, LocatedInt first, const Rest &...rest) {
  static_assert(sizeof...(Rest) < max_rank, "a tile has at most 5 axes");
  Extents extents;
  extents.push(first.value);
  (extents.push(LocatedInt(rest).value), ...);
  check_extents(what, extents, first.where);
  return extents;
}

/// A constant of a scalar or tile type.
inline Handle constant(const Type &type, const Literal &literal, const Where &where) {
  std::string text = literal_text(type.element, literal, where);
  std::string mlir = mlir_type(type);
  if (type.form == Form::tile)
    text = "dense<" + text + "> : " + mlir;
  else if (type.element != Element::boolean)
    text += " : " + mlir;
  return Recorder::current(where).op(type, "arith.constant " + text, where);
}

inline Handle index_constant(std::int64_t value, const Where &where) {
  return constant(scalar_type(Element::index), Literal(value), where);
}

inline Handle tensor_size(Handle tensor, int axis, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  const Type type = recorder.type(tensor, where);
  if (axis < 0 || axis >= type.extents.rank)
    fail(code::axis, where, "size: axis " + std::to_string(axis) + " of " + user_type(type), "",
         "axes count from 0 to " + std::to_string(type.extents.rank - 1));
  return recorder.op(scalar_type(Element::index),
                     "tile.dim " + recorder.use(tensor, where) + ", " + std::to_string(axis) + " : " + mlir_type(type),
                     where);
}

/// `head operand : from -> to`, the shape of most one-operand ops of the dialect.
inline Handle convert(const std::string &head, Handle source, const Type &to, const Where &where,
                      const std::string &attributes = "") {
  Recorder &recorder = Recorder::current(where);
  std::string operand = recorder.use(source, where);
  std::string from = mlir_type(recorder.type(source, where));
  return recorder.op(to, head + " " + operand + attributes + " : " + from + " -> " + mlir_type(to), where);
}

/// A line that tells what an operand is: `a: Tile<f32> {64, 64}, made at file:line`.
inline std::string describe(const char *role, Handle handle, const Where &where) {
  const Variable &variable = Recorder::current(where).variable(handle, where);
  std::string name = variable.name.empty() ? "" : " '" + variable.name + "'";
  return std::string(role) + ": " + user_type(variable.type) + name +
         (variable.type.form == Form::shared ? ", declared at " : ", made at ") + place(variable.declared);
}

/// The operand as a tile of exactly these extents, or as a scalar if `wanted` is one.
inline Handle shaped(const Term &term, const Type &wanted, const Where &where) {
  if (term.is_literal) return constant(wanted, term.literal, where);
  Type type = Recorder::current(where).type(term.handle, where);
  if (type.form == wanted.form && type.extents == wanted.extents) return term.handle;
  if (type.form == Form::scalar) return convert("tile.splat", term.handle, wanted, where);
  Handle value = term.handle;
  if (type.extents.rank < wanted.extents.rank) {
    Extents longer;
    for (int i = type.extents.rank; i < wanted.extents.rank; ++i) longer.push(1);
    for (int i = 0; i < type.extents.rank; ++i) longer.push(type.extents.at[i]);
    type.extents = longer;
    value = convert("tile.reshape", value, type, where);
  }
  if (type.extents == wanted.extents) return value;
  type.extents = wanted.extents;
  return convert("tile.broadcast", value, type, where);
}

/// Whether a tile of extents `from` can be repeated to `to`: aligned at the last axis, equal or one.
inline bool broadcasts_to(const Extents &from, const Extents &to) {
  if (from.rank > to.rank) return false;
  for (int i = 0; i < from.rank; ++i) {
    std::int64_t extent = from.at[i];
    if (extent != 1 && extent != to.at[i + to.rank - from.rank]) return false;
  }
  return true;
}

/// The common shape of some operands, with the element type of `element`.
inline Type common_type(const char *what, Element element, const Term *terms, int count, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  Type common = scalar_type(element);
  for (int t = 0; t < count; ++t) {
    if (terms[t].is_literal) continue;
    const Type type = recorder.type(terms[t].handle, where);
    if (type.form != Form::tile) continue;
    common.form = Form::tile;
    Extents a = common.extents, b = type.extents, merged;
    int rank = a.rank > b.rank ? a.rank : b.rank;
    for (int i = 0; i < rank; ++i) {
      std::int64_t x = i < rank - a.rank ? 1 : a.at[i - (rank - a.rank)];
      std::int64_t y = i < rank - b.rank ? 1 : b.at[i - (rank - b.rank)];
      if (x != y && x != 1 && y != 1) {
        std::string notes;
        for (int n = 0; n < count; ++n)
          if (!terms[n].is_literal)
            notes += (n ? "\n" : "") + describe(n == 0 ? "a" : n == 1 ? "b" : "c", terms[n].handle, where);
        fail(code::broadcast, where,
             std::string(what) + ": " + to_string(a) + " and " + to_string(b) + " cannot be broadcast together", notes,
             "extents, aligned at the last axis, must be equal or 1");
      }
      merged.push(x == 1 ? y : x);
    }
    common.extents = merged;
  }
  return common;
}

/// An elementwise op whose operands and result share one type.
inline Handle elementwise(const char *what, const std::string &op, Element element, const Term *terms, int count,
                          const Where &where) {
  Recorder &recorder = Recorder::current(where);
  Type type = common_type(what, element, terms, count, where);
  std::string operands;
  Handle values[3];
  for (int i = 0; i < count; ++i) values[i] = shaped(terms[i], type, where);
  for (int i = 0; i < count; ++i) operands += (i ? ", " : " ") + recorder.use(values[i], where);
  return recorder.op(type, op + operands + " : " + mlir_type(type), where);
}

/// The names of one arithmetic operation over floats, signed and unsigned integers.
struct Spelling {
  const char *symbol, *on_float, *on_signed, *on_unsigned;
  const char *pick(Element element) const {
    if (is_float(element)) return on_float;
    return info(element).is_unsigned || element == Element::boolean ? on_unsigned : on_signed;
  }
};
inline constexpr Spelling op_add{"+", "arith.addf", "arith.addi", "arith.addi"};
inline constexpr Spelling op_sub{"-", "arith.subf", "arith.subi", "arith.subi"};
inline constexpr Spelling op_mul{"*", "arith.mulf", "arith.muli", "arith.muli"};
inline constexpr Spelling op_div{"/", "arith.divf", "arith.divsi", "arith.divui"};
inline constexpr Spelling op_rem{"%", "arith.remf", "arith.remsi", "arith.remui"};
inline constexpr Spelling op_max{"max", "arith.maximumf", "arith.maxsi", "arith.maxui"};
inline constexpr Spelling op_min{"min", "arith.minimumf", "arith.minsi", "arith.minui"};
inline constexpr Spelling op_and{"&", "", "arith.andi", "arith.andi"};
inline constexpr Spelling op_or{"|", "", "arith.ori", "arith.ori"};
inline constexpr Spelling op_xor{"^", "", "arith.xori", "arith.xori"};
inline constexpr Spelling op_shl{"<<", "", "arith.shli", "arith.shli"};
inline constexpr Spelling op_shr{">>", "", "arith.shrsi", "arith.shrui"};
/// Comparisons: NaN is unequal to everything, itself included, and every other comparison with it is false.
inline constexpr Spelling op_eq{"==", "oeq", "eq", "eq"};
inline constexpr Spelling op_ne{"!=", "une", "ne", "ne"};
inline constexpr Spelling op_lt{"<", "olt", "slt", "ult"};
inline constexpr Spelling op_le{"<=", "ole", "sle", "ule"};
inline constexpr Spelling op_gt{">", "ogt", "sgt", "ugt"};
inline constexpr Spelling op_ge{">=", "oge", "sge", "uge"};

inline Handle binary(const Spelling &op, Element element, const Term &a, const Term &b, const Where &where) {
  const Term terms[] = {a, b};
  return elementwise(op.symbol, op.pick(element), element, terms, 2, where);
}

inline Handle compare(const Spelling &op, Element element, const Term &a, const Term &b, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  const Term terms[] = {a, b};
  Type type = common_type(op.symbol, element, terms, 2, where);
  Handle x = shaped(a, type, where), y = shaped(b, type, where);
  std::string text = std::string(is_float(element) ? "arith.cmpf " : "arith.cmpi ") + op.pick(element) + ", " +
                     recorder.use(x, where) + ", " + recorder.use(y, where) + " : " + mlir_type(type);
  Type result = type;
  result.element = Element::boolean;
  return recorder.op(result, text, where);
}

inline Handle unary(const char *what, const std::string &op, Element element, const Term &a, const Where &where) {
  return elementwise(what, op, element, &a, 1, where);
}

inline Handle negate(Element element, const Term &a, const Where &where) {
  if (is_float(element)) return unary("-", "arith.negf", element, a, where);
  return binary(op_sub, element, Literal(0), a, where);
}

/// Not: all bits of an integer, the value of a bool.
inline Handle invert(Element element, const Term &a, const Where &where) {
  const ElementInfo &type = info(element);
  Literal ones = type.is_unsigned && type.bits < 64 ? Literal((std::int64_t(1) << type.bits) - 1) : Literal(-1);
  return binary(op_xor, element, a, element == Element::boolean ? Literal(true) : ones, where);
}

/// Stores a new value into a variable; shapes must agree, scalars and literals fill the whole tile.
inline void assign(Handle target, const Term &value, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  Type type = recorder.type(target, where);
  if (!value.is_literal) {
    const Type from = recorder.type(value.handle, where);
    if (from.form == Form::tile && !(from.extents == type.extents))
      fail(code::assign_shape, where,
           "=: a tile " + to_string(type.extents) + " is assigned a value " + to_string(from.extents),
           describe("variable", target, where) + "\n" + describe("value", value.handle, where),
           "give both the same extents, or broadcast by adding to zeros");
  }
  Handle shaped_value = shaped(value, type, where);
  std::string operand = recorder.use(shaped_value, where);
  std::string slot = recorder.assign(target, where);
  recorder.op("tile.set " + slot + ", " + operand + " : !tile.slot<" + mlir_type(type) + ">", where);
}

} // namespace tw::detail
