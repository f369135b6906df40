// Joining PTX texts that were generated apart; and that a module of several kernels is the same as each alone.
#include "tilewright/Target/Nvptx/JoinPtx.h"
#include "target_test_support.hpp"

#include <catch2/catch.hpp>

using namespace tilewright;
using namespace tilewright::test;

namespace {

std::string kernelText(const std::string &name, int value) {
  return "llvm.func @" + name + "(%p: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32>} {\n" +
         "  %base = llvm.mlir.addressof @shared : !llvm.ptr<3>\n  %v = llvm.mlir.constant(" + std::to_string(value) +
         " : i32) : i32\n  llvm.store %v, %base : i32, !llvm.ptr<3>\n  llvm.store %v, %p : i32, !llvm.ptr<1>\n" +
         "  llvm.return\n}\n";
}

constexpr std::string_view sharedMemory =
    "llvm.mlir.global external @shared() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>\n";

std::string body(const std::string &ptx, const std::string &name) {
  size_t begin = ptx.find(".entry " + name + "(");
  REQUIRE(begin != std::string::npos);
  return ptx.substr(begin, ptx.find("\n}", begin) - begin);
}

size_t count(const std::string &text, const std::string &what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

} // namespace

TEST_CASE("kernels of one module come out as each does alone, with one header and one declaration") {
  std::string shared(sharedMemory);
  EmittedPtx both = mustEmit(shared + kernelText("one", 1) + kernelText("two", 2), "sm_80");
  EmittedPtx one = mustEmit(shared + kernelText("one", 1), "sm_80");
  EmittedPtx two = mustEmit(shared + kernelText("two", 2), "sm_80");
  CHECK(body(both.ptx, "one") == body(one.ptx, "one"));
  CHECK(body(both.ptx, "two") == body(two.ptx, "two"));
  CHECK(both.ptx.find(".entry one(") < both.ptx.find(".entry two("));
  CHECK(count(both.ptx, ".version") == 1);
  CHECK(count(both.ptx, ".extern .shared") == 1);
}

TEST_CASE("the newest version heads the joined text, and files are numbered through") {
  std::string old = "//\n.version 7.0\n.target sm_90a\n.address_size 64\n\n.extern .shared .align 16 .b8 s[];\n"
                    "\t.file\t1 \"a.cpp\"\n\t.loc\t1 7 0\nA\n";
  std::string recent = "//\n.version 8.0\n.target sm_90a\n.address_size 64\n\n.extern .shared .align 16 .b8 s[];\n"
                       "\t.loc\t2 9 1\nB\n\t.file\t1 \"b.cpp\"\n\t.file\t2 \"c.cpp\"\n";
  std::string joined = nvptx::joinPtx({old, recent});
  CHECK(joined ==
        "//\n.version 8.0\n.target sm_90a\n.address_size 64\n\n.extern .shared .align 16 .b8 s[];\n"
        "\t.file\t1 \"a.cpp\"\n\t.loc\t1 7 0\nA\n\n\t.loc\t3 9 1\nB\n\t.file\t2 \"b.cpp\"\n\t.file\t3 \"c.cpp\"\n");
  CHECK(nvptx::joinPtx({old}) == old);
}
