// Artifact files: round trip, reproducibility, and every kind of damage.
#include "check.hpp"

#include <cstring>
#include <fstream>
#include <iterator>

#include "../../runtime/lib/sha256.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

std::string hash(const std::string &text) { return sha256_hex(std::as_bytes(std::span(text))); }

// Repairs the file digest after a change, so that the checks behind it are reached.
void reseal(std::vector<std::byte> &image) {
  Sha256 digest;
  digest.update(std::span(image).first(56));
  digest.update(std::span(image).subspan(88));
  const Sha256Digest sum = digest.finish();
  std::memcpy(image.data() + 56, sum.data(), 32);
}

} // namespace

TEST_CASE("sha256 agrees with the vectors of FIPS 180-4") {
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256 does not depend on how the bytes are cut") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += static_cast<char>(i);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 digest;
    digest.update(std::as_bytes(std::span(text).first(cut)));
    digest.update(std::as_bytes(std::span(text).subspan(cut)));
    REQUIRE(to_hex(digest.finish()) == hash(text));
  }
}

TEST_CASE("an artifact comes back as it was, and the same artifact gives the same bytes") {
  const Artifact artifact = small_artifact();
  const std::vector<std::byte> image = serialise(artifact);
  CHECK(image == serialise(artifact));
  const Artifact back = deserialise(image, "test").value();
  CHECK(back == artifact);
  CHECK(serialise(back) == image);

  Artifact empty;
  empty.key = "0";
  empty.rule.variants = {{"only", {}, 0, {}}};
  CHECK(deserialise(serialise(empty), "test").value() == empty);
}

TEST_CASE("the line map is outside the content digest, everything else is inside") {
  const Artifact artifact = small_artifact();
  Artifact moved = artifact;
  moved.line_map.lines[0].file = "elsewhere/scale.cpp";
  CHECK(content_digest(moved) == content_digest(artifact));
  CHECK(serialise(moved) != serialise(artifact));

  const auto differs = [&](auto change) {
    Artifact changed = artifact;
    change(changed);
    return content_digest(changed) != content_digest(artifact);
  };
  CHECK(differs([](Artifact &a) { a.key += "1"; }));
  CHECK(differs([](Artifact &a) { a.kernel += "1"; }));
  CHECK(differs([](Artifact &a) { a.target = "sm_90a"; }));
  CHECK(differs([](Artifact &a) { a.tile_text += " "; }));
  CHECK(differs([](Artifact &a) { a.ptx += " "; }));
  CHECK(differs([](Artifact &a) { a.cubin[0] = std::byte{2}; }));
  CHECK(differs([](Artifact &a) { a.rule.arguments[0].name = "b"; }));
  CHECK(differs([](Artifact &a) { a.report = "{ }"; }));
  CHECK(differs([](Artifact &a) { a.schedule = "{}"; }));
}

TEST_CASE("any changed byte is an error") {
  std::vector<std::byte> image = serialise(small_artifact());
  for (std::size_t i = 0; i < image.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      image[i] ^= static_cast<std::byte>(flip);
      REQUIRE_FALSE(deserialise(image, "test").ok());
      image[i] ^= static_cast<std::byte>(flip);
    }
  REQUIRE(deserialise(image, "test").ok());
}

TEST_CASE("a file cut off or extended anywhere is an error") {
  std::vector<std::byte> image = serialise(small_artifact());
  for (std::size_t length = 0; length < image.size(); ++length)
    REQUIRE_FALSE(deserialise(std::span(image).first(length), "test").ok());
  image.push_back(std::byte{0});
  CHECK(fault_of(deserialise(image, "test")).code == "artifact.truncated");
}

TEST_CASE("damage behind a correct digest is an error and never a crash") {
  const std::vector<std::byte> image = serialise(small_artifact());
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (i >= 56 && i < 88) continue;
    for (const int flip : {0x01, 0x40, 0xFF}) {
      std::vector<std::byte> changed = image;
      changed[i] ^= static_cast<std::byte>(flip);
      reseal(changed);
      const Result<Artifact> result = deserialise(changed, "test");
      // Only the line map is outside the content digest: there a change may give another valid map.
      if (result) REQUIRE(content_digest(*result) == content_digest(small_artifact()));
    }
  }
}

TEST_CASE("each kind of damage has its own message") {
  const std::vector<std::byte> image = serialise(small_artifact());
  const auto changed = [&](std::size_t at, int value, bool sealed = true) {
    std::vector<std::byte> copy = image;
    copy[at] = static_cast<std::byte>(value);
    if (sealed) reseal(copy);
    return fault_of(deserialise(copy, "k.twa"));
  };
  const Fault magic = changed(0, 0);
  CHECK(magic.code == "artifact.magic");
  check_says(magic, "k.twa: error: this is no Tilewright artifact");
  check_says(magic, "fix: ");
  CHECK(fault_of(deserialise({}, "k.twa")).code == "artifact.magic");

  const Fault version = changed(8, 9);
  CHECK(version.code == "artifact.version");
  CHECK(version.exit_code() == 4);
  check_says(version, "format version 9");

  const Fault header = fault_of(deserialise(std::span(image).first(40), "k.twa"));
  CHECK(header.code == "artifact.truncated");
  check_says(header, "within its header");

  const Fault digest = changed(image.size() - 3, 0, false);
  CHECK(digest.code == "artifact.digest");
  check_says(digest, "the artifact is damaged");

  const Fault count = changed(15, 0x7F);
  CHECK(count.code == "artifact.layout");
  check_says(count, "section table does not fit");

  const Fault offset = changed(88 + 24 + 6, 0x7F);
  CHECK(offset.code == "artifact.layout");
  check_says(offset, "section 'key' lies outside the file");

  const Fault content = changed(24, 0);
  CHECK(content.code == "artifact.digest");
  check_says(content, "content digest");
}

TEST_CASE("an artifact without a key, or with a broken rule, is an error") {
  Artifact artifact = small_artifact();
  artifact.key = "";
  const Fault no_key = fault_of(deserialise(serialise(artifact), "k.twa"));
  CHECK(no_key.code == "artifact.section");
  check_says(no_key, "no key");
  artifact = small_artifact();
  artifact.rule.variants.clear();
  const Fault rule = fault_of(deserialise(serialise(artifact), "k.twa"));
  CHECK(rule.code == "rule.json");
  check_says(rule, "k.twa: launch rule: error: there is no variant");
}

TEST_CASE("files are written whole, and replaced whole") {
  TemporaryFolder folder;
  const std::string path = folder.file("k.twa");
  write_artifact(path, small_artifact()).check();
  Artifact second = small_artifact();
  second.ptx += "// longer";
  write_artifact(path, second).check();
  CHECK(read_artifact(path).value() == second);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("files that cannot be read or written are errors that name the path") {
  TemporaryFolder folder;
  const Fault missing = fault_of(read_artifact(folder.file("none.twa")));
  CHECK(missing.code == "file.read");
  check_says(missing, "none.twa: error: the file cannot be read");
  check_says(fault_of(read_artifact(folder.path.string())), "it is no regular file");
  const Fault unwritable = fault_of(write_artifact(folder.file("no/such/folder.twa"), small_artifact()));
  CHECK(unwritable.code == "file.write");
  check_says(unwritable, "the file cannot be written");
  CHECK_THROWS_AS(read_artifact(folder.file("none.twa")).value(), Error);
}

TEST_CASE("the line map finds the entry that covers a line") {
  const LineMap map = small_artifact().line_map;
  CHECK(map.find(2) == nullptr);
  CHECK(map.find(3)->line == 7);
  CHECK(map.find(8)->line == 7);
  CHECK(map.find(100)->line == 8);
  CHECK(line_map_from_json(to_json(map)).value() == map);
  check_says(fault_of(line_map_from_json(
                 R"({"lines":[{"ptx":5,"file":"a","line":1},{"ptx":4,"file":"a","line":1}],"shared":[]})")),
             "the lines are not in order");
}
