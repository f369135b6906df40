// The command line of tw-run: exit codes and messages, and a real run where there is a GPU.
#include "check.hpp"

#include <array>
#include <cstdio>
#include <sys/wait.h>

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

struct Ran {
  int code;
  std::string text; ///< both streams
};

Ran tw_run(const std::string &arguments) {
  FILE *pipe = ::popen((std::string(TW_RUN_PATH) + " " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  Ran ran{0, {}};
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ran.text.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  REQUIRE(WIFEXITED(status));
  ran.code = WEXITSTATUS(status);
  return ran;
}

void expect(const std::string &arguments, int code, const std::string &text) {
  const Ran ran = tw_run(arguments);
  INFO(arguments << "\n" << ran.text);
  CHECK(ran.code == code);
  CHECK(ran.text.find(text) != std::string::npos);
}

} // namespace

TEST_CASE("usage errors end with 2 and say what to do") {
  expect("--help", 0, "usage: tw-run ARTIFACT...");
  expect("", 2, "tw-run: error: no artifact is given");
  expect("k.twa --fast", 2, "unknown option '--fast'");
  expect("k.twa --arg", 2, "--arg needs a value");
  expect("k.twa --repeat 0", 2, "--repeat takes a whole number from 1, not '0'");
  expect("k.twa --variant=x", 2, "--variant takes a whole number from 0, not 'x'");
  expect("k.twa --tolerance=-1", 2, "--tolerance takes ABS[,REL], not '-1'");
  expect("k.twa --expect c.npy", 2, "--expect takes INDEX=VALUE, not 'c.npy'");
  expect("k.twa --expect-digest 0=12", 2, "64 lower-case hex digits, not '12'");
  expect("a.twa b.twa --out 0=c.npy", 2, "would write one file several times");
  expect("k.twa --arg f32[4]:random", 2, "unknown fill 'random'");
}

TEST_CASE("files and devices") {
  TemporaryFolder folder;
  const std::string path = folder.file("k.twa");
  expect(path, 1, "the file cannot be read");
  write_artifact(path, small_artifact()).check();
  expect(path + " --device tpu", 2, "unknown device 'tpu'");
  expect(path + " --device cuda:x", 2, "unknown device 'cuda:x'");
  expect(path + " --device emulator", 4, "run the PTX with tw-emu");
  expect(path + " --device cpu", 4, "twc run --device cpu");
  expect(path + " --device cuda:999", 4, "device cuda: error: ");
  std::filesystem::resize_file(path, 300);
  expect(path, 1, "artifact has 300 bytes");
}
