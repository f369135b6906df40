// The command line of tw-emu: exit codes, messages, output files.
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
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
  REQUIRE_THAT(r.text, Catch::Contains("\"rule\": \"bounds.write\"") && Catch::Contains("\"warp\": 0") &&
                           Catch::Contains("\"warpgroup\": 0"));
}

TEST_CASE("several host threads give the answer of one") {
  std::string shape = " --entry k --grid 4 --block 32 --arg 'i32[8]:zeros' --arg 8 --json";
  Ran one = tool(file() + shape), two = tool(file() + shape + " --threads 2");
  REQUIRE(one.code == 1);
  REQUIRE_THAT(one.text, Catch::Contains("race.race"));
  REQUIRE(two.code == one.code);
  REQUIRE(two.text == one.text);
  REQUIRE(tool(file() + shape + " --threads many").code == 2);
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
  says(file() + kShape + "--numerics fast", "--numerics takes exact or hopper, not 'fast'");
  says(file() + kShape + "--break here", "takes a number");
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
  CHECK_THAT(wrong("tmap:2:u32[4x4x4]:im2col[4]{0}{0}"), Catch::Contains("im2col needs channels and pixels"));
  CHECK_THAT(wrong("tmap:2:u32[4x4x4]:im2col[4x8]{0,0}{0}"), Catch::Contains("the lower corner has 2 numbers"));
  CHECK_THAT(wrong("tmap:2:u32[4x4x4]:im2col[4x8]{-1}"), Catch::Contains("upper corner are missing"));
  CHECK_THAT(wrong("tmap:2:u32[4x4x4]:im2col[4x8]{-1}{-5}"),
             Catch::Contains("the bounding box of dimension 1 is empty"));
  CHECK_THAT(wrong("tmap:2:u32[4x4]:im2col[4x8]{}{}"), Catch::Contains("im2col needs 3 to 5 dimensions"));
  CHECK_THAT(wrong("tmap:2:u32[16x4]:box[8x2]:interleave=16"), Catch::Contains("an interleaved tensor has 3 to 5"));
  // Legal, but not executed.
  Ran lacks = tool(base + "--arg 'tmap:2:u32[4x4x2]:box[4x2x1]:interleave=16' --arg 'i32[32]:zeros' --buffer "
                          "'i32[4x16]:iota'");
  CHECK(lacks.code == 4);
  CHECK_THAT(lacks.text, Catch::Contains("slices of 16 bytes"));
  Ran r2 = tool(base + "--arg 'i32[32]:zeros' --arg 'tmap:0:u32[16x4]:box[8x2]'");
  CHECK_THAT(r2.text, Catch::Contains("cannot hold a pointer") || Catch::Contains("has 8 bytes, a tensor map 128"));
}

TEST_CASE("a map in im2col mode comes from the command line") {
  std::string path = tensorFile(), text;
  {
    std::ifstream in(path);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  // Eight pixels of four channels, one to the right of the base, which goes from -1 to 2 along W.
  for (auto [from, to] :
       {std::pair<std::string, std::string>{"2d.shared::cluster.global.tile", "3d.shared::cluster.global.im2col"},
        {"[%rd1, {%r3, 1}], [bar];", "[%rd1, {0, 0, 0}], [bar], {%h};"},
        {"[bar], 64;", "[bar], 128;"},
        {"tile[64]", "tile[128]"},
        {"%r1, 16;", "%r1, 32;"},
        {".reg .pred %p, %q;", ".reg .pred %p, %q; .reg .b16 %h;"},
        {"setp.eq.u32 %p, %r1, 0;", "setp.eq.u32 %p, %r1, 0; mov.u16 %h, 1;"}}) {
    size_t at = text.find(from);
    INFO(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  std::ofstream(path) << text;
  std::string out = path + ".npy";
  Ran r = tool(path +
               " --entry k --grid 1 --block 32 --arg 'tmap:2:u32[4x4x2]:im2col[4x8]{-1}{-1}' --arg 'i32[32]:zeros' "
               "--buffer 'i32[2x4x4]:iota' --out 1=" +
               out);
  INFO(r.text);
  REQUIRE(r.code == 0);
  std::ifstream written(out, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(written)), {});
  // Bases 0, 1, 2 of image 0, then -1, 0, 1, 2 of image 1, then -1 of image 2, which does not exist.
  const int expected[] = {4, 8, 12, 16, 20, 24, 28, -1};
  for (size_t i = 0; i < 32; ++i) {
    int value = expected[i / 4] < 0 ? 0 : expected[i / 4] + static_cast<int>(i % 4);
    REQUIRE(static_cast<unsigned char>(bytes[bytes.size() - 128 + i * 4]) == value);
  }
  std::filesystem::remove(out);
}

TEST_CASE("a trace shows each warp's instructions with lanes, lines and text") {
  Ran r = tool(file() + " --entry k --grid 2 --block 64 --arg 'i32[8]:zeros' --arg 8 --trace --check none");
  REQUIRE(r.code == 0);
  CHECK_THAT(r.text, Catch::Contains("block (0,0,0) warp 0\n       all      7  ld.param.u64 %rd1, [p]\n"));
  CHECK_THAT(r.text, Catch::Contains("block (1,0,0) warp 1\n"));
  CHECK_THAT(r.text, Catch::Contains("  ffffff00      7  @%p bra END\n"));
  CHECK_THAT(r.text, Catch::Contains("  000000ff      8  st.global.u32 [%rd2], %r3\n"));
  // Beside JSON it goes to the other stream.
  std::string out = file() + ".json";
  std::string command = std::string(TILEWRIGHT_TW_EMU) + " " + file() + kShape +
                        "--arg 'i32[8]:zeros' --arg 8 --trace --json > " + out + " 2> /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(std::ifstream(out).get() == '{');
  std::filesystem::remove(out);
}

TEST_CASE("a breakpoint prints registers and tiles") {
  std::string path =
      (std::filesystem::temp_directory_path() / ("tw_emu_break_" + std::to_string(getpid()) + ".ptx")).string();
  std::ofstream(path) << ".version 8.4\n.target sm_90a\n.address_size 64\n.entry k(.param .f32 x)\n{\n"
                         ".reg .b64 %rd<4>; .reg .b32 %r<4>; .reg .f32 %f<3>; .reg .pred %p; .reg .b128 %q;\n"
                         ".shared .align 16 .b8 tile[160];\nld.param.f32 %f1, [x]; mov.u32 %r1, %tid.x; mov.u32 %r2, "
                         "7;\nsetp.lt.u32 %p, %r1, 4; mov.u64 %rd1, 5; mov.b128 %q, {%rd1, %rd1};\n"
                         "shl.b32 %r3, %r1, 2; mov.u32 %r2, tile; add.u32 %r3, %r3, %r2; st.shared.u32 [%r3], %r1;\n"
                         "mov.u32 %r2, 9;\nret;\n}\n";
  Ran r = tool(path + " --entry k --grid 1 --block 32 --arg 0.5f32 --break 11 --break 12 --break 1");
  INFO(r.text);
  REQUIRE(r.code == 0);
  CHECK_THAT(r.text, Catch::Contains("     all     11  mov.u32 %r2, 9\n    registers before it:\n"));
  CHECK_THAT(r.text, Catch::Contains("%f1      .f32  0.5 in all lanes\n"));
  CHECK_THAT(r.text, Catch::Contains("%r1      .b32 \n      lane  0:          0          1          2"));
  CHECK_THAT(r.text,
             Catch::Contains("%p       .pred\n      lane  0:          1          1          1          1          0"));
  CHECK_THAT(r.text, Catch::Contains("%q.hi    .b64  0x5 in all lanes\n"));
  CHECK_THAT(r.text, !Catch::Contains("%f2"));
  CHECK_THAT(r.text,
             Catch::Contains("    tile tile (160 bytes, 32 to a row):\n         0: 00000000 00000001 00000002"));
  CHECK_THAT(r.text, Catch::Contains("       128: ........ ........"));
  CHECK_THAT(r.text, Catch::Contains("%r2      .b32  9 in all lanes\n")); // at line 12
  CHECK_THAT(r.text, Catch::Contains("no instruction was executed at line 1\n"));
  r = tool(path + " --entry k --grid 30 --block 32 --arg 0.5f32 --break 11");
  CHECK_THAT(r.text, Catch::Contains("the state is shown 20 times at most"));
  CHECK_THAT(r.text, !Catch::Contains("block (20,0,0)"));
  std::filesystem::remove(path);
}

TEST_CASE("counts come by kind, as text and as JSON") {
  Ran r = tool(file() + kShape + "--arg 'i32[8]:zeros' --arg 8 --stats");
  CHECK_THAT(r.text, Catch::Contains("9 warp-instructions, by kind:\n"));
  CHECK_THAT(r.text, Catch::Contains("             3   33.3 %  moves and predicates\n"));
  CHECK_THAT(r.text, Catch::Contains("             2   22.2 %  parameters\n"));
  CHECK_THAT(r.text, Catch::Contains("global bytes: 0 read, 32 written\nbank conflicts: 0 of 0 shared loads"));
  r = tool(file() + kShape + "--arg 'i32[8]:zeros' --arg 8 --json");
  CHECK_THAT(r.text, Catch::Contains("\"global memory\": 1"));
}

TEST_CASE("products are added exactly or as on Hopper") {
  std::string path =
      (std::filesystem::temp_directory_path() / ("tw_emu_mma_" + std::to_string(getpid()) + ".ptx")).string();
  // Sixteen products of 2^-26 onto 1: exactly two last bits, of which the other way keeps nothing.
  std::ofstream(path) << ".version 8.4\n.target sm_90a\n.address_size 64\n.entry k(.param .u64 p)\n{\n.reg .b64 %rd;"
                         ".reg .b32 %a, %b; .reg .f32 %f<4>;\nld.param.u64 %rd, [p]; mov.b32 %a, 0x0c000c00; mov.b32 "
                         "%b, 0x04000400;\nmov.f32 %f0, 0f3f800000; mov.f32 %f1, %f0; mov.f32 %f2, %f0; mov.f32 %f3, "
                         "%f0;\nmma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0,%f1,%f2,%f3}, {%a,%a,%a,%a}, "
                         "{%b,%b}, {%f0,%f1,%f2,%f3};\nmov.b32 %a, %f0;\nret;\n}\n";
  std::string base = path + " --entry k --grid 1 --block 32 --arg 'f32[4]:zeros' --break 11 ";
  CHECK_THAT(tool(base).text, Catch::Contains("%a       .b32  0x3f800002 in all lanes"));
  CHECK_THAT(tool(base + "--numerics exact").text, Catch::Contains("0x3f800002 in all lanes"));
  CHECK_THAT(tool(base + "--numerics=hopper").text, Catch::Contains("%a       .b32  0x3f800000 in all lanes"));
  std::filesystem::remove(path);
}
