// Traces a kernel and asks the runtime a question: headers and library of an installed Tilewright work.
#include <cstdio>
#include <string>

#include <tilewright/runtime/element.hpp>
#include <tilewright/tilewright.hpp>

struct VectorAdd {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int block = 1024;

  void operator()(tw::Tensor<tw::f32, 1> a, tw::Tensor<tw::f32, 1> b, tw::Tensor<tw::f32, 1> c) const {
    auto A = a.tiled(block), B = b.tiled(block), C = c.tiled(block);
    for (tw::Index i : tw::blocks(C)) C(i) = A(i) + B(i);
  }
};

int main() {
  const std::string text = tw::trace(VectorAdd{});
  const bool found = text.find("tile.kernel @VectorAdd") != std::string::npos;
  std::printf("%s, f32 of %d bytes\n", found ? "tile.kernel @VectorAdd" : text.c_str(),
              static_cast<int>(tw::rt::size_of(tw::rt::ElementType::f32)));
}
