// Two grids in a row, the second of which may start early.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

const std::string kHead = ".version 8.4\n.target sm_90\n.address_size 64\n";

std::string entry(const std::string &name, const std::string &body) {
  return ".visible .entry " + name +
         "(.param .u64 a, .param .u64 b) {\n.reg .b32 %r<4>; .reg .b64 %rd<4>;\nld.param.u64 %rd1, [a]; ld.param.u64 "
         "%rd2, [b]; mov.u32 %r1, %tid.x;\nmad.wide.u32 %rd1, %r1, 4, %rd1; mad.wide.u32 %rd2, %r1, 4, %rd2;\n" +
         body + "\nret;\n}\n";
}

/// The first grid writes a and reads b; `second` runs behind it.
LaunchResult pair(const std::string &second, bool dependent = true) {
  std::string text = kHead +
                     entry("first", "ld.global.u32 %r2, [%rd2]; st.global.u32 [%rd1], %r1;\n"
                                    "griddepcontrol.launch_dependents;") +
                     entry("second", second);
  auto parsed = Module::parse(text, "pair.ptx");
  if (auto *e = std::get_if<ParseError>(&parsed)) FAIL(e->text());
  Module module = std::get<Module>(parsed);
  Machine machine;
  std::vector<uint32_t> a(32), b(64);
  uint64_t parameters[2] = {machine.add_buffer(std::as_writable_bytes(std::span(a)), "a", true),
                            machine.add_buffer(std::as_writable_bytes(std::span(b)), "b", true)};
  LaunchConfig config;
  config.block = {32, 1, 1};
  config.allows_dependent = true;
  REQUIRE(machine.launch(module, "first", config, std::as_bytes(std::span(parameters))).status == LaunchStatus::Clean);
  config.dependent = dependent, config.allows_dependent = false;
  return machine.launch(module, "second", config, std::as_bytes(std::span(parameters)));
}

void reports(const std::string &second, const std::string &text) {
  LaunchResult r = pair(second);
  REQUIRE(r.status == LaunchStatus::Findings);
  REQUIRE(r.findings[0].rule == "race.dependent-launch");
  REQUIRE_THAT(r.findings[0].message, Catch::Contains(text));
}

} // namespace

TEST_CASE("accesses before griddepcontrol.wait conflict with the grid before") {
  reports("ld.global.u32 %r2, [%rd1]; griddepcontrol.wait;",
          "read of 4 bytes at offset 0 of 'a', which the grid before");
  reports("st.global.u32 [%rd2], %r1; griddepcontrol.wait;", "write of 4 bytes at offset 0 of 'b'");
  reports("st.global.u32 [%rd1], %r1;", "write of 4 bytes");
  // Asynchronous copies are no exception.
  std::string load =
      ".shared .align 16 .b8 tile[128]; .shared .b64 bar; .reg .pred %p;\nsetp.ne.u32 %p, %r1, 0; @%p bra "
      "END;\nmbarrier.init.shared.b64 [bar], 1;\nmbarrier.arrive.expect_tx.shared.b64 _, [bar], "
      "128;\nfence.proxy.async; BEFORE "
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%rd1], 128, [bar];\n"
      "W: mbarrier.try_wait.parity.shared.b64 %p, [bar], 0; @!%p bra W;\nEND:";
  auto with = [&](const std::string &before) {
    std::string text = load;
    return text.replace(text.find("BEFORE"), 6, before);
  };
  reports(with(""), "read of 128 bytes at offset 0 of 'a'");
  REQUIRE(pair(with("griddepcontrol.wait;")).status == LaunchStatus::Clean);
}

TEST_CASE("one thread waits for all that meet it at a barrier") {
  std::string wait = ".reg .pred %p; setp.eq.u32 %p, %r1, 0; @%p griddepcontrol.wait;\n",
              use = "ld.global.u32 %r2, [%rd1];";
  REQUIRE(pair(wait + "bar.warp.sync 0xffffffff; " + use).status == LaunchStatus::Clean);
  REQUIRE(pair(wait + "bar.sync 0; " + use).status == LaunchStatus::Clean);
  reports(wait + use, "read of 4 bytes at offset 4 of 'a'");
}

TEST_CASE("waiting, other bytes, and grids that do not overlap are fine") {
  REQUIRE(pair("griddepcontrol.wait; ld.global.u32 %r2, [%rd1]; st.global.u32 [%rd2], %r2;").status ==
          LaunchStatus::Clean);
  REQUIRE(pair("ld.global.u32 %r2, [%rd2]; st.global.u32 [%rd2+128], %r2;").status == LaunchStatus::Clean);
  REQUIRE(pair("st.global.u32 [%rd1], %r1;", false).status == LaunchStatus::Clean);
}

TEST_CASE("malformed griddepcontrol") {
  auto refused = [](const std::string &instruction, const std::string &target) {
    auto parsed = Module::parse(kernel(".param .u64 p0", instruction, "", target), "bad.ptx");
    REQUIRE(std::holds_alternative<ParseError>(parsed));
    return std::get<ParseError>(parsed).message;
  };
  REQUIRE_THAT(refused("griddepcontrol.wait;", "sm_80"), Catch::Contains("griddepcontrol below sm_90"));
  REQUIRE_THAT(refused("griddepcontrol;", "sm_90"), Catch::Contains("has no action"));
}
