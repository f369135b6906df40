// Findings as text.
#include "race_report.hpp"

#include <fmt/format.h>

namespace tw::emulator {

namespace {

std::string_view verb(const RaceSide &side) {
  switch (side.kind) {
  case AccessKind::load: return side.asynchronous ? "asynchronous read" : "read";
  case AccessKind::store: return side.asynchronous ? "asynchronous write" : "write";
  case AccessKind::atomic: return "atomic update";
  case AccessKind::reduce: return "reduction";
  }
  return "access";
}

std::string describe(const RaceSide &side) {
  std::string where = side.line ? fmt::format("line {}", side.line) : fmt::format("instruction {}", side.place.value);
  std::string who = side.collective
                        ? fmt::format("block {}, warp {}, all lanes", side.block.value, side.warp.value)
                        : fmt::format("block {}, warp {}, lane {}", side.block.value, side.warp.value, side.lane);
  return fmt::format("{} at {} by {}", verb(side), where, who);
}

std::string_view reason(RaceSort sort) {
  switch (sort) {
  case RaceSort::race: return "nothing orders these two accesses";
  case RaceSort::same_instruction_write: return "two lanes of one instruction write the same bytes";
  case RaceSort::in_flight: return "an asynchronous copy of these bytes may still be in flight";
  case RaceSort::scope_too_small: return "both accesses are strong, but a scope does not reach the other thread";
  case RaceSort::mixed_size: return "both accesses are strong, but of different size, so that they are not atomic";
  case RaceSort::proxy: return "these accesses go through different proxies and no proxy fence lies between them";
  case RaceSort::proxy_issuer: return "a proxy fence lies between them, but not in the thread of the first";
  case RaceSort::proxy_read: return "no proxy fence lies between a generic read and an asynchronous write over it";
  case RaceSort::tensor_map: return "the tensor map was changed and no fence of its proxy lies between";
  case RaceSort::lifetime: return "the block that owns these bytes may end before the access";
  }
  return "";
}

std::string_view repair(RaceSort sort) {
  switch (sort) {
  case RaceSort::race: return "put a barrier, or a release and an acquire, between them";
  case RaceSort::same_instruction_write: return "let one lane write, or use an atomic operation";
  case RaceSort::in_flight: return "wait for the copy's group in the issuing thread, then meet at a barrier";
  case RaceSort::scope_too_small: return "widen the scope of both accesses until it holds both threads";
  case RaceSort::mixed_size: return "use the same size for all strong accesses to this location";
  case RaceSort::proxy:
  case RaceSort::proxy_issuer:
  case RaceSort::proxy_read:
    return "execute fence.proxy.async after the first access, in its own thread, before the barrier that orders them";
  case RaceSort::tensor_map:
    return "execute fence.proxy.tensormap::generic.release after the change and .acquire before the use";
  case RaceSort::lifetime: return "end with barrier.cluster.arrive and barrier.cluster.wait in all blocks";
  }
  return "";
}

} // namespace

std::string_view to_string(RaceSort sort) {
  switch (sort) {
  case RaceSort::race: return "race";
  case RaceSort::same_instruction_write: return "same-instruction-write";
  case RaceSort::in_flight: return "in-flight";
  case RaceSort::scope_too_small: return "scope-too-small";
  case RaceSort::mixed_size: return "mixed-size";
  case RaceSort::proxy: return "proxy";
  case RaceSort::proxy_issuer: return "proxy-issuer";
  case RaceSort::proxy_read: return "proxy-read";
  case RaceSort::tensor_map: return "tensor-map";
  case RaceSort::lifetime: return "lifetime";
  }
  return "";
}

std::string to_string(const RaceReport &report) {
  std::string where = report.space == Space::shared
                          ? fmt::format("shared memory of block {}, byte {}", report.owner.value, report.address)
                          : fmt::format("global memory at {:#x}", report.address);
  return fmt::format("{}: {}: {}\n  {}\n  {}\n  seen {} time{}\n  fix: {}", to_string(report.sort), where,
                     reason(report.sort), describe(report.earlier), describe(report.later), report.occurrences,
                     report.occurrences == 1 ? "" : "s", repair(report.sort));
}

} // namespace tw::emulator
