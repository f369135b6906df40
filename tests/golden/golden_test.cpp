// The table of snippets, and the way from a pack over a GPU that is emulated to the replay.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <sys/wait.h>

#include "pack.hpp"
#include "tilewright/runtime/compare.hpp"
#include "tilewright/runtime/npy.hpp"

namespace fs = std::filesystem;
using namespace golden;
using tw::rt::HostTensor;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "golden-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
};

int run(const std::string &command) {
  const int status = std::system((command + " >/dev/null 2>&1").c_str());
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

std::string read(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool holds(const Replay &replay, const std::string &text) {
  for (const std::string &fault : replay.faults)
    if (fault.find(text) != std::string::npos) return true;
  return false;
}

/// A pack and what its script recorded on the fake driver.
struct Recorded {
  Folder folder;
  fs::path records = folder.path / "pack" / "records";
  std::uintmax_t bytes = write_pack((folder.path / "pack").string(), TW_RUN_PATH, RECORD_SCRIPT, false);
  int code = record("sm=90");

  int record(const std::string &settings, const std::string &options = "") const {
    return run("LD_LIBRARY_PATH=" FAKE_DRIVER_FOLDER " TILEWRIGHT_FAKE_DRIVER='" + settings + "' '" +
               (folder.path / "pack" / "record.sh").string() + "' " + options);
  }
};

const std::string kGroup = "integer_arithmetic.bits.sm_80";

} // namespace

TEST_CASE("the table is as large as promised, and names are unique") {
  std::set<std::string> names;
  std::set<std::string> families;
  for (const Snippet &s : snippets()) {
    CAPTURE(s.name);
    REQUIRE(names.insert(s.name).second);
    REQUIRE(s.input_sets() >= 20);
    families.insert(s.family);
  }
  REQUIRE(snippets().size() >= 600);
  REQUIRE(families.size() == 23);
}

TEST_CASE("inputs are the same on every machine") {
  // Changes of the generator make records outdated, so they must be meant.
  CHECK(tw::rt::tensor_digest(make_inputs(Inputs::bits, 64)) ==
        "be1dc960cf40be21a718ecce902234845fbea80875fea9a7c94ed3552d389134");
  CHECK(tw::rt::tensor_digest(make_inputs(Inputs::f16, 64)) ==
        "97c4b0956a6265c0a45650c3cbe8cccd3c268ea82f545a33ddd6927d838398c2");
}

TEST_CASE("every snippet runs on the emulator without a finding") {
  int failed = 0;
  for (const Snippet &s : snippets()) {
    const auto got = emulate(s);
    if (got) continue;
    ++failed;
    UNSCOPED_INFO(s.name << ": " << got.fault().message);
  }
  CHECK(failed == 0);
}

TEST_CASE("what differs is told with the place and both values") {
  Snippet s = snippets().front();
  std::vector<std::byte> want(static_cast<std::size_t>(s.output_bytes())), got = want;
  CHECK(difference(s, got, want).empty());
  got[4 * 33] = std::byte{1};
  CHECK(difference(s, got, want) ==
        s.name + ": block 1, thread 1, output 0: the emulator gives 0x1 (1), the device gave 0x0 (0)");
  s.compare = Compare::f32;
  s.relative = 0.5;
  CHECK_FALSE(difference(s, got, want).empty());
  s.absolute = 1e-30;
  CHECK(difference(s, got, want).empty());
  // NaN is right where NaN is expected, whatever its payload; nothing else is.
  auto put = [](std::vector<std::byte> &bytes, std::uint32_t word) { std::memcpy(bytes.data(), &word, 4); };
  put(got, 0x7fffffff), put(want, 0x7fc00001);
  CHECK(difference(s, got, want).empty());
  put(got, 0x7f800000);
  CHECK_FALSE(difference(s, got, want).empty());
}

TEST_CASE("nothing recorded is no success") {
  const Replay result = replay("/nowhere");
  CHECK(result.none_recorded());
  CHECK(result.families.size() == 23);
  for (const Replay::Family &f : result.families) CHECK(f.recorded == 0);
}

TEST_CASE("what is recorded agrees, and no damage to a record goes unseen") {
  const Recorded recorded;
  CHECK(recorded.bytes <= 8'000'000);
  REQUIRE(recorded.code == 0);
  const Replay whole = replay(recorded.records.string());
  for (const std::string &fault : whole.faults) UNSCOPED_INFO(fault);
  REQUIRE(whole.faults.empty());
  CHECK(whole.devices == std::vector<std::string>{"Fake GPU, sm_90, driver of CUDA 13.0"});
  int count = 0;
  for (const Replay::Family &f : whole.families) count += f.recorded;
  CHECK(count == static_cast<int>(snippets().size()));

  // One group is enough for the rest.
  Folder one;
  const fs::path npy = one.path / (kGroup + ".npy"), json = one.path / (kGroup + ".json");
  auto restore = [&] {
    for (const fs::path &path : {npy, json})
      fs::copy_file(recorded.records / path.filename(), path, fs::copy_options::overwrite_existing);
  };
  auto rewrite = [](const fs::path &path, std::string text) { std::ofstream(path, std::ios::binary) << text; };
  restore();
  CHECK(replay(one.path.string()).faults.empty());

  std::string damaged = read(npy);
  damaged.back() ^= 1;
  damaged[200] ^= 1;
  rewrite(npy, damaged);
  CHECK(holds(replay(one.path.string()), "the record is damaged"));
  // The same with a digest that fits: only the comparison can tell.
  restore();
  const HostTensor before = tw::rt::read_npy(npy.string()).value();
  rewrite(npy, damaged);
  const HostTensor after = tw::rt::read_npy(npy.string()).value();
  std::string text = read(json);
  const std::string digest = tw::rt::tensor_digest(before);
  text.replace(text.find(digest), digest.size(), tw::rt::tensor_digest(after));
  rewrite(json, text);
  const Replay different = replay(one.path.string());
  CHECK(holds(different, "add_s16: block "));
  CHECK_FALSE(holds(different, "damaged"));
  CHECK_FALSE(different.none_recorded());

  restore();
  rewrite(npy, "no tensor");
  CHECK(holds(replay(one.path.string()), "the record cannot be read"));
  restore();
  fs::remove(json);
  CHECK(holds(replay(one.path.string()), "the record has no description"));
  restore();
  text = read(json);
  text.replace(text.find("\"key\":\"") + 7, 4, "0000");
  rewrite(json, text);
  CHECK(holds(replay(one.path.string()), "the record is of other snippets"));
  restore();
  text = read(json);
  text.replace(text.find("\"digest\":\"") + 10, 4, "0000");
  rewrite(json, text);
  CHECK(holds(replay(one.path.string()), "the record is of other inputs"));
}

TEST_CASE("the script says what it could not record") {
  Folder folder;
  const std::string pack = (folder.path / "pack").string();
  write_pack(pack, TW_RUN_PATH, RECORD_SCRIPT, false);
  auto record = [&](const std::string &settings, const std::string &options) {
    return run("LD_LIBRARY_PATH=" FAKE_DRIVER_FOLDER " TILEWRIGHT_FAKE_DRIVER='" + settings + "' '" + pack +
               "/record.sh' " + options);
  };
  CHECK(record("sm=80", "--group mbarrier") == 4); // not for this GPU
  CHECK(record("sm=80 fail=cuInit:100", "") == 4);
  CHECK(record("sm=90 fail=cuCtxSynchronize:716", "--group cp_async") == 1);
  CHECK_FALSE(fs::exists(pack + "/records/cp_async.bits.sm_80.npy"));
  CHECK(record("sm=90", "--nonsense") == 2);
  REQUIRE_THROWS_WITH(write_pack(pack, TW_RUN_PATH, RECORD_SCRIPT, false), Catch::Contains("is there and not empty"));
}

TEST_CASE("ptxas takes every snippet") {
  if (!*GOLDEN_PTXAS) {
    WARN("skipped: ptxas was not found");
    return;
  }
  Folder folder;
  CHECK(write_pack((folder.path / "pack").string(), TW_RUN_PATH, RECORD_SCRIPT, true) <= 8'000'000);
}

TEST_CASE("the documentation says what hardware has confirmed") {
  const std::string text = read(TESTING_DOCUMENT);
  for (const Replay::Family &f : replay(RECORDS_FOLDER).families) {
    const std::string state = f.recorded == 0                            ? "unconfirmed"
                              : f.recorded == f.snippets && f.wrong == 0 ? "confirmed"
                                                                         : "in part";
    const std::string row = "| " + f.name + " | " + std::to_string(f.snippets) + " | " + state + " |\n";
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}
