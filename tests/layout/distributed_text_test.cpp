// The textual form: round trips and every parse error.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

TEST_CASE("the text of a layout reads back as the same layout") {
  forEachSample([](const Distributed &layout) {
    std::string error;
    REQUIRE(Distributed::parse(layout.toString(), &error) == layout);
    REQUIRE(error == "");
  });
  REQUIRE(Distributed::parse(Distributed().toString()) == Distributed());
}

TEST_CASE("the text has the documented form") {
  REQUIRE(mmaAccumulator({32, 24}, 2, 1)->toString() ==
          "reg=[[0,1],[8,0]] lane=[[0,2],[0,4],[1,0],[2,0],[4,0]] warp=[[16,0]] repeat=[1,3]");
}

TEST_CASE("what cannot be read is explained") {
  auto errorOf = [](std::string_view text) {
    std::string error;
    REQUIRE_FALSE(Distributed::parse(text, &error).has_value());
    REQUIRE_FALSE(Distributed::parse(text).has_value());
    return error;
  };
  std::string rest = " lane=[[0],[0],[0],[0],[0]] warp=[] repeat=[4]";
  REQUIRE(Distributed::parse("reg=[]" + rest).has_value());
  REQUIRE(errorOf("") == "expected 'reg=' at column 1");
  REQUIRE(errorOf("reg=1") == "expected '[' at column 5");
  REQUIRE(errorOf("reg=[[1 2]]" + rest) == "expected ',' at column 9");
  REQUIRE(errorOf("reg=[[x]]" + rest) == "expected a number at column 7");
  REQUIRE(errorOf("reg=[[1,1,1,1,1,1,1,1,1]]" + rest) == "a tile has at most 8 dimensions at column 23");
  REQUIRE(errorOf("reg=[]" + rest + " more") == "expected the end of the text at column 54");
  REQUIRE(errorOf("reg=[[3]]" + rest) == "register basis 0 [3] is not a power of two");
}
