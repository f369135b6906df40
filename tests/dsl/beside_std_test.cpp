// The language in a file that includes the whole standard library and uses its names.
#include <bits/stdc++.h>

#include "attention.hpp"
#include "matmul.hpp"
#include "matmul_bias_silu.hpp"
#include "matmul_staged.hpp"
#include "row_softmax.hpp"
#include "vector_add.hpp"

#include <catch2/catch.hpp>

using namespace std;

TEST_CASE("no name of the language is taken for one of the standard library") {
  for (const string &text : {tw::trace(VectorAdd{}), tw::trace(RowSoftmax{}), tw::trace(Matmul{}),
                             tw::trace(MatmulStaged{}), tw::trace(MatmulBiasSilu{}), tw::trace(Attention{})})
    CHECK(text.find("tile.kernel") != string::npos);
}
