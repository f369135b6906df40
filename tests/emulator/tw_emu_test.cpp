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
  REQUIRE(tool(file() + kShape + "--cluster 2").code == 4);
  REQUIRE(tool(file() + kShape + "--arg tmap:0:f32").code == 4);
}
