// The virtual address map of the machine.
//
// Generic addresses (64 bits):
//   [1<<32, 2<<32)  shared window: low 24 bits the offset in the CTA, next 8 bits the CTA rank in the cluster
//   [2<<32, 3<<32)  local window: offset in the thread's local memory
//   [3<<32, 4<<32)  constant bank of the module
//   [4<<32, 5<<32)  kernel parameters
//   (id+1)<<36 ...  host buffer id, in the middle of its 64 GiB range, so that a stray address belongs to the nearest
//   buffer 1<<46 | i<<32   module variable i, in the middle of its 4 GiB range
// Addresses in .shared, .local, .const and .param are the low 32 bits. Shared memory starts at 1024, local at 128:
// address 0 is never valid.
#pragma once

#include <cstdint>

namespace tw::emu::address {

inline constexpr uint64_t kWindow = uint64_t{1} << 32;
inline constexpr uint64_t kShared = 1 * kWindow;
inline constexpr uint64_t kLocal = 2 * kWindow;
inline constexpr uint64_t kConst = 3 * kWindow;
inline constexpr uint64_t kParam = 4 * kWindow;
inline constexpr uint64_t kWindowsEnd = 5 * kWindow;

inline constexpr int kBufferShift = 36;
inline constexpr uint32_t kMaxBuffers = 1000;
inline constexpr uint64_t kVariables = uint64_t{1} << 46;
inline constexpr int kVariableShift = 32;
inline constexpr uint32_t kMaxVariables = 1u << 14;
/// Buffers are aligned to 256 bytes and no more, like device allocations.
inline constexpr uint64_t kSkew = 256;

inline constexpr uint32_t kSharedBegin = 1024;
inline constexpr uint32_t kLocalBegin = 128;

inline constexpr uint64_t bufferBase(uint32_t id) {
  return (uint64_t{id + 1} << kBufferShift) + (uint64_t{1} << (kBufferShift - 1)) + kSkew;
}
inline constexpr uint64_t variableBase(uint32_t index) {
  return kVariables + (uint64_t{index} << kVariableShift) + (uint64_t{1} << (kVariableShift - 1)) + kSkew;
}

} // namespace tw::emu::address
