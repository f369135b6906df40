// Kernels with their inputs and what must come out, shared by the tests over PTX and by the mutation harness.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/emulator/tensor_map.hpp"

namespace tw::emu::test {

/// What one run of a case gave.
struct CaseOutcome {
  LaunchResult result;
  bool right = false; ///< every buffer with an expectation holds it, byte for byte
};

/// One launch of one kernel: parameters in order, the shape of the launch, and the contents that buffers must have
/// afterwards. A value: running it changes nothing, so that it can run many times, on changed PTX too.
class LaunchCase {
public:
  /// `source` names a PTX text (see ptxOf), `entry` a kernel in it.
  LaunchCase(std::string source, std::string entry) : source(std::move(source)), entry(std::move(entry)) {}

  /// A pointer to `data`, which counts as written.
  template <class T> LaunchCase &in(const std::vector<T> &data) { return buffer(bytesOf(data), {}, true); }
  /// A pointer to memory that nobody has written; the kernel must leave `expected` there.
  template <class T> LaunchCase &out(const std::vector<T> &expected) {
    return buffer(std::vector<std::byte>(expected.size() * sizeof(T)), bytesOf(expected), false);
  }
  /// A pointer to `before`, in whose place the kernel must leave `expected`.
  template <class T> LaunchCase &update(const std::vector<T> &before, const std::vector<T> &expected) {
    return buffer(bytesOf(before), bytesOf(expected), true);
  }
  /// A parameter passed by value.
  template <class T> LaunchCase &scalar(const T &value) {
    Parameter p;
    p.bytes.resize(sizeof(T));
    std::memcpy(p.bytes.data(), &value, sizeof(T));
    p.align = alignof(T);
    parameters.push_back(std::move(p));
    return *this;
  }
  /// A tensor map over a dense tensor, passed by value: loads of `data`, or stores that must leave `expected`.
  template <class T>
  LaunchCase &mapOf(const std::vector<T> &data, TensorMapType type, std::vector<uint64_t> dims,
                    std::vector<uint32_t> box, uint32_t swizzle = 0) {
    return map(bytesOf(data), {}, type, dims, box, swizzle);
  }
  template <class T>
  LaunchCase &mapInto(const std::vector<T> &expected, TensorMapType type, std::vector<uint64_t> dims,
                      std::vector<uint32_t> box, uint32_t swizzle = 0) {
    return map(std::vector<std::byte>(expected.size() * sizeof(T)), bytesOf(expected), type, dims, box, swizzle);
  }
  /// A buffer that is no parameter by itself: nothing expected, or what the kernel must leave in memory nobody has
  /// written. Returns its number, for the two functions below.
  template <class T> int holds(const std::vector<T> &data) { return store(bytesOf(data), {}, true); }
  template <class T> int leaves(const std::vector<T> &expected) {
    return store(std::vector<std::byte>(expected.size() * sizeof(T)), bytesOf(expected), false);
  }
  LaunchCase &pointer(int buffer);
  /// The map's address is that of the buffer.
  LaunchCase &map(int buffer, const TensorMapSpec &spec);
  LaunchCase &bytes(std::span<const std::byte> value);

  LaunchCase &grid(uint32_t x, uint32_t y = 1, uint32_t z = 1);
  LaunchCase &block(uint32_t x, uint32_t y = 1, uint32_t z = 1);
  LaunchCase &shared(uint32_t bytes);
  /// Kernel `first` of the same text runs before with the same parameters and shape, and this one may start before it
  /// has ended.
  LaunchCase &follows(std::string first);
  /// Tells cases of one kernel apart.
  LaunchCase &variant(std::string text);

  /// `source:entry`, with the variant in brackets.
  std::string name() const;
  const std::string &sourceName() const { return source; }
  const std::string &entryName() const { return entry; }
  /// Grid, block and shared memory of the launch; everything else as by default.
  const LaunchConfig &shape() const { return config; }
  /// Number of tensor maps among the parameters.
  int mapCount() const;
  /// The maps by their offset in the parameter block.
  std::vector<std::pair<size_t, TensorMapSpec>> maps() const;
  /// The case with another swizzle in its nth tensor map: none where there was one, else the smallest that the box
  /// fits in.
  LaunchCase withOtherSwizzle(int map) const;

  /// Runs the kernel of `module` with this case's shape and the seed, timing, checks and budget of `how`. A tensor map
  /// that cannot be encoded gives the status Refused.
  CaseOutcome run(const Module &module, const LaunchConfig &how) const;

private:
  struct Buffer {
    std::vector<std::byte> before;
    std::optional<std::vector<std::byte>> expected;
    bool initialised = true;
  };
  /// A pointer (`buffer` >= 0), a map over a buffer, or bytes.
  struct Parameter {
    int buffer = -1;
    std::optional<TensorMapSpec> map;
    std::vector<std::byte> bytes;
    size_t align = 8;
  };
  template <class T> static std::vector<std::byte> bytesOf(const std::vector<T> &data) {
    auto bytes = std::as_bytes(std::span(data));
    return {bytes.begin(), bytes.end()};
  }
  int store(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected, bool initialised);
  LaunchCase &buffer(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected, bool initialised);
  LaunchCase &map(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected, TensorMapType type,
                  const std::vector<uint64_t> &dims, const std::vector<uint32_t> &box, uint32_t swizzle);

  std::string source, entry, variantText, first;
  LaunchConfig config;
  std::vector<Buffer> buffers;
  std::vector<Parameter> parameters;
};

/// The PTX text that cases call `source`: a file of that name in the folder that the build makes them in, or what an
/// artifact of that name holds.
const std::string &ptxOf(const std::string &source);
/// Whether that file was made.
bool hasPtx(const std::string &source);

/// Cases by the CUDA file they come from; the kernels are correct.
std::vector<LaunchCase> tensorCases();
std::vector<LaunchCase> hopperCases();
std::vector<LaunchCase> hopperMemoryCases();
std::vector<LaunchCase> featureCases();
std::vector<LaunchCase> protocolCases();
std::vector<LaunchCase> boxCases();
/// One product of 64 x N for every N, type and kind of operands. Not in allCases: each is a kernel of its own.
std::vector<LaunchCase> wgmmaCases();
/// The path of an artifact in that folder.
std::string artifactOf(const std::string &source);
/// Cases over PTX that twc emits, launched as their launch rules say.
std::vector<LaunchCase> emittedCases();
/// All of them whose PTX was made.
std::vector<LaunchCase> allCases();

} // namespace tw::emu::test
