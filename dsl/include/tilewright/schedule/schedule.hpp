// How a kernel runs, as a value: what is left unset is the compiler's choice.
#pragma once

#include "tilewright/trace/trace.hpp"

namespace tw {

/// A field of a Schedule: unset, or a value.
template <class V> class Choice {
public:
  constexpr Choice() = default;
  constexpr Choice(V value) : is_set_(true), value_(value) {}
  constexpr bool is_set() const { return is_set_; }
  /// The value; of an unset field, V{}.
  constexpr V value() const { return value_; }

private:
  bool is_set_ = false;
  V value_{};
};

/// The instruction that multiplies: a tensor-core shape of one warp (mma.sync), that of a warpgroup whose operands are
/// brought by TMA (sm_90a), or plain fused multiply-adds.
enum class MmaAtom { automatic, m16n8k8, m16n8k16, m16n8k32, fma, wgmma };
/// The widest span in bytes over which shared-memory addresses are permuted against bank conflicts; tiles with shorter
/// rows take the widest that fits.
enum class Swizzle { automatic, none, b32, b64, b128 };

/// The operands of products that the blocks of a cluster load together: those that are the same tile for all of them.
enum class Multicast { automatic, a, b, both };

/// The order in which blocks run: by rows, or in groups of rows that share their columns while these are in cache. A
/// group is walked column by column, or along Hilbert's curve through the squares that it is made of.
struct Rasterization {
  int group = 1;
  bool curved = false;
};
inline constexpr Rasterization row_order{1};
constexpr Rasterization grouped(int rows) { return {rows}; }
/// `rows` is a power of two: 2 to 64.
constexpr Rasterization hilbert(int rows) { return {rows, true}; }

/// The choices of a kernel that its author, or the compiler, makes apart from its algorithm.
struct Schedule {
  /// Tiles in flight in a pipelined loop.
  Choice<int> stages = {};
  /// Warps of a block.
  Choice<int> warps = {};
  Choice<MmaAtom> mma_atom = {};
  Choice<Swizzle> swizzle = {};
  Choice<Rasterization> rasterization = {};
  /// Whether blocks go on to further tiles when they are done with one, as many blocks as the GPU holds at once.
  Choice<bool> persistent = {};
  /// Whether tiles are dealt out from the last to the first: where later tiles take longer, as in causal attention, the
  /// longest begin first.
  Choice<bool> reversed = {};
  /// Whether a counter in memory deals tiles out to persistent blocks as they are done (sm_90a, products by wgmma), so
  /// that none waits while others have several left.
  Choice<bool> dynamic = {};
  /// Blocks that are launched as a cluster (sm_90a, products by wgmma): 1, 2, 4 or 8. Operands that they have in common
  /// each loads a part of, for all.
  Choice<int> cluster = {};
  /// Which operands these are: it says whether blocks of a row or of a column of the grid form clusters.
  Choice<Multicast> multicast = {};
  /// Blocks that share each tile: each sums products over a part of K, and a second kernel, started after them, adds
  /// the parts up and does the rest. 1 to 64.
  Choice<int> split_k = {};
  /// Whether the same inputs give the same bits with every run, which is so unless it is false: then parts may be added
  /// by atomics, in the order in which blocks come.
  Choice<bool> deterministic = {};
  /// Values for members of the kernel; the others keep the kernel's own.
  std::vector<Member> members = {};

  /// The schedule as C++: `Schedule{.stages = 4, .warps = 8}`.
  std::string to_cpp() const {
    std::string text;
    auto field = [&](const std::string &name, const std::string &value) {
      text += (text.empty() ? "." : ", .") + name + " = " + value;
    };
    if (stages.is_set()) field("stages", std::to_string(stages.value()));
    if (warps.is_set()) field("warps", std::to_string(warps.value()));
    if (mma_atom.is_set()) field("mma_atom", std::string("MmaAtom::") + name_of(mma_atom.value()));
    if (swizzle.is_set()) field("swizzle", std::string("Swizzle::") + name_of(swizzle.value()));
    if (rasterization.is_set())
      field("rasterization", rasterization.value().group == 1
                                 ? "row_order"
                                 : (rasterization.value().curved ? "hilbert(" : "grouped(") +
                                       std::to_string(rasterization.value().group) + ")");
    if (persistent.is_set()) field("persistent", persistent.value() ? "true" : "false");
    if (reversed.is_set()) field("reversed", reversed.value() ? "true" : "false");
    if (dynamic.is_set()) field("dynamic", dynamic.value() ? "true" : "false");
    if (cluster.is_set()) field("cluster", std::to_string(cluster.value()));
    if (multicast.is_set()) field("multicast", std::string("Multicast::") + name_of(multicast.value()));
    if (split_k.is_set()) field("split_k", std::to_string(split_k.value()));
    if (deterministic.is_set()) field("deterministic", deterministic.value() ? "true" : "false");
    if (!members.empty()) field("members", "{" + members_as("{", "\"", "\", ", "}") + "}");
    return "Schedule{" + text + "}";
  }

  /// The schedule as JSON, with the set fields only: stages, warps, mma_atom, swizzle, raster_group, raster_order,
  /// persistent, reversed, dynamic, cluster, multicast, split_k, deterministic, members.
  std::string to_json() const {
    std::string text;
    auto field = [&](const char *name, const std::string &value) {
      text += (text.empty() ? "\"" : ", \"") + std::string(name) + "\": " + value;
    };
    if (stages.is_set()) field("stages", std::to_string(stages.value()));
    if (warps.is_set()) field("warps", std::to_string(warps.value()));
    if (mma_atom.is_set()) field("mma_atom", std::string("\"") + name_of(mma_atom.value()) + "\"");
    if (swizzle.is_set()) field("swizzle", std::string("\"") + name_of(swizzle.value()) + "\"");
    if (rasterization.is_set()) field("raster_group", std::to_string(rasterization.value().group));
    if (rasterization.value().curved) field("raster_order", "\"hilbert\"");
    if (persistent.is_set()) field("persistent", persistent.value() ? "true" : "false");
    if (reversed.is_set()) field("reversed", reversed.value() ? "true" : "false");
    if (dynamic.is_set()) field("dynamic", dynamic.value() ? "true" : "false");
    if (cluster.is_set()) field("cluster", std::to_string(cluster.value()));
    if (multicast.is_set()) field("multicast", std::string("\"") + name_of(multicast.value()) + "\"");
    if (split_k.is_set()) field("split_k", std::to_string(split_k.value()));
    if (deterministic.is_set()) field("deterministic", deterministic.value() ? "true" : "false");
    if (!members.empty()) field("members", "{" + members_as("", "\"", "\": ", "") + "}");
    return "{" + text + "}";
  }

  static const char *name_of(MmaAtom atom) {
    static constexpr const char *names[] = {"automatic", "m16n8k8", "m16n8k16", "m16n8k32", "fma", "wgmma"};
    return names[static_cast<int>(atom)];
  }
  static const char *name_of(Multicast multicast) {
    static constexpr const char *names[] = {"automatic", "a", "b", "both"};
    return names[static_cast<int>(multicast)];
  }
  static const char *name_of(Swizzle swizzle) {
    static constexpr const char *names[] = {"automatic", "none", "b32", "b64", "b128"};
    return names[static_cast<int>(swizzle)];
  }

private:
  std::string members_as(const char *open, const char *quote, const char *gap, const char *close) const {
    std::string text;
    for (const Member &member : members) {
      const detail::Literal &value = member.value;
      text += std::string(text.empty() ? "" : ", ") + open + quote + member.name + gap +
              (value.is_floating ? detail::finite_float(value.floating) : std::to_string(value.integer)) + close;
    }
    return text;
  }
};

} // namespace tw
