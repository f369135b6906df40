// Memory of the machine: buffers with their addresses, and the one place every access passes through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/access.hpp"
#include "checks/init_shadow.hpp"
#include "checks/race_checker.hpp"
#include "machine/address_map.hpp"
#include "machine/instruction.hpp"
#include "machine/program.hpp"

namespace tw::emu {

class UndoLog;

/// A contiguous piece of memory with its own addresses.
struct Region {
  uint8_t *data = nullptr;
  uint64_t base = 0; ///< address of data[0], in the space it is accessed through
  uint64_t bytes = 0;
  uint64_t first = 0;                     ///< offsets below this are not valid (the reserved start of a window)
  emulator::InitShadow *shadow = nullptr; ///< null: every byte is initialised
  std::string name;
  bool writable = true;
  bool checked = false; ///< seen by the race checker
  bool shared = false;
  uint32_t owner = 0;      ///< block of shared memory
  UndoLog *undo = nullptr; ///< when set, is told of every write beforehand
};

/// Buffers and module variables that live longer than a launch.
class MemoryTable {
public:
  /// Race checkers of launches that have ended, for the memory they hold.
  std::vector<std::unique_ptr<emulator::RaceChecker>> spareCheckers;

  uint64_t add(std::span<std::byte> bytes, std::string name, bool initialised);
  bool remove(uint64_t address);
  void setInitialised(uint64_t address, bool initialised);
  /// The bytes at an address inside a buffer count as not written from now on.
  void forget(uint64_t address, uint64_t bytes);
  /// Makes the variables of `program` accessible, allocating them the first time; returns their constant bank.
  Region &bind(const Program &program);
  Region *variable(const Program &program, uint32_t index);

  /// The same memory for a host thread of its own: the bytes are shared, the notes of what is initialised are not.
  std::unique_ptr<MemoryTable> fork() const;
  /// What is initialised in a fork is so here.
  void learn(const MemoryTable &fork);
  /// Calls f(region) for the buffers and the variables of the program that was bound last.
  template <class F> void forEachRegion(F f) {
    for (auto &buffer : buffers)
      if (buffer->used) f(buffer->region);
    if (!bound) return;
    for (Region &region : bound->regions)
      if (region.data) f(region);
  }

  /// The region an address of the global space belongs to (also when it is out of its bounds), or null.
  Region *find(uint64_t address);

private:
  struct Buffer {
    bool used = false;
    Region region;
    emulator::InitShadow shadow;
  };
  struct Instance {
    std::vector<std::vector<uint8_t>> storage;
    std::vector<Region> regions;
    std::vector<uint8_t> constants;
    Region constantRegion;
  };
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::map<const Program *, std::unique_ptr<Instance>> instances;
  Instance *bound = nullptr;
};

class Warp;

/// What an access does.
/// AsyncLoad: the source of cp.async, whose alignment and races its own code checks. CollectiveLoad, CollectiveStore:
/// rows of ldmatrix and stmatrix, whose races and bank conflicts their own code tells. MapUpdate: a tensor map that is
/// changed in place.
enum class AccessType : uint8_t { Load, Store, Atomic, Reduce, MapUpdate, AsyncLoad, CollectiveLoad, CollectiveStore };

/// The lanes of one access with their host addresses.
struct ResolvedAccess {
  uint32_t lanes = 0; ///< lanes whose access is legal
  uint8_t *host[32];
};

/// Checks one access of `bytes` per lane at `addresses` (of the instruction's space) and resolves it. Every fault is
/// reported; lanes with a fault are left out of the result. Marks written bytes, tells the race checker, counts.
ResolvedAccess resolveAccess(Warp &warp, const Instruction &instruction, uint32_t mask, const uint64_t *addresses,
                             uint32_t bytes, AccessType type);

} // namespace tw::emu
