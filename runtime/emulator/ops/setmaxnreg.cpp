// setmaxnreg (PTX ISA section 9.7.19.5).
#include <fmt/format.h>

#include "machine/decoder.hpp"
#include "machine/execution.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

Finding &misuse(Warp &w, const Instruction &in, const char *rule, std::string message, std::string fix) {
  return w.execution->report(FindingKind::Misuse, rule, in, w, 0, std::move(message), std::move(fix), "9.7.19.5");
}

// immediate: registers per thread; option[0]: inc.
void change(Warp &w, const Instruction &in, uint32_t mask) {
  Execution &launch = *w.execution;
  uint32_t wanted = static_cast<uint32_t>(in.immediate);
  if (mask != kAllLanes) {
    misuse(w, in, "setmaxnreg.lanes", fmt::format("only lanes 0x{:08x} of the warp execute setmaxnreg", mask),
           "let the whole warpgroup execute it");
    throw LaunchAbort{};
  }
  uint32_t declared = declaredRegisters(launch.entry);
  if (declared == 0) {
    misuse(
        w, in, "setmaxnreg.undeclared",
        fmt::format(
            "'{}' declares neither .maxnreg nor .minnctapersm with its number of threads, so setmaxnreg has no effect",
            launch.entry.name),
        "declare .minnctapersm beside .reqntid or .maxntid (__launch_bounds__(threads, 1) in CUDA C++), or .maxnreg");
    return;
  }
  auto &pool = w.cta->registers;
  if (!pool) pool = std::make_unique<RegisterPool>(static_cast<uint32_t>(w.cta->warps.size()), declared);
  if (w.index / 4 * 4 + 4 > w.cta->warps.size()) {
    misuse(w, in, "setmaxnreg.warpgroup",
           fmt::format("warp {} has no whole warpgroup: the block has {} warps", w.index, w.cta->warps.size()),
           "launch whole warpgroups of 128 threads");
    throw LaunchAbort{};
  }
  bool retry = w.sleptAt == in.place + 1;
  w.sleptAt = 0;
  if (uint32_t other = retry ? 0 : pool->disagreement(w.index, wanted)) {
    misuse(w, in, "setmaxnreg.warpgroup",
           fmt::format("warp {} asks for {} registers but another warp of its warpgroup asked for {}", w.index, wanted,
                       other),
           "let the four warps of a warpgroup execute the same setmaxnreg");
    throw LaunchAbort{};
  }
  uint32_t have = pool->of(w.index);
  if (in.option[0] ? wanted < have : wanted > have) {
    misuse(
        w, in, "setmaxnreg.direction",
        fmt::format("setmaxnreg.{} to {} registers, but the warp has {}", in.option[0] ? "inc" : "dec", wanted, have),
        fmt::format("use setmaxnreg.{}, or another count", in.option[0] ? "dec" : "inc"));
    throw LaunchAbort{};
  }
  if (!pool->set(w.index, wanted)) {
    w.sleptAt = in.place + 1;
    return w.sleep(fmt::format("waits for {} more registers per thread ({})", wanted - have, pool->sum()));
  }
  if (!in.option[0])
    for (auto &warp : w.cta->warps) warp->wake();
}

void decodeSetmaxnreg(Builder &b) {
  b.requireArchitectureSpecific("setmaxnreg", 90);
  int action = b.choice({"inc", "dec"});
  if (action < 0 || !b.flag("sync") || !b.flag("aligned"))
    b.fail("setmaxnreg needs .inc or .dec and .sync.aligned", "write setmaxnreg.inc.sync.aligned.u32");
  if (b.type() != Type::U32) b.fail("setmaxnreg is of type .u32", "write .u32");
  b.expectOperands(1);
  int64_t count = b.immediate(0, "the register count");
  if (count < 24 || count > 256 || count % 8 != 0)
    b.fail(fmt::format("setmaxnreg of {} registers", count), "use a multiple of 8 from 24 to 256");
  b.out.immediate = count;
  b.out.option[0] = action == 0;
  b.out.flow = Flow::Blocking;
  b.out.handler = &change;
}

} // namespace

void registerSetmaxnregOps(OpcodeTable &table) { table["setmaxnreg"] = decodeSetmaxnreg; }

} // namespace tw::emu
