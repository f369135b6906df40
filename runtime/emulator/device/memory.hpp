// Device memory of the emulator: the same allocations in one machine per schedule, at the same addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/runtime/error.hpp"

namespace tw::rt::emulator_device {

/// Machines with equal memory, one per schedule: a kernel under one schedule must not see what another one wrote.
class Memory {
public:
  explicit Memory(int machines);

  /// The machine of schedule `index`.
  emu::Machine &machine(std::size_t index) { return *machines_[index]; }
  std::size_t machine_count() const { return machines_.size(); }

  /// An uninitialised buffer named `name`; its address. Code emulator.memory.
  Result<std::uint64_t> allocate(std::size_t bytes, const std::string &name);
  /// Code emulator.address: no allocation starts at `address`.
  Status free(std::uint64_t address);
  /// Writes to all machines. Code emulator.address: the range is not inside one allocation.
  Status copy_in(std::uint64_t to, std::span<const std::byte> from);
  /// Reads from the first machine; code as `copy_in`.
  Status copy_out(std::span<std::byte> to, std::uint64_t from) const;
  /// Sets `bytes` bytes in all machines; code as `copy_in`.
  Status set(std::uint64_t to, std::uint8_t value, std::uint64_t bytes);

private:
  struct Allocation {
    std::size_t bytes = 0;
    std::string name;
    std::vector<std::unique_ptr<std::byte[]>> copies; ///< one per machine
  };
  using Allocations = std::map<std::uint64_t, Allocation>;

  Result<Allocations::const_iterator> find(std::uint64_t address, std::uint64_t bytes, const char *action) const;
  void mark_written(Allocations::const_iterator allocation, std::uint64_t address, std::uint64_t bytes);

  std::vector<std::unique_ptr<emu::Machine>> machines_;
  Allocations allocations_;
};

} // namespace tw::rt::emulator_device
