// Kernels that go wrong while they are traced, each in its own way.
#include <tilewright/tilewright.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

struct Crash {
  void operator()(tw::Tensor<tw::f32, 1>) const { std::abort(); }
};
struct Throw {
  void operator()(tw::Tensor<tw::f32, 1>) const { throw std::runtime_error("no such table"); }
};
struct Mismatch {
  void operator()(tw::Tensor<tw::f32, 1> a) const {
    std::puts("a line of the kernel's own");
    auto A = a.tiled(64), B = a.tiled(32);
    for (tw::Index i : tw::blocks(A)) A(i) = B(i);
  }
};

tw::Kernel<Crash> crash{"crash"};
tw::Kernel<Throw> thrower{"thrower"};
tw::Kernel<Mismatch> mismatch{"mismatch"};
tw::Kernel<Mismatch> named{"not a name"};
