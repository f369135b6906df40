// Every form that twc emits, where it goes, and that the same input gives the same bytes.
#include "twc.hpp"

#include "tilewright/runtime/artifact.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace tilewright::twc::test;
namespace rt = tw::rt;

namespace {

bool hasAssembler() { return twc(matmul + " --emit=cubin", ">/dev/null 2>&1").code == 0; }

const std::string withoutAssembler = "TILEWRIGHT_PTXAS=/nonexistent";

} // namespace

TEST_CASE("each text form is what it says") {
  expect(matmul + " --emit=tile", 0, "tile.kernel @Matmul");
  expect(matmul + " --emit=sched", 0, "sched.");
  expect(matmul + " --emit=llvm", 0, "define");
  expect(matmul + " --emit=ptx", 0, ".entry Matmul");
  expect(matmul + " --emit=ptx --target=sm_90a", 0, ".target sm_90a");
  expect(matmul + " --emit=schedule", 0, "\"mma_atom\"");
  expect(matmul + " --emit=report", 0, "kernel Matmul for sm_80");
}

TEST_CASE("the report as JSON has resources, schedule and times") {
  const Ran ran = twc(matmul + " --emit=report --json", "2>/dev/null");
  REQUIRE(ran.code == 0);
  const auto report = nlohmann::json::parse(ran.text);
  CHECK(report["kernel"] == "Matmul");
  CHECK(report["schedule"]["members"]["bm"] == 64);
  CHECK(report["time_ms"]["llvm"].get<double>() > 0);
  CHECK(report["variants"].size() >= 1);
  if (report["assembler"] == "") {
    REQUIRE(report["entries"].size() >= 1);
    CHECK(report["entries"][0]["registers"].get<int>() > 0);
    CHECK(report["entries"][0]["spill_store_bytes"] == 0);
  }
}

TEST_CASE("an artifact is written, inspected, and gives its parts") {
  Folder folder;
  const std::string path = folder.file("matmul.twa");
  REQUIRE(twc(matmul + " --emit=artifact -o " + path).code == 0);
  CHECK(folder.count() == 1);
  const rt::Artifact artifact = rt::read_artifact(path).value();
  CHECK(artifact.kernel == "Matmul");
  CHECK(artifact.target == "sm_80");

  expect("inspect " + path, 0, "key: " + artifact.key);
  expect("inspect " + path, 0, "argument 0: a: bf16[?, ?] strides {?, ");
  expect("inspect " + path, 0, "ceildiv(c.size(");
  expect("inspect " + path, 0, "section ptx: " + std::to_string(artifact.ptx.size()) + " bytes");
  const Ran json = twc("inspect --json " + path);
  REQUIRE(json.code == 0);
  CHECK(nlohmann::json::parse(json.text)["section_bytes"]["ptx"] == artifact.ptx.size());

  CHECK(twc(path + " --emit=ptx").text == artifact.ptx);
  CHECK(twc(path + " --emit=tile").text == artifact.tile_text);
  CHECK(twc(path + " --emit=sched").text == twc(matmul + " --emit=sched").text);
  expect(path + " --emit=ptx --target sm_90a", 0, ".target sm_90a");
  expect(path + " --emit=ptx --kernel other", 1, "no kernel is called 'other'");
  expect("inspect " + matmul, 1, "matmul.mlir");
}

TEST_CASE("clusters stand in the schedule and in the launch rule") {
  Folder folder;
  const std::string path = folder.file("matmul.twa");
  const std::string clustered =
      matmul + " --target sm_90a --schedule " + folder.write("s.json", R"({"cluster": 2, "multicast": "a"})");
  const Ran schedule = twc(clustered + " --emit=schedule");
  REQUIRE(schedule.code == 0);
  const auto fields = nlohmann::json::parse(schedule.text);
  CHECK(fields["cluster"] == 2);
  CHECK(fields["multicast"] == "a");
  const std::string printed = folder.write("p.json", schedule.text);
  CHECK(twc(matmul + " --target sm_90a --emit=schedule --schedule " + printed).text == schedule.text);
  expect(clustered + " --emit=ptx", 0, ".reqnctapercluster 2");
  REQUIRE(twc(clustered + " --emit=artifact -o " + path).code == 0);
  expect("inspect " + path, 0, ", cluster (2, 1, 1), ");
}

TEST_CASE("same input, same bytes: across runs, working folders and places of the file") {
  Folder folder;
  std::filesystem::create_directories(folder.path / "deep/er");
  std::filesystem::copy(matmul, folder.path / "deep/er/other.mlir");
  const std::string first = twc(matmul + " --emit=ptx").text;
  CHECK(first.size() > 1000);
  CHECK(twc(matmul + " --emit=ptx").text == first);
  CHECK(twc("deep/er/other.mlir --emit=ptx", "", "cd " + folder.path.string() + " &&").text == first);
  CHECK(twc("../deep/er/other.mlir --emit=ptx", "", "cd " + folder.file("deep") + " &&").text == first);
  const std::string a = folder.file("a.twa"), b = folder.file("b.twa");
  REQUIRE(twc(matmul + " --emit=artifact -o " + a).code == 0);
  REQUIRE(twc("other.mlir --emit=artifact -o " + b, "2>&1", "cd " + folder.file("deep/er") + " &&").code == 0);
  // Only the line map knows where the file lies.
  rt::Artifact here = rt::read_artifact(a).value(), there = rt::read_artifact(b).value();
  CHECK(here.key == there.key);
  CHECK(rt::content_digest(here) == rt::content_digest(there));
  there.line_map = here.line_map;
  CHECK((here == there));
  REQUIRE(twc(matmul + " --emit=artifact -o " + b).code == 0);
  CHECK((read(a) == read(b)));
}

TEST_CASE("without an assembler, code of the machine is unsupported and an artifact holds PTX") {
  Folder folder;
  expect(matmul + " --emit=cubin -o " + folder.file("k.cubin"), 4, "error: no assembler", withoutAssembler);
  CHECK(folder.count() == 0);
  expect(matmul + " --emit=artifact -o " + folder.file("k.twa"), 0, "warning: the artifact holds PTX only",
         withoutAssembler);
  CHECK(rt::read_artifact(folder.file("k.twa")).value().cubin.empty());
  expect(matmul + " --emit=report", 0, "no assembler", withoutAssembler);
}

TEST_CASE("a cubin is made where there is an assembler, also from an artifact without one") {
  if (!hasAssembler()) return;
  Folder folder;
  REQUIRE(twc(matmul + " --emit=cubin -o " + folder.file("k.cubin")).code == 0);
  const std::string cubin = read(folder.file("k.cubin"));
  CHECK(cubin.substr(0, 4) == "\x7f"
                              "ELF");
  const rt::Artifact artifact = [&] {
    REQUIRE(twc(matmul + " --emit=artifact -o " + folder.file("k.twa")).code == 0);
    return rt::read_artifact(folder.file("k.twa")).value();
  }();
  CHECK(std::string(reinterpret_cast<const char *>(artifact.cubin.data()), artifact.cubin.size()) == cubin);
  rt::Artifact bare = artifact;
  bare.cubin.clear();
  rt::write_artifact(folder.file("bare.twa"), bare).check();
  REQUIRE(twc(folder.file("bare.twa") + " --emit=cubin -o " + folder.file("b.cubin")).code == 0);
  CHECK(read(folder.file("b.cubin")) == cubin);
}

TEST_CASE("an assembler that refuses our PTX is our bug, with a folder that reproduces it") {
  Folder folder;
  const std::string assembler =
      folder.write("ptxas", "#!/bin/sh\n"
                            "test \"$1\" = --version && echo 'release 13.0, V13.0.88' && exit\n"
                            "echo 'line 7; error: unknown thing'; exit 255\n");
  ::chmod(assembler.c_str(), 0700);
  const Ran ran = twc(matmul + " --emit=cubin -o " + folder.file("k.cubin"), "2>&1",
                      "TMPDIR=" + folder.path.string() + " TILEWRIGHT_PTXAS=" + assembler);
  INFO(ran.text);
  CHECK(ran.code == 3);
  CHECK(ran.text.find("unknown thing") != std::string::npos);
  const std::size_t at = ran.text.find("with the folder ");
  REQUIRE(at != std::string::npos);
  const std::string repro = ran.text.substr(at + 16, ran.text.find('\n', at) - at - 16);
  CHECK(read(repro + "/module.mlir") == read(matmul));
  CHECK(read(repro + "/options.txt").find("'--emit=cubin'") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.file("k.cubin")));
}

TEST_CASE("output goes where -o says, whole or not at all") {
  Folder folder;
  const std::string path = folder.write("k.ptx", "old");
  REQUIRE(twc(matmul + " --emit=ptx -o " + path).code == 0);
  CHECK(read(path) == twc(matmul + " --emit=ptx").text);
  expect(matmul + " --emit=ptx -o " + folder.file("none/k.ptx"), 1, "none/k.ptx: error: the file cannot be written");
  // A failed compilation leaves what was there.
  CHECK(twc(matmul + " --emit=ptx --kernel other -o " + path).code == 1);
  CHECK(read(path).size() > 3);
  CHECK(folder.count() == 1);

  // A pipe is written to, not replaced by a file.
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK);
  CHECK(twc(matmul + " --emit=schedule -o " + pipe).code == 0);
  CHECK(std::filesystem::is_fifo(pipe));
  char byte = 0;
  CHECK(::read(reader, &byte, 1) == 1);
  CHECK(byte == '{');
  ::close(reader);
}

TEST_CASE("a full disk is reported") {
  const Ran ran = twc(matmul + " --emit=ptx", "2>&1 >/dev/full");
  CHECK(ran.code == 1);
  CHECK(ran.text.find("standard output: error: the result cannot be written") != std::string::npos);
}
