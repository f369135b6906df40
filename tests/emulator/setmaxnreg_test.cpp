// setmaxnreg: the pool's arithmetic, hangs with their sum, and misuse.
#include <fmt/format.h>

#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// Three warpgroups; warpgroup g runs `actions[g]`.
std::string groups(const std::vector<std::string> &actions,
                   const std::string &directive = ".reqntid 384 .minnctapersm 1",
                   const std::string &target = "sm_90a") {
  std::string body = ".reg .b32 %t, %g; .reg .pred %p;\nmov.u32 %t, %tid.x; shr.u32 %g, %t, 7;\n";
  for (size_t g = 0; g < actions.size(); ++g)
    body += fmt::format("setp.ne.u32 %p, %g, {}; @%p bra L{};\n{}\nbra END;\nL{}:\n", g, g, actions[g], g);
  return ".version 8.4\n.target " + target + "\n.address_size 64\n.visible .entry k() " + directive + " {\n" + body +
         "END: ret;\n}\n";
}

std::string set(const std::string &action, int count) {
  return fmt::format("setmaxnreg.{}.sync.aligned.u32 {};", action, count);
}

Finding fault(const std::string &ptx, const std::string &rule, uint32_t threads = 384) {
  return KernelRun(ptx).block(threads).finding(rule);
}

} // namespace

TEST_CASE("setmaxnreg moves registers through the pool") {
  uint64_t seed = GENERATE(0, 1, 2, 3);
  KernelRun(groups({set("dec", 24), set("inc", 240), set("inc", 240)})).block(384).seed(seed).clean();
  KernelRun(groups({set("dec", 40), set("inc", 232), set("inc", 232)})).block(384).seed(seed).clean();
  // The same registers twice: given back between two increases of the other group.
  KernelRun(groups({set("dec", 24) + "bar.sync 1, 384;bar.sync 2, 384;" + set("inc", 168),
                    set("inc", 240) + "bar.sync 1, 384;" + set("dec", 96) + "bar.sync 2, 384;",
                    "bar.sync 1, 384; bar.sync 2, 384;"}))
      .block(384)
      .seed(seed)
      .clean();
}

TEST_CASE("an oversubscribed pool is a hang that shows the sum") {
  Finding f = fault(groups({set("dec", 80), set("inc", 224), set("inc", 224)}), "hang.deadlock");
  REQUIRE(f.kind == FindingKind::Hang);
  REQUIRE_THAT(f.message, Catch::Contains("waits for 56 more registers per thread") && Catch::Contains("of 504"));
}

TEST_CASE("what setmaxnreg starts from") {
  // .maxnreg wins; two blocks per multiprocessor halve the count.
  KernelRun(groups({set("dec", 24), set("inc", 136), set("inc", 40)}, ".maxnreg 80 .maxntid 384"))
      .block(384)
      .finding("setmaxnreg.direction");
  KernelRun(groups({set("dec", 24), set("inc", 136), set("inc", 80)}, ".maxnreg 80 .maxntid 384")).block(384).clean();
  Finding f = fault(groups({set("inc", 24), "", ""}, ".maxntid 384 .minnctapersm 2"), "setmaxnreg.direction");
  REQUIRE_THAT(f.message, Catch::Contains("setmaxnreg.inc to 24 registers, but the warp has 80"));
  f = fault(groups({set("dec", 176), "", ""}), "setmaxnreg.direction");
  REQUIRE_THAT(f.message, Catch::Contains("setmaxnreg.dec to 176 registers, but the warp has 168"));
}

TEST_CASE("setmaxnreg misuse") {
  Finding f =
      fault(groups({set("dec", 24), "", ""}, GENERATE("", ".reqntid 384", ".maxntid 384")), "setmaxnreg.undeclared");
  REQUIRE_THAT(f.message, Catch::Contains("declares neither .maxnreg nor .minnctapersm"));
  f = fault(groups({set("dec", 24), "", ""}, ".maxntid 96 .minnctapersm 1"), "setmaxnreg.warpgroup", 96);
  REQUIRE_THAT(f.message, Catch::Contains("no whole warpgroup"));
  f = fault(groups({"setp.lt.u32 %p, %t, 8; @%p " + set("dec", 24), "", ""}), "setmaxnreg.lanes");
  REQUIRE_THAT(f.message, Catch::Contains("only lanes 0x000000ff"));
  f = fault(groups({"setp.lt.u32 %p, %t, 32; @%p bra A;" + set("dec", 40) + "bra END; A: " + set("dec", 24), "", ""}),
            "setmaxnreg.warpgroup");
  REQUIRE_THAT(f.message, Catch::Contains("another warp of its warpgroup asked for"));
}

TEST_CASE("malformed setmaxnreg") {
  auto refused = [](const std::string &instruction, const std::string &target = "sm_90a") {
    auto parsed = Module::parse(groups({instruction}, ".reqntid 128", target), "bad.ptx");
    REQUIRE(std::holds_alternative<ParseError>(parsed));
    return std::get<ParseError>(parsed).message;
  };
  REQUIRE_THAT(refused(set("inc", 100)), Catch::Contains("setmaxnreg of 100 registers"));
  REQUIRE_THAT(refused(set("inc", 16)), Catch::Contains("setmaxnreg of 16 registers"));
  REQUIRE_THAT(refused(set("inc", 264)), Catch::Contains("setmaxnreg of 264 registers"));
  REQUIRE_THAT(refused("setmaxnreg.inc.u32 32;"), Catch::Contains("needs .inc or .dec and .sync.aligned"));
  REQUIRE_THAT(refused("setmaxnreg.inc.sync.aligned.s32 32;"), Catch::Contains("is of type .u32"));
  REQUIRE_THAT(refused(set("inc", 32), "sm_90"), Catch::Contains("setmaxnreg under .target sm_90"));
}
