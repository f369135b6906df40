// The kernels of examples/kernels against recorded traces. TILEWRIGHT_UPDATE_GOLDEN=1 writes the files anew.
#include "support.hpp"

#include <matmul.hpp>
#include <matmul_bias_silu.hpp>
#include <matmul_staged.hpp>
#include <row_softmax.hpp>
#include <vector_add.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace dsl_test;

namespace {

template <class K> void check(const K &kernel, const std::string &name) {
  std::string text = without_locations(tw::trace(kernel)), path = std::string(TILEWRIGHT_GOLDEN_FOLDER "/") + name;
  if (std::getenv("TILEWRIGHT_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::ifstream file(path);
  REQUIRE(file.good());
  CHECK(text == std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace

TEST_CASE("traces of the example kernels are as recorded") {
  check(VectorAdd{}, "vector_add.mlir");
  check(RowSoftmax{}, "row_softmax.mlir");
  check(Matmul{}, "matmul.mlir");
  check(Matmul{.transpose_b = true}, "matmul_transpose_b.mlir");
  check(MatmulStaged{}, "matmul_staged.mlir");
  check(MatmulBiasSilu{}, "matmul_bias_silu.mlir");
}
