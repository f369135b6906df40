// twc run on the emulator: results, findings, and what is wrong with arguments.
#include "twc.hpp"

#include <nlohmann/json.hpp>

using namespace tilewright::twc::test;
namespace rt = tw::rt;

namespace {

const std::string run = "run " + matmul + " --device emulator ";
const std::string arguments = "--arg bf16[70x40]:ints@1 --arg bf16[40x66]:ints@2 --arg bf16[70x66]:nan ";

std::string writeExpected(const Folder &folder) {
  const rt::HostTensor c = product(tensor("bf16[70x40]:ints@1"), tensor("bf16[40x66]:ints@2"), rt::ElementType::bf16);
  rt::write_npy(folder.file("want.npy"), c).check();
  return folder.file("want.npy");
}

} // namespace

TEST_CASE("a product agrees with the reference, from a module and from its artifact") {
  Folder folder;
  const std::string want = writeExpected(folder), got = folder.file("got.npy");
  expect(run + arguments + "--expect 2=" + want + " --out 2=" + got, 0, "argument 2: ok");
  CHECK(read(got) == read(want));
  REQUIRE(twc(matmul + " --emit=artifact -o " + folder.file("k.twa")).code == 0);
  expect("run " + folder.file("k.twa") + " --device emulator " + arguments + "--expect 2=" + want, 0,
         "kernel 'Matmul'");
  expect(run + arguments + "--seed 7 --repeat 3 --expect 2=" + want, 0, "ok");

  const Ran json = twc(run + arguments + "--json --expect 2=" + want, "2>/dev/null");
  REQUIRE(json.code == 0);
  const auto outcome = nlohmann::json::parse(json.text);
  CHECK(outcome["ok"] == true);
  CHECK(outcome["findings"].empty());
  CHECK(outcome["warp_instructions"].get<int>() > 0);
  CHECK(outcome["run"]["checks"][0]["ok"] == true);
}

TEST_CASE("schedule and target change how it runs, not what comes out") {
  Folder folder;
  const std::string want = writeExpected(folder);
  for (const char *schedule : {R"({"stages": 1, "warps": 4})", R"({"mma_atom": "fma"})", R"({"swizzle": "none"})"}) {
    INFO(schedule);
    const std::string file = folder.write("s.json", schedule);
    expect(run + arguments + "--schedule " + file + " --expect 2=" + want, 0, "argument 2: ok");
  }
  expect(run + arguments + "--target sm_90a --expect 2=" + want, 0, "argument 2: ok");
}

TEST_CASE("another result than expected ends with 1") {
  Folder folder;
  rt::HostTensor wrong = rt::read_npy(writeExpected(folder)).value().reinterpreted(rt::ElementType::bf16).value();
  wrong.set(5, wrong.at(5) + 1);
  rt::write_npy(folder.file("wrong.npy"), wrong).check();
  expect(run + arguments + "--expect 2=" + folder.file("wrong.npy"), 1, "MISMATCH");
  expect(run + arguments + "--tolerance 2 --expect 2=" + folder.file("wrong.npy"), 0, "ok");
  expect(run + arguments + "--expect 2=" + folder.file("none.npy"), 1, "none.npy: error: the file cannot be read");
  expect(run + arguments + "--expect 3=" + folder.file("wrong.npy"), 1, "there is no such tensor argument");
}

TEST_CASE("a file of another type, rank or size is refused by name") {
  Folder folder;
  const auto file = [&](const std::string &name, const std::string &spec) {
    rt::write_npy(folder.file(name), tensor(spec)).check();
    return folder.file(name);
  };
  const std::string rest = " --arg bf16[40x66]:ints@2 --arg bf16[70x66]:zeros";
  expect(run + "--arg " + file("t.npy", "f32[70x40]:ints") + rest, 1, "f32");
  expect(run + "--arg " + file("r.npy", "bf16[70]:ints") + rest, 1, "rank");
  expect(run + "--arg " + file("ok.npy", "bf16[70x40]:ints") + rest, 0, "ok");
  expect(run + "--arg " + folder.write("bad.npy", "no array") + rest, 1, "bad.npy: error:");
  expect(run + "--arg " + folder.file("none.npy") + rest, 1, "none.npy: error: the file cannot be read");
  expect(run + "--arg bf16[70x40]:ints", 1, "argument");
  expect(run + arguments + "--out 7=" + folder.file("o.npy"), 2, "names no tensor argument");
  expect(run + arguments + "--out 2=" + folder.file("none/o.npy"), 1, "cannot be written");
}

TEST_CASE("findings of the emulator end with 1") {
  Folder folder;
  // The artifact's PTX reads a float behind its buffer.
  rt::Artifact artifact;
  artifact.key = "00";
  artifact.kernel = "beyond";
  artifact.target = "sm_80";
  artifact.ptx = ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry beyond(.param .u64 a)\n{\n"
                 ".reg .b64 %rd<2>;\n.reg .f32 %f<1>;\nld.param.u64 %rd0, [a];\ncvta.to.global.u64 %rd1, %rd0;\n"
                 "ld.global.f32 %f0, [%rd1+16];\nst.global.f32 [%rd1], %f0;\nret;\n}\n";
  artifact.line_map.lines = {{10, "beyond.cpp", 42}};
  artifact.rule.arguments = {{"a", rt::ArgumentRule::Kind::tensor, rt::ElementType::f32, {rt::dynamic}, {1}}};
  rt::KernelRule kernel;
  kernel.entry = "beyond";
  kernel.parameters = {{rt::ParameterRule::Kind::address, 0}};
  artifact.rule.variants = {{"only", {}, 0, {kernel}}};
  rt::write_artifact(folder.file("k.twa"), artifact).check();
  const std::string beyond = "run " + folder.file("k.twa") + " --device emulator --arg f32[4]:ones ";
  expect(beyond, 1, "beyond.cpp:42");
  const Ran json = twc(beyond + "--json", "2>/dev/null");
  CHECK(json.code == 1);
  const auto outcome = nlohmann::json::parse(json.text);
  CHECK(outcome["ok"] == false);
  REQUIRE(outcome["findings"].size() >= 1);
  CHECK(outcome["findings"][0]["kind"] == "bounds");
  CHECK(outcome["findings"][0]["line"] == 42);
}

TEST_CASE("a device that is not here is unsupported") {
  expect("run " + matmul + " --device cuda:999 " + arguments, 4, "device cuda: error:");
}
