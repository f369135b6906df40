// Runs a kernel of a PTX text over plain vectors, for tests.
#pragma once

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

#include "tilewright/emulator/emulator.hpp"

namespace tw::emu::test {

/// A launch under construction: parameters in order, then run().
class KernelRun {
public:
  explicit KernelRun(const std::string &ptx, std::string entry = "k") : entry(std::move(entry)) {
    auto parsed = Module::parse(ptx, "test.ptx");
    if (auto *error = std::get_if<ParseError>(&parsed)) FAIL(error->text());
    module = std::get<Module>(parsed);
  }
  /// A pointer parameter to `data`, which the kernel reads and writes in place.
  template <class T> KernelRun &buffer(std::vector<T> &data, bool initialised = true) {
    uint64_t address = machine.add_buffer(std::as_writable_bytes(std::span(data)),
                                          "buffer " + std::to_string(parameterCount), initialised);
    return scalar(address);
  }
  /// A parameter passed by value.
  template <class T> KernelRun &scalar(const T &value) {
    parameters.resize((parameters.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    size_t at = parameters.size();
    parameters.resize(at + sizeof(T));
    std::memcpy(parameters.data() + at, &value, sizeof(T));
    ++parameterCount;
    return *this;
  }
  KernelRun &grid(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
    config.grid = {x, y, z};
    return *this;
  }
  KernelRun &block(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
    config.block = {x, y, z};
    return *this;
  }
  KernelRun &shared(uint32_t bytes) {
    config.dynamic_shared_bytes = bytes;
    return *this;
  }
  KernelRun &seed(uint64_t value) {
    config.seed = value;
    return *this;
  }
  LaunchResult run() { return machine.launch(module, entry, config, parameters); }
  /// Runs and requires that nothing was found.
  LaunchResult clean() {
    LaunchResult result = run();
    for (const Finding &f : result.findings) UNSCOPED_INFO(f.text("test.ptx"));
    REQUIRE(result.status == LaunchStatus::Clean);
    return result;
  }
  /// Runs and requires at least one finding with this rule.
  Finding finding(const std::string &rule) {
    LaunchResult result = run();
    for (const Finding &f : result.findings) {
      if (f.rule == rule) return f;
      UNSCOPED_INFO(f.text("test.ptx"));
    }
    FAIL("no finding " << rule);
    return {};
  }

  LaunchConfig config;
  Machine machine;
  Module module;

private:
  std::string entry;
  std::vector<std::byte> parameters;
  int parameterCount = 0;
};

/// A module with one entry `k` around `body`; `parameters` as in PTX.
inline std::string kernel(const std::string &parameters, const std::string &body, const std::string &before = "",
                          const std::string &target = "sm_80") {
  return ".version 8.4\n.target " + target + "\n.address_size 64\n" + before + "\n.visible .entry k(" + parameters +
         ")\n{\n" + body + "\n}\n";
}

} // namespace tw::emu::test
