// Names and widths of PTX types.
#include "machine/type.hpp"

#include <array>

namespace tw::emu {
namespace {

struct Row {
  std::string_view name;
  int bits;
};

constexpr std::array<Row, 29> kTypes = {{{"", 0},        {"pred", 1},   {"b8", 8},      {"b16", 16},   {"b32", 32},
                                         {"b64", 64},    {"b128", 128}, {"u8", 8},      {"u16", 16},   {"u32", 32},
                                         {"u64", 64},    {"s8", 8},     {"s16", 16},    {"s32", 32},   {"s64", 64},
                                         {"u16x2", 32},  {"s16x2", 32}, {"f16", 16},    {"f16x2", 32}, {"bf16", 16},
                                         {"bf16x2", 32}, {"tf32", 32},  {"f32", 32},    {"f32x2", 64}, {"f64", 64},
                                         {"e4m3", 8},    {"e5m2", 8},   {"e4m3x2", 16}, {"e5m2x2", 16}}};

} // namespace

std::optional<Type> typeFromName(std::string_view name) {
  for (size_t i = 1; i < kTypes.size(); ++i)
    if (kTypes[i].name == name) return static_cast<Type>(i);
  return std::nullopt;
}

std::string_view typeName(Type type) { return kTypes[static_cast<size_t>(type)].name; }
int bitsOf(Type type) { return kTypes[static_cast<size_t>(type)].bits; }

} // namespace tw::emu
