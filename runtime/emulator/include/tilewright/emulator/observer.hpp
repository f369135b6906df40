// Looking at a launch while it runs: every instruction, with the registers and shared memory before it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::emu {

class Warp;
struct Extent;
struct Instruction;

/// A register of the running function in all lanes.
struct RegisterValues {
  std::string name; ///< as in the PTX
  std::string type; ///< "f32", "pred", ...; 128-bit registers appear as two of b64, name.lo and name.hi
  std::array<uint64_t, 32> lanes{};
};

/// A variable in shared memory, or its dynamic part.
struct SharedBuffer {
  std::string name;
  std::span<const uint8_t> bytes;
  std::vector<bool> written; ///< per byte
};

/// A warp that is about to execute an instruction. Valid during Observer::executes only.
class Moment {
public:
  Moment(Warp &warp, const Instruction &instruction, uint32_t lanes);
  const Extent &block() const;
  uint32_t warp() const; ///< in the block
  uint32_t lanes() const { return executing; }
  uint32_t live() const; ///< lanes that have not exited
  int ptx_line() const;
  std::string_view opcode() const; ///< with its modifiers
  /// Registers of the running function that were ever written, in order of appearance.
  std::vector<RegisterValues> registers() const;
  /// Shared memory of the block.
  std::vector<SharedBuffer> shared() const;

private:
  Warp &who;
  const Instruction &instruction;
  uint32_t executing;
};

/// Sees every instruction of a launch (LaunchConfig::observer), which slows it down.
class Observer {
public:
  virtual ~Observer() = default;
  virtual void executes(const Moment &moment) = 0;
};

} // namespace tw::emu
