// Kernels whose copies, products and stores must keep their order, and whose products differ in shape and type.
#include "oracle.hpp"

#include <tilewright/tilewright.hpp>

#include <catch2/catch.hpp>

using namespace execution;

namespace {

tilewright::CompileOptions withStages(int stages) {
  tilewright::CompileOptions options;
  options.assemble = false;
  options.schedule.stages = stages;
  return options;
}

/// Two products of different shapes: s = x * y, then z = s * w.
struct Chain {
  int middle = 48;
  void operator()(tw::Tensor<tw::f16, 2> x, tw::Tensor<tw::f16, 2> y, tw::Tensor<tw::f16, 2> w,
                  tw::Tensor<tw::f32, 2> z) const {
    using namespace tw;
    for (Index i : blocks(x.tiled(64, 64).rows())) {
      auto s = dot(x.tiled(64, 64)(i, 0), y.tiled(64, middle)(0, 0));
      z.tiled(64, 128)(i, 0) = dot(cast<f16>(s), w.tiled(middle, 128)(0, 0));
    }
  }
};

/// A loop that fills a buffer of its own, around a loop that runs ahead.
struct Nested {
  void operator()(tw::Tensor<tw::bf16, 2> q, tw::Tensor<tw::bf16, 2> k, tw::Tensor<tw::f32, 2> o) const {
    using namespace tw;
    auto Q = q.tiled(32, 32), K = k.tiled(32, 32);
    for (Index i : blocks(o.tiled(32, 32).rows())) {
      auto acc = zeros<f32>(32, 32);
      for (Index h : range(Q.rows())) {
        Tile<bf16> now = Q(h, 0);
        for (Index j : range(K.rows())) acc += dot(now, K(j, 0)) * cast<f32>(cast<i32>(h + 1));
      }
      o.tiled(32, 32)(i, 0) = acc;
    }
  }
};

/// Each step reads what the step before wrote.
struct Recurrence {
  void operator()(tw::Tensor<tw::bf16, 2> x, tw::Tensor<tw::bf16, 2> w) const {
    using namespace tw;
    auto X = x.tiled(32, 32);
    for (Index i : blocks(1)) {
      for (Index k : range(X.rows() - 1)) X(k + 1, i) = cast<bf16>(dot(X(k, i), w.tiled(32, 32)(0, 0)));
    }
  }
};

/// A column that every thread of a row reads and one writes.
struct Replicated {
  void operator()(tw::Tensor<tw::f32, 2> s, tw::Tensor<tw::f32, 2> x, tw::Tensor<tw::f32, 2> y) const {
    using namespace tw;
    auto S = s.tiled(64, 1), X = x.tiled(64, 64), Y = y.tiled(64, 64);
    for (Index i : blocks(X.rows())) {
      Tile<f32> scale = S(i, 0);
      Y(i, 0) = Tile<f32>(X(i, 0)) * scale;
      S(i, 0) = scale + 1.0f;
      Y(i, 0) = Tile<f32>(Y(i, 0)) + Tile<f32>(S(i, 0));
    }
  }
};

/// The buffer is filled again after the product that read it, before its result is used.
struct Overwritten {
  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::f32, 2> c) const {
    using namespace tw;
    auto A = a.tiled(32, 32);
    for (Index i : blocks(A.rows())) {
      auto acc = zeros<f32>(32, 32);
      shared<bf16> s(32, 32), t(32, 32);
      copy(A(i, 0), s);
      copy(b.tiled(32, 32)(0, 0), t);
      auto first = dot(s, t);
      copy(A(i, 1), s);
      acc += first;
      acc += dot(s, t);
      c.tiled(32, 32)(i, 0) = acc;
    }
  }
};

/// Buffers declared in the loop, one filled a second time under a condition.
struct Refilled {
  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::f32, 2> c,
                  tw::Scalar<tw::i32> flag) const {
    using namespace tw;
    auto A = a.tiled(32, 32), B = b.tiled(32, 32);
    for (Index i : blocks(A.rows())) {
      fragment<f32> acc(32, 32);
      clear(acc);
      for (Index k : range(A.cols())) {
        shared<bf16> s(32, 32), t(32, 32);
        copy(A(i, k), s);
        copy(B(k, 0), t);
        when(flag > 0, [&] { copy(B(0, 0), s); });
        mma(s, t, acc);
      }
      c.tiled(32, 32)(i, 0) = acc;
    }
  }
};

/// Depths that are no whole instruction.
template <class In, class Sum> struct Shallow {
  int depth = 24;
  void operator()(tw::Tensor<In, 2> a, tw::Tensor<In, 2> b, tw::Tensor<Sum, 2> c) const {
    using namespace tw;
    auto A = a.tiled(32, depth), B = b.tiled(depth, 32);
    for (auto [i, j] : blocks(c.tiled(32, 32))) {
      auto acc = zeros<Sum>(32, 32);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      c.tiled(32, 32)(i, j) = acc;
    }
  }
};

/// A product on tensor cores and one in full f32, in one kernel.
struct Mixed {
  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::f32, 2> b, tw::Tensor<tw::f32, 2> c,
                  tw::Tensor<tw::f32, 2> d) const {
    using namespace tw;
    for (Index i : blocks(1)) {
      Tile<bf16> x = a.tiled(64, 64)(i, 0);
      c.tiled(64, 64)(i, 0) = dot(x, x);
      Tile<f32> y = b.tiled(32, 32)(i, 0);
      d.tiled(32, 32)(i, 0) = dot(y, y);
    }
  }
};

} // namespace

TEST_CASE("products of different shapes in one kernel") {
  for (int middle : {16, 32, 48, 64, 128}) {
    CAPTURE(middle);
    agree(tw::trace(Chain{middle}, {.name = "chain"}),
          {integers(ElementType::f16, {128, 64}, 1, 1), integers(ElementType::f16, {64, middle}, 1, 2),
           integers(ElementType::f16, {middle, 128}, 2, 3), tensor(ElementType::f32, {128, 128})},
          0, 0, withStages(0));
  }
}

TEST_CASE("a pipelined loop in a pipelined loop") {
  for (int stages = 1; stages <= 4; ++stages) {
    CAPTURE(stages);
    agree(tw::trace(Nested{}, {.name = "nested"}),
          {integers(ElementType::bf16, {96, 32}, 2, 1), integers(ElementType::bf16, {160, 32}, 2, 2),
           tensor(ElementType::f32, {32, 32})},
          0, 0, withStages(stages));
  }
}

TEST_CASE("copies do not run ahead of the stores that make their data") {
  for (int stages = 1; stages <= 4; ++stages) {
    CAPTURE(stages);
    agree(tw::trace(Recurrence{}, {.name = "recurrence"}),
          {integers(ElementType::bf16, {128, 32}, 1, 1), integers(ElementType::bf16, {32, 32}, 1, 2)}, 0, 0.02,
          withStages(stages));
  }
}

TEST_CASE("one thread writes what many have read") {
  agree(tw::trace(Replicated{}, {.name = "replicated"}),
        {integers(ElementType::f32, {128, 1}, 9, 1), integers(ElementType::f32, {128, 64}, 9, 2),
         tensor(ElementType::f32, {128, 64})},
        0, 0, withStages(0));
}

TEST_CASE("a product keeps its place before the next fill of its buffer") {
  agree(tw::trace(Overwritten{}, {.name = "overwritten"}),
        {integers(ElementType::bf16, {64, 64}, 3, 1), integers(ElementType::bf16, {32, 32}, 3, 2),
         tensor(ElementType::f32, {64, 32})},
        0, 0, withStages(0));
}

TEST_CASE("buffers declared in a loop and filled again in a branch") {
  for (int flag : {0, 1})
    for (int stages : {1, 3}) {
      CAPTURE(flag, stages);
      agree(tw::trace(Refilled{}, {.name = "refilled"}),
            {integers(ElementType::bf16, {64, 96}, 3, 1), integers(ElementType::bf16, {96, 32}, 3, 2),
             tensor(ElementType::f32, {64, 32}), tw::rt::Scalar::of_integer(ElementType::i32, flag)},
            0, 0, withStages(stages));
    }
}

TEST_CASE("depths that are no whole tensor-core instruction") {
  for (int depth : {1, 3, 8, 24, 40})
    agree(tw::trace(Shallow<tw::bf16, tw::f32>{depth}, {.name = "shallow"}),
          {integers(ElementType::bf16, {40, 50}, 3, 1), integers(ElementType::bf16, {50, 40}, 3, 2),
           tensor(ElementType::f32, {40, 40})},
          0, 0, withStages(0));
  for (int depth : {16, 48})
    agree(tw::trace(Shallow<tw::i8, tw::i32>{depth}, {.name = "shallow"}),
          {integers(ElementType::i8, {40, 50}, 3, 1), integers(ElementType::i8, {50, 40}, 3, 2),
           tensor(ElementType::i32, {40, 40})},
          0, 0, withStages(0));
}

TEST_CASE("products of different types in one kernel keep their precision") {
  auto b = tensor(ElementType::f32, {32, 32});
  for (int i = 0; i < 1024; ++i) b.set(i, 1.0 + i % 7 / 65536.0);
  agree(tw::trace(Mixed{}, {.name = "mixed"}),
        {integers(ElementType::bf16, {64, 64}, 3, 1), b, tensor(ElementType::f32, {64, 64}),
         tensor(ElementType::f32, {32, 32})},
        0, 1e-6, withStages(0));
}
