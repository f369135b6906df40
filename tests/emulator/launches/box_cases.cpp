// Launches of the kernels in cuda/boxes.cu: inside the tensor, over each edge, rows narrower than the swizzle's span,
// tiles aligned to 128 bytes only.
#include <fmt/format.h>

#include "launches/launch_case.hpp"

namespace tw::emu::test {
namespace {

struct Box {
  uint32_t rank = 1, span = 0;
  std::vector<uint32_t> extent; ///< 16-bit elements
  std::vector<int> start;
  int shift = 0;
};

constexpr int kDims[] = {88, 7, 5};

/// Elements of the tensor under the box: the number of each, or nothing outside.
std::vector<std::optional<size_t>> elementsOf(const Box &box) {
  std::vector<std::optional<size_t>> list(1, size_t{0});
  size_t stride = 1;
  for (uint32_t d = 0; d < box.rank; ++d) {
    std::vector<std::optional<size_t>> wider;
    for (uint32_t i = 0; i < box.extent[d]; ++i)
      for (const auto &inner : list) {
        int at = box.start[d] + static_cast<int>(i);
        bool inside = inner && at >= 0 && at < kDims[d];
        wider.push_back(inside ? std::optional(*inner + static_cast<size_t>(at) * stride) : std::nullopt);
      }
    list = std::move(wider);
    stride *= static_cast<size_t>(kDims[d]);
  }
  return list;
}

void addBoth(std::vector<LaunchCase> &cases, const Box &box, const std::string &what) {
  size_t count = 1;
  std::vector<uint64_t> dims;
  for (uint32_t d = 0; d < box.rank; ++d) {
    dims.push_back(static_cast<uint64_t>(kDims[d]));
    count *= dims.back();
  }
  std::vector<uint16_t> tensor(count);
  for (size_t i = 0; i < count; ++i) tensor[i] = static_cast<uint16_t>(i * 7 + 1);
  auto elements = elementsOf(box);
  std::vector<uint16_t> loaded(elements.size()), sent(elements.size()), stored(count);
  for (size_t i = 0; i < elements.size(); ++i) {
    sent[i] = static_cast<uint16_t>(50'000 + i);
    if (elements[i]) loaded[i] = tensor[*elements[i]], stored[*elements[i]] = sent[i];
  }
  auto finish = [&](LaunchCase &launch) {
    for (uint32_t d = 0; d < 3; ++d) launch.scalar(d < box.rank ? box.start[d] : 0);
    launch.scalar(static_cast<int>(elements.size() * 2)).scalar(box.shift).block(64).variant(what);
    cases.push_back(launch);
  };
  std::string suffix = fmt::format("{}d_{}", box.rank, box.span);
  LaunchCase load("boxes", "load_" + suffix), store("boxes", "store_" + suffix);
  finish(load.mapOf(tensor, TensorMapType::U16, dims, box.extent, box.span).out(loaded));
  // Where a store begins outside the tensor in front is a point on which sources differ.
  for (uint32_t d = 0; d < box.rank; ++d)
    if (box.start[d] < 0) return;
  finish(store.mapInto(stored, TensorMapType::U16, dims, box.extent, box.span).in(sent));
}

} // namespace

std::vector<LaunchCase> boxCases() {
  std::vector<LaunchCase> cases;
  for (uint32_t rank : {1u, 2u, 3u})
    for (uint32_t span : {0u, 32u, 64u, 128u}) {
      uint32_t row = span == 0 ? 48 : span / 2;
      std::vector<uint32_t> full{row, 6, 3}, narrow{row > 16 ? row / 2 : 8, 6, 3};
      full.resize(rank), narrow.resize(rank);
      auto start = [&](std::vector<int> at) {
        at.resize(rank);
        return at;
      };
      addBoth(cases, {rank, span, full, start({8, 1, 1}), 0}, "inside");
      addBoth(cases, {rank, span, full, start({72, 4, 4}), 0}, "over the end");
      addBoth(cases, {rank, span, full, start({-8, -2, -1}), 0}, "before the start");
      addBoth(cases, {rank, span, full, start({8, 0, 9}), 0}, "beyond the tensor");
      addBoth(cases, {rank, span, narrow, start({3, 1, 1}), 0}, "narrow rows");
      for (int shift : {128, 384, 896})
        addBoth(cases, {rank, span, full, start({8, 1, 1}), shift}, fmt::format("shift {}", shift));
      addBoth(cases, {rank, span, narrow, start({-3, 3, 4}), 640}, "narrow, shifted, over the end");
    }
  return cases;
}

} // namespace tw::emu::test
