// Loads, stores, moves and atomics of 128 bits.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

const std::string kHead = ".reg .b128 %q<4>; .reg .b64 %in, %out, %lo, %hi, %off, %x; .reg .b32 %t; .reg .pred %p;\n"
                          ".shared .align 16 .b8 tile[1024];\nld.param.u64 %in, [p0]; ld.param.u64 %out, [p1];\n"
                          "mov.u32 %t, %tid.x; mul.wide.u32 %off, %t, 16;\n";

std::string ptx(const std::string &body, const std::string &target = "sm_90a") {
  return kernel(".param .u64 p0, .param .u64 p1, .param .align 16 .b8 p2[16]", kHead + body + "ret;", "", target);
}

struct Run {
  std::vector<uint64_t> in = std::vector<uint64_t>(64), out = std::vector<uint64_t>(64);
  KernelRun kernel;
  explicit Run(const std::string &body, const std::string &target = "sm_90a") : kernel(ptx(body, target)) {
    for (uint64_t i = 0; i < 64; ++i) in[i] = i * 0x0123456789abcdefull;
    kernel.buffer(in).buffer(out);
    struct alignas(16) Wide {
      uint64_t low = 11, high = 77;
    };
    kernel.scalar(Wide{}).block(32);
  }
};

std::string refusal(const std::string &instruction, const std::string &target = "sm_90a") {
  auto parsed = Module::parse(ptx(instruction, target), "test.ptx");
  auto *error = std::get_if<ParseError>(&parsed);
  return error ? error->message : "";
}

} // namespace

TEST_CASE("128 bits travel through global, shared, generic and parameter memory") {
  for (uint64_t seed : {0, 1}) {
    Run run("add.u64 %in, %in, %off; add.u64 %out, %out, %off;\nld.global.nc.b128 %q0, [%in];\n"
            "mov.u64 %x, tile; add.u64 %x, %x, %off; st.shared.b128 [%x], %q0;\nld.volatile.shared.b128 %q1, [%x];\n"
            "mov.b128 %q2, %q1; mov.b128 {%lo, %hi}, %q2; add.u64 %hi, %hi, 1; mov.b128 %q3, {%lo, %hi};\n"
            "st.relaxed.gpu.b128 [%out], %q3;\n",
            "sm_80");
    run.kernel.seed(seed).clean();
    for (int i = 0; i < 64; ++i) REQUIRE(run.out[i] == run.in[i] + i % 2);
  }
  Run parameter("setp.ne.u32 %p, %t, 0; @%p ret;\nld.param.b128 %q0, [p2]; st.b128 [%out], %q0;\n");
  parameter.kernel.clean();
  CHECK(parameter.out[0] == 11);
  CHECK(parameter.out[1] == 77);
}

TEST_CASE("atomics of 128 bits exchange and compare both halves") {
  for (uint64_t seed : {0, 1, 2}) {
    // Every lane takes its turn: out[0] ends at one of them, and each old value was somebody's.
    Run run("cvt.u64.u32 %lo, %t; add.u64 %lo, %lo, 1; mov.b128 %q0, {%lo, %lo};\n"
            "atom.global.exch.b128 %q1, [%out], %q0;\nmov.b128 {%lo, %hi}, %q1;\n"
            "add.u64 %in, %in, %off; st.global.v2.u64 [%in], {%lo, %hi};\n");
    run.kernel.seed(seed).clean();
    std::vector<int> seen(33);
    ++seen[run.out[0]];
    for (int i = 0; i < 32; ++i) {
      REQUIRE(run.in[2 * i] == run.in[2 * i + 1]);
      ++seen[run.in[2 * i]];
    }
    REQUIRE(seen == std::vector<int>(33, 1));
  }
  Run swap("setp.ne.u32 %p, %t, 0; @%p ret;\nmov.u64 %lo, 5; mov.u64 %hi, 0; mov.b128 %q0, {%lo, %hi};\n"
           "mov.u64 %x, 0; mov.b128 %q1, {%x, %x}; mov.b128 %q2, {%x, %lo};\n"
           "atom.acq_rel.gpu.global.cas.b128 %q3, [%out], %q2, %q0;\n" // only the low half matches
           "atom.global.cas.b128 %q3, [%out], %q1, %q0;\natom.global.cas.b128 _, [%out], %q2, %q1;\n"
           "atom.global.cas.b128 %q3, [%out], %q0, %q2;\nmov.b128 {%lo, %hi}, %q3; st.global.u64 [%out+16], %lo;\n");
  swap.kernel.clean();
  CHECK(swap.out[0] == 0);
  CHECK(swap.out[1] == 5);
  CHECK(swap.out[2] == 5);
}

TEST_CASE("an access of 128 bits is one access") {
  Run aligned("ld.global.b128 %q0, [%in+8];\n");
  CHECK_THAT(aligned.kernel.finding("bounds.alignment").message, Catch::Contains("16 bytes at offset 8"));
  Run bounds("st.global.b128 [%out+512], %q0;\n");
  bounds.kernel.finding("bounds.write");
  // Strong accesses of 8 and of 16 bytes are not atomic towards each other.
  Run mixed("setp.ne.u32 %p, %t, 0;\n@!%p st.relaxed.gpu.global.b128 [%out], %q0;\n@%p ld.relaxed.gpu.global.u64 %x, "
            "[%out];\n");
  mixed.kernel.block(64);
  mixed.kernel.finding("race.mixed-size");
}

TEST_CASE("what .b128 does not do is refused") {
  CHECK_THAT(refusal("atom.global.exch.b128 %q0, [%in], %q1;", "sm_80"), Catch::Contains("before sm_90"));
  CHECK_THAT(refusal("atom.global.and.b128 %q0, [%in], %q1;"), Catch::Contains("with type '.b128'"));
  CHECK_THAT(refusal("ld.global.v2.b128 {%q0, %q1}, [%in];"), Catch::Contains("vector access of 32 bytes"));
  CHECK_THAT(refusal("ld.global.b128 %x, [%in];"), Catch::Contains("needs a .b128 register"));
  CHECK_THAT(refusal("ld.global.b64 %q0, [%in];"), Catch::Contains("'%q0' has 128 bits"));
  CHECK_THAT(refusal("mov.b128 {%lo, %hi, %x, %x}, %q0;"), Catch::Contains("splits 128 bits in two"));
  CHECK_THAT(refusal("st.const.b128 [%in], %q0;"), Catch::Contains("read-only memory"));
  CHECK_THAT(refusal(".reg .v2 .b32 %v;"), Catch::Contains("register '%v' of type .v2 .b32"));
}
