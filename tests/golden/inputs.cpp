// What snippets read: the same on every machine, from the draws of the runtime's generator.
#include "pack.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "tilewright/runtime/argument.hpp"

namespace golden {
namespace {

using tw::rt::random_bits;

/// A float of `exponent_bits` and `mantissa_bits`: one of the edges, or random bits of magnitude or of all.
std::uint64_t any_float(std::uint64_t draw, int exponent_bits, int mantissa_bits) {
  const int bits = 1 + exponent_bits + mantissa_bits;
  const std::uint64_t one = 1, sign = (draw >> 8 & 1) << (bits - 1);
  const std::uint64_t infinity = ((one << exponent_bits) - 1) << mantissa_bits;
  const std::uint64_t unit = ((one << (exponent_bits - 1)) - 1) << mantissa_bits;
  switch (draw % 16) {
  case 0: return sign;
  case 1: return sign | one;                          // the smallest subnormal
  case 2: return sign | ((one << mantissa_bits) - 1); // the largest
  case 3: return sign | one << mantissa_bits;         // the smallest normal
  case 4: return sign | (infinity - 1);               // the largest finite
  case 5: return sign | infinity;
  case 6: return sign | infinity | one << (mantissa_bits - 1) | (draw >> 16 & 1);
  case 7: return sign | unit;
  case 8: return draw >> (64 - bits);
  case 9: return sign | (unit + (one << (mantissa_bits - 1))); // 1.5: ties when it becomes an integer
  default: {                                                   // near one
    const std::uint64_t exponent = (one << (exponent_bits - 1)) - 5 + (draw >> 9) % 9;
    return sign | exponent << mantissa_bits | (draw >> 13 & ((one << mantissa_bits) - 1));
  }
  }
}

/// Codes of the integers 0 to 4 in a format.
std::uint64_t small(std::uint64_t draw, const std::array<std::uint64_t, 5> &codes, int bits) {
  return codes[draw % 5] | (draw >> 8 & 1) << (bits - 1);
}

std::uint64_t element(Inputs inputs, std::uint64_t draw) {
  switch (inputs) {
  case Inputs::bits: break;
  case Inputs::f32: return any_float(draw, 8, 23);
  case Inputs::f64: return any_float(draw, 11, 52);
  case Inputs::f16: return any_float(draw, 5, 10);
  case Inputs::bf16: return any_float(draw, 8, 7);
  case Inputs::near_one: return (draw >> 8 & 1) << 31 | (123 + (draw >> 9) % 8) << 23 | (draw >> 13 & 0x7fffff);
  case Inputs::small_f16: return small(draw, {0, 0x3c00, 0x4000, 0x4200, 0x4400}, 16);
  case Inputs::small_bf16: return small(draw, {0, 0x3f80, 0x4000, 0x4040, 0x4080}, 16);
  case Inputs::small_f32: return small(draw, {0, 0x3f800000, 0x40000000, 0x40400000, 0x40800000}, 32);
  case Inputs::small_f64:
    return small(draw, {0, 0x3ff0000000000000, 0x4000000000000000, 0x4008000000000000, 0x4010000000000000}, 64);
  case Inputs::small_e4m3: return small(draw, {0, 0x38, 0x40, 0x44, 0x48}, 8);
  case Inputs::small_e5m2: return small(draw, {0, 0x3c, 0x40, 0x42, 0x44}, 8);
  }
  static constexpr std::array<std::uint64_t, 12> edges{0,
                                                       1,
                                                       ~std::uint64_t{0},
                                                       0x8000000080008080,
                                                       0x7fffffff7fff7f7f,
                                                       0x8000000000000000,
                                                       0x7fffffffffffffff,
                                                       0x00000000ffffffff,
                                                       0xffffffff80000000,
                                                       31,
                                                       32,
                                                       64};
  return draw % 4 ? random_bits(draw, 1) : edges[draw / 4 % edges.size()];
}

int width(Inputs inputs) {
  switch (inputs) {
  case Inputs::bits:
  case Inputs::f64:
  case Inputs::small_f64: return 64;
  case Inputs::f32:
  case Inputs::near_one:
  case Inputs::small_f32: return 32;
  case Inputs::small_e4m3:
  case Inputs::small_e5m2: return 8;
  default: return 16;
  }
}

} // namespace

tw::rt::HostTensor make_inputs(Inputs inputs, int threads) {
  const std::int64_t words = std::int64_t{threads} * 8;
  tw::rt::HostTensor tensor = tw::rt::HostTensor::zeros(tw::rt::ElementType::u64, {words}).value();
  const int bits = width(inputs);
  std::uint64_t at = 0;
  for (std::int64_t i = 0; i < words; ++i) {
    std::uint64_t word = 0;
    for (int low = 0; low < 64; low += bits) {
      const std::uint64_t value = element(inputs, random_bits(static_cast<std::uint64_t>(inputs) + 1, at++));
      word |= (bits == 64 ? value : value & ((std::uint64_t{1} << bits) - 1)) << low;
    }
    std::memcpy(tensor.bytes().data() + 8 * i, &word, 8);
  }
  return tensor;
}

} // namespace golden
