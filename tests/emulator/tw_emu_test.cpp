// The command line of tw-emu: exit codes, messages, output files.
#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Ran {
  int code;
  std::string text;
};

Ran tool(const std::string &arguments) {
  std::string command = std::string(TILEWRIGHT_TW_EMU) + " " + arguments + " 2>&1";
  FILE *pipe = popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  while (size_t n = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
  int status = pclose(pipe);
  return {WEXITSTATUS(status), text};
}

/// A PTX file with an entry `k(pointer, count)` that stores 7 into the first `count` elements.
std::string file(const std::string &extra = "") {
  std::string path =
      (std::filesystem::temp_directory_path() / ("tw_emu_test_" + std::to_string(getpid()) + ".ptx")).string();
  std::ofstream(path)
      << ".version 8.0\n.target sm_80\n.address_size 64\n.entry k(.param .u64 p, .param .u32 n)\n{\n.reg .b64 %rd<4>; "
         ".reg .b32 %r<4>; .reg .pred %p;\n"
         "ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [n]; mov.u32 %r2, %tid.x; setp.ge.u32 %p, %r2, %r1; @%p bra END;\n"
         "mad.wide.u32 %rd2, %r2, 4, %rd1; mov.u32 %r3, 7; st.global.u32 [%rd2], %r3;\nEND: "
      << extra << "ret;\n}\n";
  return path;
}

const std::string kShape = " --entry k --grid 1 --block 32 ";

} // namespace

TEST_CASE("a clean run writes its output and counts") {
  std::string out = file() + ".npy";
  Ran r = tool(file() + kShape + "--arg 'i32[8]:zeros' --arg 8 --stats --out 0=" + out);
  REQUIRE(r.code == 0);
  REQUIRE_THAT(r.text, Catch::Contains("st.global.u32"));
  std::ifstream written(out, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(written)), {});
  REQUIRE(bytes.size() >= 32);
  for (size_t i = 0; i < 8; ++i) REQUIRE(bytes[bytes.size() - 32 + i * 4] == 7);
  std::filesystem::remove(out);
}

TEST_CASE("a finding gives exit code 1, also as JSON and under several schedules") {
  Ran r = tool(file() + kShape + "--arg 'i32[8]:zeros' --arg 9");
  REQUIRE(r.code == 1);
  REQUIRE_THAT(r.text, Catch::Contains("bounds.write") && Catch::Contains("offset 32"));
  r = tool(file() + kShape + "--arg 'i32[8]:zeros' --arg 9 --json --schedules 3");
  REQUIRE(r.code == 1);
  REQUIRE_THAT(r.text, Catch::Contains("\"rule\": \"bounds.write\""));
}

TEST_CASE("mistakes on the command line give exit code 2") {
  auto says = [](const std::string &arguments, const std::string &message) {
    Ran r = tool(arguments);
    CAPTURE(arguments, r.text);
    REQUIRE(r.code == 2);
    REQUIRE_THAT(r.text, Catch::Contains(message));
  };
  says("", "no PTX file");
  says(file() + " --entry k", "--grid and --block are needed");
  says("/absent.ptx" + kShape, "cannot read");
  says(file() + " --entry z --grid 1 --block 1", "has no entry 'z'");
  says(file() + kShape, "2 parameters but 0");
  says(file() + kShape + "--arg 1 --arg 2 --arg 3", "more --arg");
  says(file() + kShape + "--arg 'i32[8]:zeros' --arg 'i32[8]:zeros'", "cannot hold a pointer");
  says(file() + kShape + "--bogus 1", "unknown option");
  says(file() + kShape + "--seed x", "takes a number");
  says(file() + kShape + "--check some", "all or none");
  says(file() + kShape + "--seed", "needs a value");
  says(file() + kShape + "--arg 'i32[8]:zeros' --arg 8 --out 5=x.npy", "no tensor");
  says(file() + " --entry k --grid 1 --block 2000 --arg 'i32[8]:zeros' --arg 8", "too large");
}

TEST_CASE("what the machine lacks gives exit code 4 and its name") {
  Ran r = tool(file("frob.b32 %r1;\n") + kShape + "--arg 'i32[8]:zeros' --arg 8");
  REQUIRE(r.code == 4);
  REQUIRE_THAT(r.text, Catch::Contains("opcode 'frob'") && Catch::Contains(":9: error"));
  REQUIRE(tool(file() + kShape + "--cluster 2").code == 2); // one CTA is no cluster of two
  REQUIRE(tool(file() + kShape + "--arg tmap:0:f32").code == 2);
}

namespace {

/// A PTX file with an entry `k(map, out)`: CTA r of a cluster copies the tile at (8 * r, 1) of a u32 tensor to `out`.
std::string tensorFile() {
  std::string path =
      (std::filesystem::temp_directory_path() / ("tw_emu_map_" + std::to_string(getpid()) + ".ptx")).string();
  std::ofstream(path)
      << ".version 8.4\n.target sm_90a\n.address_size 64\n.entry k(.param .align 64 .b8 m[128], .param .u64 p)\n{\n"
         ".reg .b64 %rd<6>; .reg .b32 %r<8>; .reg .pred %p, %q;\n.shared .align 128 .b8 tile[64]; .shared .align 8 "
         ".b64 "
         "bar;\nmov.b64 %rd1, m; cvta.param.u64 %rd1, %rd1; ld.param.u64 %rd2, [p]; mov.u32 %r1, %tid.x;\n"
         "mov.u32 %r2, %cluster_ctarank; shl.b32 %r3, %r2, 3; setp.eq.u32 %p, %r1, 0;\n"
         "@%p mbarrier.init.shared.b64 [bar], 1; bar.sync 0;\n"
         "@%p mbarrier.arrive.expect_tx.shared.b64 _, [bar], 64;\n"
         "@%p cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile], [%rd1, {%r3, "
         "1}], [bar];\nW: mbarrier.try_wait.parity.shared.b64 %q, [bar], 0; @!%q bra W;\n"
         "mul.wide.u32 %rd3, %r1, 4; mov.u64 %rd4, tile; add.u64 %rd4, %rd4, %rd3; mad.lo.u32 %r4, %r2, 16, %r1;\n"
         "mul.wide.u32 %rd3, %r4, 4; add.u64 %rd2, %rd2, %rd3; setp.lt.u32 %q, %r1, 16; @!%q ret;\n"
         "ld.shared.u32 %r5, [%rd4]; st.global.u32 [%rd2], %r5;\nret;\n}\n";
  return path;
}

} // namespace

TEST_CASE("tensor maps and clusters come from the command line") {
  std::string out = tensorFile() + ".npy", base = tensorFile() + " --entry k --grid 2 --cluster 2 --block 32 ";
  Ran r = tool(base +
               "--arg 'tmap:2:u32[16x4]{64}:box[8x2]:swizzle=none:fill=zero' --arg 'i32[32]:zeros' "
               "--buffer 'i32[4x16]:iota' --seed 2 --out 1=" +
               out);
  INFO(r.text);
  REQUIRE(r.code == 0);
  std::ifstream written(out, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(written)), {});
  for (size_t i = 0; i < 32; ++i) {
    size_t expected = 16 + i / 16 * 8 + i % 16 / 8 * 16 + i % 8;
    REQUIRE(static_cast<unsigned char>(bytes[bytes.size() - 128 + i * 4]) == expected);
  }
  std::filesystem::remove(out);

  auto wrong = [&](const std::string &map) {
    Ran failed = tool(base + "--arg '" + map + "' --arg 'i32[32]:zeros' --buffer 'i32[4x16]:iota'");
    CHECK(failed.code == 2);
    return failed.text;
  };
  CHECK_THAT(wrong("tmap:2:u32[16x4]:box[8]"), Catch::Contains("the box has 1 extents but the tensor 2"));
  CHECK_THAT(wrong("tmap:2:c64[16x4]:box[8x2]"), Catch::Contains("no element type 'c64'"));
  CHECK_THAT(wrong("tmap:2:u32[16x4]{64,8}:box[8x2]"), Catch::Contains("2 strides are given for 2 dimensions"));
  CHECK_THAT(wrong("tmap:2:u32[16x4]:box[8x2]:swizzle=96"), Catch::Contains("'swizzle=96' is not known"));
  CHECK_THAT(wrong("tmap:2:u32[16x4]:box[8x2]:swizzle=none:fill=nan"), Catch::Contains("NaN fills floating-point"));
  CHECK_THAT(wrong("tmap:7:u32[16x4]:box[8x2]"), Catch::Contains("argument 7 is no buffer"));
  CHECK_THAT(wrong("tmap:2:u32[16x4"), Catch::Contains("never closed"));
  CHECK_THAT(wrong("tmap:2:u32[16xa]:box[8x2]"), Catch::Contains("'a' is not a number"));
  CHECK_THAT(wrong("tmap:2:u32[16x4]"), Catch::Contains("the box is missing"));
  CHECK_THAT(wrong("tmap:2:u32[]:box[8x2]"), Catch::Contains("dims are missing"));
  CHECK_THAT(wrong("tmap:2:u32[2x2x2x2x2x2]:box[8x2]"), Catch::Contains("more than 5"));
  Ran r2 = tool(base + "--arg 'i32[32]:zeros' --arg 'tmap:0:u32[16x4]:box[8x2]'");
  CHECK_THAT(r2.text, Catch::Contains("cannot hold a pointer") || Catch::Contains("has 8 bytes, a tensor map 128"));
}
