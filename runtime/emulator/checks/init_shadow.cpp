// One bit per byte, worked on a word of 64 at a time.
#include "init_shadow.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

namespace {

/// Bits [from, to) of a word, to <= 64.
std::uint64_t bits_between(std::uint64_t from, std::uint64_t to) {
  std::uint64_t low = ~std::uint64_t{0} << from;
  return to >= 64 ? low : low & ((std::uint64_t{1} << to) - 1);
}

/// Calls visit(word index, mask) for the words that hold [first, end) until it returns true.
template <class Visit> void for_each_word(std::uint64_t first, std::uint64_t end, Visit visit) {
  for (std::uint64_t at = first; at < end;) {
    std::uint64_t word_end = std::min(end, (at / 64 + 1) * 64);
    if (visit(at / 64, bits_between(at % 64, at % 64 + (word_end - at)))) return;
    at = word_end;
  }
}

} // namespace

InitShadow::InitShadow(std::uint64_t bytes) { reset(bytes); }

void InitShadow::reset(std::uint64_t bytes) {
  bytes_ = bytes;
  words_.assign((bytes + 63) / 64 + kBitsPadding, 0);
}

void InitShadow::mark(std::uint64_t offset, std::uint64_t count) {
  std::uint64_t first = std::min(offset, bytes_);
  for_each_word(first, first + std::min(count, bytes_ - first), [&](std::uint64_t word, std::uint64_t mask) {
    words_[word] |= mask;
    return false;
  });
}

void InitShadow::forget(std::uint64_t offset, std::uint64_t count) {
  std::uint64_t first = std::min(offset, bytes_);
  for_each_word(first, first + std::min(count, bytes_ - first), [&](std::uint64_t word, std::uint64_t mask) {
    words_[word] &= ~mask;
    return false;
  });
}

std::optional<std::uint64_t> InitShadow::first_uninitialised(std::uint64_t offset, std::uint64_t count) const {
  std::optional<std::uint64_t> found;
  std::uint64_t first = std::min(offset, bytes_);
  for_each_word(first, first + std::min(count, bytes_ - first), [&](std::uint64_t word, std::uint64_t mask) {
    std::uint64_t missing = mask & ~words_[word];
    if (missing) found = word * 64 + std::countr_zero(missing);
    return missing != 0;
  });
  return found;
}

void InitShadow::join(const InitShadow &other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void InitShadow::copy_from(const InitShadow &source, std::uint64_t source_offset, std::uint64_t offset,
                           std::uint64_t count) {
  if (source_offset % 64 == offset % 64 && source_offset + count <= source.bytes_ && offset + count <= bytes_) {
    std::uint64_t shift = source_offset / 64 - offset / 64; // modulo 2^64
    for_each_word(offset, offset + count, [&](std::uint64_t word, std::uint64_t mask) {
      words_[word] = (words_[word] & ~mask) | (source.words_[word + shift] & mask);
      return false;
    });
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (source.first_uninitialised(source_offset + i, 1))
      forget(offset + i, 1);
    else
      mark(offset + i, 1);
  }
}

} // namespace tw::emulator
