// Decoded qualifiers that do not fit into Instruction, shared by all programs of the process.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace tw::emu {

/// Keeps one copy of every distinct form. Decoding adds under a lock; forms never move, so that running programs read
/// them without one.
template <class Form> class FormTable {
public:
  /// The number of the form, for operator[].
  uint32_t intern(const Form &form) {
    std::lock_guard<std::mutex> lock(mutex);
    for (uint32_t i = 0; i < count; ++i)
      if (at(i) == form) return i;
    auto &block = blocks[blockOf(count)];
    if (!block) block = std::make_unique<Form[]>(size_t{kFirst} << blockOf(count));
    at(count) = form;
    return count++;
  }
  const Form &operator[](uint32_t number) const { return at(number); }

private:
  /// Forms of the first block; each further block holds twice as many.
  static constexpr uint32_t kFirst = 64;
  static uint32_t blockOf(uint32_t number) { return static_cast<uint32_t>(std::bit_width(number / kFirst + 1)) - 1; }
  Form &at(uint32_t number) const {
    uint32_t block = blockOf(number);
    return blocks[block][number - kFirst * ((1u << block) - 1)];
  }

  std::array<std::unique_ptr<Form[]>, 27> blocks;
  uint32_t count = 0;
  std::mutex mutex;
};

} // namespace tw::emu
