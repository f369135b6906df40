// Matrix products: dot gives a value, mma accumulates in place.
#pragma once

#include "tilewright/ops/create.hpp"
#include "tilewright/types/fragment.hpp"
#include "tilewright/types/shared.hpp"

namespace tw {

namespace detail {

/// An operand of a product that is read along its other axis.
template <class X> struct TransposedOperand { const X &tile; };
template <class X> struct ProductOperand {
  using type = X;
  static constexpr bool transposed = false;
  static const X &of(const X &x) { return x; }
};
template <class X> struct ProductOperand<TransposedOperand<X>> {
  using type = X;
  static constexpr bool transposed = true;
  static const X &of(const TransposedOperand<X> &x) { return x.tile; }
};
template <class X> using product_element = element_type<typename ProductOperand<X>::type>;
template <class X>
concept AnyProductOperand = AnyTile<typename ProductOperand<X>::type>;

/// A shared buffer enters as itself, everything else as a value.
template <class X> Handle product_handle(const X &operand, const Where &where) {
  if constexpr (requires { typename X::tw_shared; }) {
    check_written(operand.buffer(), where);
    return operand.buffer();
  } else {
    return Access::read(operand, where);
  }
}

constexpr bool is_i8(Element e) { return e == Element::i8 || e == Element::u8; }
constexpr bool may_multiply(Element a, Element b) {
  if ((is_f8(a) && is_f8(b)) || (is_i8(a) && is_i8(b))) return true;
  return a == b &&
         (a == Element::f64 || a == Element::f32 || a == Element::tf32 || a == Element::f16 || a == Element::bf16);
}
template <class A> struct AccumulatorOf { using type = f32; };
template <> struct AccumulatorOf<f64> { using type = f64; };
template <> struct AccumulatorOf<i8> { using type = i32; };
template <> struct AccumulatorOf<u8> { using type = i32; };

template <class A, class B> constexpr void check_product() {
  constexpr bool these_types_multiply = may_multiply(element_of<A>, element_of<B>);
  static_assert(these_types_multiply,
                "dot and mma multiply f64, f32, tf32, f16 or bf16 with the same type, 8-bit floats, or i8 and u8: "
                "cast<...>(x) one operand");
}

struct ProductFlags {
  bool transpose_a, transpose_b;
  Element a, b;
};

inline Handle product(const char *what, Handle a, Handle b, const Term *accumulator, Element result,
                      const ProductFlags &flags, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  const Type ta = recorder.type(a, where), tb = recorder.type(b, where);
  auto notes = [&] { return describe("a", a, where) + "\n" + describe("b", b, where); };
  const std::string name = what;
  if (ta.extents.rank != 2 || tb.extents.rank != 2)
    fail(code::dot_rank, where,
         name + ": the operands have ranks " + std::to_string(ta.extents.rank) + " and " +
             std::to_string(tb.extents.rank),
         notes(), "reshape both to two axes");
  std::int64_t m = ta.extents.at[flags.transpose_a], k = ta.extents.at[!flags.transpose_a];
  std::int64_t k_of_b = tb.extents.at[flags.transpose_b], n = tb.extents.at[!flags.transpose_b];
  if (k != k_of_b) {
    std::string wanted =
        flags.transpose_b ? std::to_string(n) + ", " + std::to_string(k) : std::to_string(k) + ", " + std::to_string(n);
    fail(code::contraction, where,
         name + ": K of a is " + std::to_string(k) + " but K of b is " + std::to_string(k_of_b), notes(),
         "declare b as {" + wanted + "}, or use transposed(b) where b is stored the other way round");
  }
  Extents extents;
  extents.push(m);
  extents.push(n);
  Type type = tile_type(result, extents);
  Handle start;
  if (accumulator) {
    const Type given = recorder.type(accumulator->handle, where);
    if (!(given.extents == extents))
      fail(code::accumulator, where,
           name + ": the product is " + to_string(extents) + " but the accumulator " + to_string(given.extents),
           notes() + "\n" + describe("accumulator", accumulator->handle, where),
           "declare the accumulator as " + to_string(extents));
    start = accumulator->handle;
  } else {
    start = constant(type, 0, where);
  }
  std::string attributes;
  auto flag = [&](bool set, const char *text) {
    if (set) attributes += (attributes.empty() ? "" : ", ") + std::string(text);
  };
  flag(flags.transpose_a, "transpose_a");
  flag(flags.transpose_b, "transpose_b");
  flag(flags.a == Element::tf32, "tf32");
  flag(flags.a == Element::u8, "unsigned_a");
  flag(flags.b == Element::u8, "unsigned_b");
  if (!attributes.empty()) attributes = " {" + attributes + "}";
  return recorder.op(type,
                     "tile.dot " + recorder.use(a, where) + ", " + recorder.use(b, where) + ", " +
                         recorder.use(start, where) + attributes + " : " + mlir_type(ta) + ", " + mlir_type(tb) + ", " +
                         mlir_type(type),
                     where);
}

template <class A, class B>
Handle product_of(const char *what, const A &a, const B &b, const Term *accumulator, const Where &where) {
  using TA = product_element<A>;
  using TB = product_element<B>;
  check_product<TA, TB>();
  Handle x = product_handle(ProductOperand<A>::of(a), where), y = product_handle(ProductOperand<B>::of(b), where);
  return product(what, x, y, accumulator, element_of<typename AccumulatorOf<TA>::type>,
                 {ProductOperand<A>::transposed, ProductOperand<B>::transposed, element_of<TA>, element_of<TB>}, where);
}

} // namespace detail

/// Says that an operand of `dot` or `mma` is stored the other way round: a as K x M, b as N x K. Nothing moves.
template <detail::AnyTile X> detail::TransposedOperand<X> transposed(const X &tile) { return {tile}; }

/// The type that products of A accumulate in: f64 in f64, 8-bit integers in i32, all else in f32.
template <class A> using Accumulator = typename detail::AccumulatorOf<A>::type;

/// The matrix product of a (M x K) and b (K x N), which are tiles, names of tiles, or shared buffers.
template <detail::AnyProductOperand A, detail::AnyProductOperand B>
Tile<Accumulator<detail::product_element<A>>> dot(const A &a, const B &b,
                                                  detail::Where where = detail::Where::current()) {
  return {detail::Adopt{}, detail::product_of("dot", a, b, nullptr, where)};
}
/// The matrix product plus an accumulator (M x N).
template <detail::AnyProductOperand A, detail::AnyProductOperand B, detail::AnyTile C>
Tile<Accumulator<detail::product_element<A>>> dot(const A &a, const B &b, const C &accumulator,
                                                  detail::Where where = detail::Where::current()) {
  detail::check_same_element<Accumulator<detail::product_element<A>>, typename C::tw_tile>();
  detail::Term start = detail::Access::read(accumulator, where);
  return {detail::Adopt{}, detail::product_of("dot", a, b, &start, where)};
}

/// accumulator := a * b + accumulator.
template <detail::AnyProductOperand A, detail::AnyProductOperand B, class C>
void mma(const A &a, const B &b, Tile<C> &accumulator, detail::Where where = detail::Where::current()) {
  detail::check_same_element<Accumulator<detail::product_element<A>>, C>();
  detail::Term start = detail::Access::read(accumulator, where);
  detail::Handle sum = detail::product_of("mma", a, b, &start, where);
  detail::Access::write(accumulator, sum, where);
}

} // namespace tw
