// What the runtime's tests share: a small artifact, and access to faults.
#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include "tilewright/runtime/artifact.hpp"

namespace tw::rt::test {

/// The fault of a Status or Result, which must have one.
template <class T> const Fault &fault_of(const T &result) {
  REQUIRE_FALSE(result.ok());
  return result.fault();
}

/// Fails unless the message holds the text.
inline void check_says(const Fault &fault, const std::string &text) {
  INFO(fault.message);
  CHECK(fault.message.find(text) != std::string::npos);
}

/// A folder that is removed at the end of the scope.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tilewright-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string file(const std::string &name) const { return (path / name).string(); }
};

/// c[i] = a[i] * s over f32 vectors of any length: one launch with blocks of 128, a wide variant for aligned data, and
/// a workspace that is cleared first.
inline LaunchRule scale_rule() {
  LaunchRule rule;
  rule.arguments = {{"a", ArgumentRule::Kind::tensor, ElementType::f32, {dynamic}, {1}},
                    {"s", ArgumentRule::Kind::scalar, ElementType::f32, {}, {}},
                    {"c", ArgumentRule::Kind::tensor, ElementType::f32, {dynamic}, {1}}};
  using Kind = ParameterRule::Kind;
  KernelRule kernel;
  kernel.entry = "scale";
  kernel.block = {128, 1, 1};
  kernel.grid = {ceil_div(size(0, 0), 128), 1, 1};
  kernel.parameters = {{Kind::address, 0}, {Kind::scalar, 1}, {Kind::address, 2}, {Kind::size_i32, 0, 0}};
  KernelRule wide = kernel;
  wide.entry = "scale_wide";
  wide.grid = {ceil_div(size(0, 0), 512), 1, 1};
  wide.parameters.push_back({Kind::workspace, 0, 0, 16});
  Variant fast{"wide", {}, 64, {MemsetRule{-1, 0, 64, 0}, wide}};
  fast.preconditions = {{equal(modulo(size(0, 0), 4), 0), "the length must be a multiple of 4"},
                        {equal(modulo(address(0), 16), 0), "a must be aligned to 16 bytes"}};
  Variant plain{"plain", {}, 0, {kernel}};
  plain.preconditions = {{less_equal(size(0, 0), 1 << 20), "the length must be at most 1048576"}};
  rule.variants = {fast, plain};
  return rule;
}

inline Artifact small_artifact() {
  Artifact artifact;
  artifact.key = "00ff";
  artifact.kernel = "scale";
  artifact.target = "sm_80";
  artifact.tile_text = "module {}";
  artifact.ptx = ".version 7.0";
  artifact.cubin = {std::byte{1}, std::byte{0}, std::byte{255}};
  artifact.rule = scale_rule();
  artifact.report = "{}";
  artifact.line_map.lines = {{3, "scale.cpp", 7}, {9, "scale.cpp", 8}};
  artifact.line_map.shared_buffers = {{"tile", 0, 512, "buffer"}};
  return artifact;
}

} // namespace tw::rt::test
