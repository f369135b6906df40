// tw-run on device `cuda`: drivers that are missing, too old, without a GPU or with a faulting kernel, and real runs.
#include "fixture.hpp"

#include <array>
#include <cstdio>
#include <sys/wait.h>

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

const std::string fake = "LD_LIBRARY_PATH=" FAKE_DRIVER_FOLDER " ", old = "LD_LIBRARY_PATH=" OLD_DRIVER_FOLDER " ";

/// Runs `environment tw-run arguments`, expects the exit code and the text, and gives all that was printed.
std::string expect(const std::string &environment, const std::string &arguments, int code, const std::string &text) {
  const std::string command = environment + TW_RUN_PATH + " " + arguments + " 2>&1";
  FILE *pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string printed;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    printed.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  INFO(command << "\n" << printed);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == code);
  CHECK(printed.find(text) != std::string::npos);
  return printed;
}

struct Files {
  TemporaryFolder folder;
  std::string artifact = folder.file("scale.twa");
  explicit Files(const Artifact &contents = scale_ptx_artifact()) { write_artifact(artifact, contents).check(); }
};

const std::string arguments = " --arg f32[1000]:iota --arg 3f32 --arg f32[1000]:nan";

} // namespace

TEST_CASE("a run is checked and timed, and leaves nothing on the device") {
  Files files;
  HostTensor want = std::get<HostTensor>(make_argument("f32[1000]:iota").value());
  for (int i = 0; i < 1000; ++i) want.set(i, 3 * want.at(i));
  write_npy(files.folder.file("c.npy"), want).check();
  const std::string run = files.artifact + arguments;
  const std::string good = expect(fake, run + " --time --repeat 3 --expect 2=" + files.folder.file("c.npy"), 0,
                                  "argument 2: ok: all 1000 elements agree");
  CHECK(good.find("over 3 launches") != std::string::npos);
  CHECK(good.find("fake driver:") == std::string::npos);
  expect(fake, run + " --expect-digest 2=" + tensor_digest(want), 0, "digest agrees");
  want.set(5, 0);
  write_npy(files.folder.file("c.npy"), want).check();
  expect(fake, run + " --expect 2=" + files.folder.file("c.npy"), 1, "1 of 1000 elements differ, first at [5]");
  expect(fake, run + " --json", 0, "{\"device\":\"Fake GPU, sm_80, driver of CUDA 13.0\",\"ok\":true");
}

TEST_CASE("the driver and the GPU are described") {
  expect(fake, "--info", 0, "Fake GPU, sm_80, driver of CUDA 13.0\n");
  expect(old, "--info", 4, "the CUDA driver is too old: it has no cuInit");
  expect(fake, "--info x.twa", 2, "--info takes no artifact");
}

TEST_CASE("drivers that cannot be used end with 4 or 1 and say why") {
  Files files;
  const std::string run = files.artifact + arguments;
  expect(old, run, 4, "fix: install a driver of CUDA 11.8 or newer");
  expect(fake + "TILEWRIGHT_FAKE_DRIVER=fail=cuInit:100 ", run, 4, "the driver sees no GPU");
  expect(fake + "TILEWRIGHT_FAKE_DRIVER=fail=cuInit:803 ", run, 1,
         "starting the driver failed with CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
}

TEST_CASE("a kernel that faults is reported when the device is waited for") {
  Files files(scale_ptx_artifact("sm_70", ""));
  expect(fake, files.artifact + arguments, 1, "waiting for the device failed with CUDA_ERROR_LAUNCH_FAILED");
}
