// Exit codes and messages of twc for wrong command lines and wrong files.
#include "twc.hpp"

using namespace tilewright::twc::test;

TEST_CASE("usage errors end with 2 and say what to do") {
  expect("--help", 0, "usage: twc FILE --emit=FORM");
  expect("", 2, "no file is given");
  expect("k.mlir", 2, "nothing to emit");
  expect("k.mlir --fast", 2, "unknown option '--fast'");
  expect("k.mlir --emit", 2, "--emit needs a value");
  expect("k.mlir --json=1 --emit=report", 2, "--json takes no value");
  expect("k.mlir --emit=exe", 2, "unknown form 'exe'");
  expect("k.mlir l.mlir --emit=ptx", 2, "two files are given");
  expect("k.txt --emit=ptx", 2, "is no .cpp, .mlir or .twa file");
  expect("k.mlir --emit=ptx --json", 2, "--json goes with");
  expect("k.mlir --emit=ptx --set bm", 2, "--set takes MEMBER=VALUE, not 'bm'");
  expect("k.mlir --emit=ptx --set bm=64", 2, "--set does not go with 'k.mlir'");
  expect("k.mlir --emit=ptx --arg 3", 2, "--arg goes with twc run only");
  expect("k.mlir --emit=ptx --seed 3", 2, "--seed goes with twc run only");
  expect("run k.mlir --emit=ptx", 2, "--emit does not go with inspect and run");
  expect("run k.mlir -o out", 2, "-o does not go with run");
  expect("run k.mlir --device tpu", 2, "unknown device 'tpu'");
  expect("run k.mlir --device cuda:x", 2, "unknown device 'cuda:x'");
  expect("run k.mlir --seed x", 2, "--seed takes a whole number from 0, not 'x'");
  expect("run k.mlir --repeat 0", 2, "--repeat takes a whole number from 1");
  expect("run k.mlir --expect c.npy", 2, "--expect takes INDEX=VALUE");
  expect("run k.mlir --arg f32[4]:random", 2, "unknown fill 'random'");
}

TEST_CASE("what this version lacks ends with 4 and is named") {
  expect("k.mlir --emit=level2", 4, "--emit=level2 is not in this version");
  expect("k.mlir --emit=sass", 4, "--emit=sass is not in this version");
  expect("k.mlir --emit=header", 4, "--emit=header is not in this version");
  expect("k.mlir --emit=ptx --lineinfo", 4, "--lineinfo is not in this version");
  expect("run k.mlir --device cpu", 4, "device cpu is not in this version");
  expect(matmul + " --emit=ptx --target sm_75", 4, "unknown GPU target 'sm_75'");
}

TEST_CASE("files that cannot be read or make no sense") {
  Folder folder;
  expect(folder.file("none.mlir") + " --emit=ptx", 1, "none.mlir: error: the file cannot be read");
  expect(folder.file("none.cpp") + " --emit=ptx", 1, "none.cpp: error: the file cannot be read");
  expect(folder.file("none.twa") + " --emit=ptx", 1, "none.twa: error: the file cannot be read");
  expect("inspect " + folder.file("none.twa"), 1, "the file cannot be read");
  expect(folder.write("bad.twa", "no artifact") + " --emit=ptx", 1, "bad.twa: error:");
  const std::string bad = folder.write("bad.mlir", "module {\n  tile.kernel @k( {\n");
  expect(bad + " --emit=ptx", 1, "bad.mlir:2:");
  expect(bad + " --emit=tile", 1, "bad.mlir:2:");
  expect(folder.write("empty.mlir", "") + " --emit=ptx", 1, "the module has no kernel");
  expect(folder.write("zeros.mlir", std::string(64, '\0')) + " --emit=ptx", 1, "the module has no kernel");
}

TEST_CASE("kernels are chosen by name") {
  Folder folder;
  const std::string empty = "(%a: !tile.global<?xf32>) attributes {argNames = [\"a\"]} { tile.return }\n";
  const std::string two = folder.write("two.mlir", "tile.kernel @one" + empty + "tile.kernel @two" + empty);
  expect(two + " --emit=ptx", 1, "the module has several kernels: one, two");
  expect(two + " --emit=ptx --kernel three", 1, "no kernel is called 'three'");
  expect(two + " --emit=tile --kernel three", 1, "use one of: one, two");
  expect(two + " --emit=ptx --kernel two", 0, ".entry two");
  expect(folder.write("name.mlir", "tile.kernel @\"not a name\"" + empty) + " --emit=ptx", 1, "not a name");
}

TEST_CASE("schedule files are read strictly") {
  Folder folder;
  const auto with = [&](const std::string &json) {
    return matmul + " --emit=ptx --schedule " + folder.write("s.json", json);
  };
  expect(with("{"), 1, "s.json: error: schedule: no JSON");
  expect(with("[]"), 1, "schedule: is no JSON object");
  expect(with(R"({"stages": "3"})"), 1, "stages is \"3\"");
  expect(with(R"({"depth": 3})"), 1, "unknown field or value: depth");
  expect(with(R"({"cluster": 2})"), 1, "schedule: cluster is 2, but sm_80 has no clusters of blocks");
  expect(with(R"({"members": 3})"), 1, "members is 3");
  expect(with(R"({"members": {"bm": "x"}})"), 1, "member bm is \"x\"");
  expect(with(R"({"members": {"bm": 32}})"), 1, "member bm is 32 but");
  expect(with(R"({"members": {"zz": 32}})"), 1, "no such member");
  expect(matmul + " --emit=ptx --schedule " + folder.file("none.json"), 1, "none.json: error: the file cannot be read");
  // What is printed can be given back, and gives the same code.
  const std::string printed = folder.write("p.json", twc(matmul + " --emit=schedule").text);
  CHECK(twc(matmul + " --emit=ptx --schedule " + printed).text == twc(matmul + " --emit=ptx").text);
}
