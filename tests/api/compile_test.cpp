// compile(kernel): what comes back, what the schedule does, and running it.
#include <catch2/catch.hpp>
#include <string>
#include <tilewright/compile.hpp>

#include "kernels.hpp"

using namespace tw;

namespace {

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

Device &emulator() {
  static auto device = detail::value_of(rt::open_emulator_device());
  return *device;
}

} // namespace

TEST_CASE("a compiled kernel is an artifact with its PTX, schedule and report") {
  Compiled compiled = compile(Scale{});
  auto artifact = rt::deserialise(compiled.artifact(), "test");
  REQUIRE(artifact.ok());
  CHECK(*artifact == compiled.contents());
  CHECK(artifact->kernel == "Scale");
  CHECK(artifact->target == "sm_80");
  CHECK(artifact->rule.arguments.at(2).name == "alpha");
  CHECK(contains(compiled.ptx(), ".entry Scale"));
  CHECK(contains(compiled.tile_text(), "tile.kernel @Scale"));

  const Report &report = compiled.report();
  REQUIRE_FALSE(report.entries.empty());
  CHECK(report.entries.front().name == "Scale");
  CHECK(report.entries.front().threads == 32 * compiled.schedule().warps.value());
  CHECK(report.milliseconds.trace > 0);
  CHECK(report.milliseconds.llvm > 0);
  CHECK(report.milliseconds.to_ptx() <= report.milliseconds.total());
  CHECK(contains(report.json, "\"kernel\":\"Scale\""));
}

TEST_CASE("the same kernel gives the same bytes") {
  CHECK(compile(Product{}).contents() == compile(Product{}).contents());
}

TEST_CASE("options name the kernel and keep the intermediate forms") {
  CompileOptions options;
  options.name = "scale_by_alpha";
  options.assemble = false;
  Compiled compiled = compile(Scale{}, {}, "sm_80", options);
  CHECK(contains(compiled.ptx(), ".entry scale_by_alpha"));
  CHECK(compiled.contents().cubin.empty());
  CHECK(compiled.report().entries.front().registers == -1);
  CHECK(compiled.sched_text().empty());
  CHECK(compiled.llvm_text().empty());

  options.keep_texts = true;
  Compiled kept = compile(Scale{}, {}, "sm_80", options);
  CHECK(contains(kept.sched_text(), "sched."));
  CHECK(contains(kept.llvm_text(), "define"));
}

TEST_CASE("the schedule has every field and every member") {
  Schedule schedule = compile(Product{}).schedule();
  CHECK(schedule.stages.is_set());
  CHECK(schedule.warps.is_set());
  CHECK(schedule.mma_atom.value() == MmaAtom::m16n8k16);
  CHECK(schedule.swizzle.is_set());
  CHECK(schedule.rasterization.is_set());
  CHECK(contains(schedule.to_cpp(), "{\"negate\", 0}"));
  CHECK(contains(schedule.to_json(), "\"factor\": 1"));
  CHECK(schedule.members.size() == 5);
}

TEST_CASE("the block shape is chosen where nobody has fixed it") {
  auto bm = [](const Compiled &compiled) { return compiled.schedule().members.at(0).value.integer; };
  auto bn = [](const Compiled &compiled) { return compiled.schedule().members.at(1).value.integer; };
  CHECK(bm(compile(Product{})) > 32); // sizes that only a launch knows count as large
  CompileOptions keep;
  keep.keep_members = true;
  CHECK(bm(compile(Product{}, {}, "sm_80", keep)) == 32);
  CHECK(bm(compile(PinnedProduct{})) == 32);
  CHECK(bm(compile(Product{.bm = 16})) == 16);
  Compiled given = compile(Product{}, {.members = {{"bm", 32}}});
  CHECK(bm(given) == 32);
  CHECK(bn(given) > 32);
  // The result is the same kernel: what is chosen, given as members.
  Compiled chosen = compile(Product{});
  Compiled again = compile(Product{}, {.members = chosen.schedule().members});
  CHECK(again.ptx() == chosen.ptx());
}

TEST_CASE("a kernel that does not compile with the chosen members gets its own") {
  Compiled compiled = compile(Greedy{});
  CHECK(compiled.schedule().members.at(0).value.integer == 16);
  CHECK_THROWS_WITH(compile(Greedy{.b = 128}), Catch::Contains("registers"));
}

TEST_CASE("compiling with the schedule that was chosen gives the same code and key") {
  Compiled chosen = compile(Product{});
  Compiled again = compile(Product{}, chosen.schedule());
  // Only the line map differs: the kernel was compiled at another line.
  CHECK(rt::content_digest(again.contents()) == rt::content_digest(chosen.contents()));
}

TEST_CASE("fields of a schedule override the choice") {
  Compiled compiled = compile(Product{}, {.stages = 2, .warps = 2, .mma_atom = MmaAtom::fma, .swizzle = Swizzle::none});
  CHECK(compiled.schedule().stages.value() == 2);
  CHECK(compiled.schedule().warps.value() == 2);
  CHECK(compiled.schedule().mma_atom.value() == MmaAtom::fma);
  CHECK(compiled.schedule().swizzle.value() == Swizzle::none);
  CHECK(compile(Product{}, {.swizzle = Swizzle::b64}).schedule().swizzle.value() == Swizzle::b64);
  CHECK_FALSE(contains(compiled.ptx(), "mma.sync"));
  CHECK(contains(compile(Product{}).ptx(), "mma.sync"));
}

TEST_CASE("members of a schedule replace the kernel's own before it is traced") {
  CompileOptions keep;
  keep.keep_members = true;
  Compiled compiled = compile(Product{}, {.members = {{"bm", 64}, {"negate", true}}}, "sm_80", keep);
  CHECK(contains(compiled.tile_text(), "tensor<64x32xf32>"));
  CHECK(contains(compiled.schedule().to_json(), "\"bm\": 64"));
  CHECK(contains(compiled.schedule().to_json(), "\"bn\": 32"));
}

TEST_CASE("a run copies back what is not const, and numbers take the type of the kernel") {
  const HostTensor x = host_tensor<f32>({300}, Fill::normal, 1);
  HostTensor y = host_tensor<f32>({300}, Fill::nan);
  Compiled compiled = compile(Scale{});
  compiled.run(emulator(), x, y, 2);
  for (std::int64_t i = 0; i < 300; ++i) REQUIRE(y.at(i) == 2 * x.at(i));
  compiled.run(emulator(), x, y, 0.5);
  for (std::int64_t i = 0; i < 300; ++i) REQUIRE(y.at(i) == 0.5 * x.at(i));
  const HostTensor unchanged = y;
  compiled.run(emulator(), x, unchanged, 4.0f);
  CHECK(unchanged.at(7) == 0.5 * x.at(7));
}

TEST_CASE("a loaded kernel runs again without loading") {
  Compiled compiled = compile(Product{});
  auto launcher = compiled.load(emulator());
  HostTensor a = host_tensor<f16>({40, 24}, Fill::ints, 1), b = host_tensor<f16>({24, 72}, Fill::ints, 2);
  for (int round = 0; round < 2; ++round) {
    HostTensor c = host_tensor<f32>({40, 72}, Fill::nan);
    detail::run(*launcher, {a, b, c});
    for (std::int64_t i = 0; i < 40 * 72; ++i) {
      double want = 0;
      for (std::int64_t k = 0; k < 24; ++k) want += a.at(i / 72 * 24 + k) * b.at(k * 72 + i % 72);
      REQUIRE(c.at(i) == want);
    }
  }
}

TEST_CASE("tensors can view memory of the caller") {
  float x[64], y[64];
  for (int i = 0; i < 64; ++i) x[i] = static_cast<float>(i);
  HostTensor out = host_view<f32>(y, {64});
  compile(Scale{}).run(emulator(), host_view<f32>(x, {64}), out, 3);
  CHECK(y[63] == 189);
}
