// A pack is made, and its script run on a driver whose GPU is the emulator: right, tampered with, and without a GPU.
#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/wait.h>

namespace fs = std::filesystem;

namespace {

struct Outcome {
  int code;
  std::string text;
};

Outcome shell(const std::string &command) {
  FILE *pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  Outcome outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    outcome.text.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  REQUIRE(WIFEXITED(status));
  outcome.code = WEXITSTATUS(status);
  return outcome;
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

int count(const std::string &text, const std::string &part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string read(const fs::path &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// One pack for all cases, removed at the end.
struct Pack {
  fs::path folder;
  Outcome made;

  Pack() {
    std::string pattern = (fs::temp_directory_path() / "tilewright-pack-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()));
    folder = pattern;
    made = shell(make());
  }
  ~Pack() { fs::remove_all(folder); }

  std::string make() const {
    return std::string(PACK_PATH) + " " + folder.string() + " --quick --tool " PACK_TOOL " --script " PACK_SCRIPT;
  }
  Outcome run(const std::string &settings, const std::string &options) const {
    return shell("TILEWRIGHT_FAKE_DRIVER='" + settings + "' LD_LIBRARY_PATH=" FAKE_DRIVER_FOLDER " " +
                 (folder / "run.sh").string() + " " + options);
  }
};

const Pack &pack() {
  static const Pack made;
  return made;
}

} // namespace

TEST_CASE("a pack holds what it needs and is small") {
  INFO(pack().made.text);
  REQUIRE(pack().made.code == 0);
  CHECK(fs::file_size(pack().folder / "tw-run") < 2'000'000);
  std::uintmax_t bytes = 0;
  for (const auto &entry : fs::recursive_directory_iterator(pack().folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  CHECK(bytes < 50'000'000);
  // The tool brings its C++ library with it.
  CHECK_FALSE(holds(read(pack().folder / "tw-run"), "libstdc++.so"));
  const Outcome again = shell(pack().make());
  CHECK(again.code == 1);
  CHECK(holds(again.text, "is there and not empty\n  fix: remove it"));
}

TEST_CASE("every kernel is right on the GPU it is for, and skipped on another") {
  const Outcome run = pack().run("sm=80", "--quick --no-time");
  INFO(run.text);
  CHECK(run.code == 0);
  CHECK(holds(run.text, "GPU: Fake GPU, sm_80"));
  CHECK(holds(run.text, " 0 FAIL, "));
  CHECK(holds(run.text, "the artifact is compiled for sm_90a but this GPU is sm_80"));
  const std::string json = read(pack().folder / "results.json");
  CHECK(count(json, "\"result\": ") == count(read(pack().folder / "cases"), "\n"));
  CHECK(count(json, "\"result\": \"ok\"") == count(run.text, " ok  "));
  CHECK(holds(json, "\"failed\": 0"));
}

TEST_CASE("kernels for later GPUs are right there") {
  const std::string json = (pack().folder / "later.json").string();
  const Outcome run = pack().run("sm=90", "--quick --no-time --kernel product-e4m3 --json " + json);
  INFO(run.text);
  CHECK(run.code == 0);
  CHECK(holds(run.text, " 0 FAIL, 0 skipped"));
  CHECK(holds(read(json), "\"target\": \"sm_90a\", \"result\": \"ok\""));
}

TEST_CASE("times are measured") {
  const Outcome run = pack().run("sm=80", "--quick --kernel vector_add");
  INFO(run.text);
  CHECK(run.code == 0);
  CHECK_FALSE(holds(read(pack().folder / "results.json"), "\"result\": \"ok\", \"median_us\": null"));
}

TEST_CASE("a wrong result is a failure") {
  const fs::path list = pack().folder / "cases";
  const std::string cases = read(list);
  std::string changed = cases;
  const std::size_t digest = changed.find("--expect-digest 2=") + 18;
  changed[digest] = changed[digest] == '0' ? '1' : '0';
  std::ofstream(list) << changed;
  const Outcome run = pack().run("sm=80", "--quick --no-time --kernel vector_add");
  std::ofstream(list) << cases;
  INFO(run.text);
  CHECK(run.code == 1);
  CHECK(holds(run.text, "FAIL"));
  CHECK(holds(run.text, "MISMATCH: digest is "));
  CHECK(holds(run.text, " 1 FAIL, "));
  CHECK(holds(read(pack().folder / "results.json"), "\"failed\": 1"));
}

TEST_CASE("a driver that fails is a failure, and nothing to run is said") {
  const Outcome broken = pack().run("sm=80 fail=cuLaunchKernel:719", "--quick --no-time --kernel vector_add");
  INFO(broken.text);
  CHECK(broken.code == 1);
  CHECK(holds(broken.text, "CUDA_ERROR_LAUNCH_FAILED"));
  const Outcome none = pack().run("sm=80", "--kernel product-e5m2");
  INFO(none.text);
  CHECK(none.code == 4);
  CHECK(holds(none.text, "nothing was run"));
}

TEST_CASE("without a GPU the script says so") {
  const Outcome run = pack().run("fail=cuInit:100", "");
  INFO(run.text);
  CHECK(run.code == 4);
  CHECK(holds(run.text, "the driver sees no GPU"));
  CHECK(holds(run.text, "no GPU to check on: nothing was run"));
  if (void *real = ::dlopen("libcuda.so.1", RTLD_NOW)) {
    ::dlclose(real);
    return;
  }
  const Outcome bare = shell((pack().folder / "run.sh").string());
  INFO(bare.text);
  CHECK(bare.code == 4);
  CHECK(holds(bare.text, "libcuda.so.1"));
}

TEST_CASE("a pack that is too large is refused") {
  const fs::path other = pack().folder / "other", large = pack().folder / "large";
  const auto make = [&](std::uintmax_t bytes, const std::string &tool, const std::string &script) {
    fs::remove_all(other);
    std::ofstream(large).put(' ');
    fs::resize_file(large, bytes);
    return shell(std::string(PACK_PATH) + " " + other.string() + " --quick --tool " + tool + " --script " + script);
  };
  const Outcome tool = make(2'000'000, large.string(), PACK_SCRIPT);
  CHECK(tool.code == 1);
  CHECK(holds(tool.text, "tw-run is larger than 2 MB"));
  const Outcome all = make(50'000'000, PACK_TOOL, large.string());
  CHECK(all.code == 1);
  CHECK(holds(all.text, "the pack is larger than 50 MB"));
  fs::remove_all(other);
  fs::remove(large);
}

TEST_CASE("options are checked") {
  CHECK(shell((pack().folder / "run.sh").string() + " --fast").code == 2);
  CHECK(holds(shell((pack().folder / "run.sh").string() + " --fast").text, "unknown option '--fast'"));
  CHECK(holds(shell((pack().folder / "run.sh").string() + " --json").text, "--json needs a value"));
  CHECK(shell((pack().folder / "run.sh").string() + " --help").code == 0);
  CHECK(shell(PACK_PATH).code == 2);
}
