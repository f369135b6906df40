// Reading the assembler's report.
#include "tilewright/Target/Nvptx/Assemble.h"

#include <catch2/catch.hpp>

using namespace tilewright;

TEST_CASE("resources of each entry are read") {
  ResourceReport report = parseResourceReport(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'gemm' for 'sm_80'\n"
      "ptxas info    : Function properties for gemm\n"
      "    48 bytes stack frame, 36 bytes spill stores, 40 bytes spill loads\n"
      "ptxas info    : Used 128 registers, used 2 barriers, 48 bytes cumulative stack size, 1024 bytes smem, "
      "376 bytes cmem[0], 8 bytes cmem[2]\n"
      "ptxas info    : Compile time = 12.3 ms\n"
      "ptxas info    : Compiling entry function 'small' for 'sm_80'\n"
      "ptxas info    : Function properties for small\n"
      "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 8 registers, used 0 barriers\n");
  REQUIRE(report.entries.size() == 2);
  const EntryResources *gemm = report.find("gemm");
  REQUIRE(gemm);
  CHECK(gemm->registers == 128);
  CHECK(gemm->barriers == 2);
  CHECK(gemm->stackBytes == 48);
  CHECK(gemm->spillStoreBytes == 36);
  CHECK(gemm->spillLoadBytes == 40);
  CHECK(gemm->sharedBytes == 1024);
  CHECK(gemm->constantBytes == 384);
  CHECK(report.find("small")->registers == 8);
  CHECK(report.find("other") == nullptr);
  CHECK(report.hasSpills());
  CHECK(report.notes.empty());
  CHECK_FALSE(report.hasPerformanceLoss());
}

TEST_CASE("warnings and performance notes are kept without the file name") {
  ResourceReport report = parseResourceReport(
      "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized due to x\n"
      "ptxas warning : Registers are spilled to local memory in function 'k', 36 bytes spill stores\n"
      "ptxas /var/tmp/a/kernel.ptx, line 12; warning : something odd\n");
  REQUIRE(report.notes.size() == 3);
  CHECK(report.hasPerformanceLoss());
  CHECK(report.notes[2] == "ptxas line 12; warning : something odd");
}

TEST_CASE("a code C75xx alone counts as a performance loss") {
  CHECK(parseResourceReport("ptxas info    : (C7508) setmaxnreg ignored\n").hasPerformanceLoss());
  CHECK_FALSE(parseResourceReport("ptxas warning : (C7) odd\n").hasPerformanceLoss());
}
