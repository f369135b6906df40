// The table of legal mma.sync instructions and the messages for those that a target lacks.
#include "matrix_form.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace tw::emulator {

namespace {

using Element = MatrixElement;

constexpr std::array<std::string_view, 13> kNames = {"f16", "bf16", "tf32", "f32",  "f64",  "s8", "u8",
                                                     "s4",  "u4",   "b1",   "e4m3", "e5m2", "s32"};

/// Types that appear under the same rules.
enum class Family { f16, bf16, tf32, f64, int8, int4, bit, fp8, none };

Family family_of(Element element) {
  switch (element) {
  case Element::f16: return Family::f16;
  case Element::bf16: return Family::bf16;
  case Element::tf32: return Family::tf32;
  case Element::f64: return Family::f64;
  case Element::s8:
  case Element::u8: return Family::int8;
  case Element::s4:
  case Element::u4: return Family::int4;
  case Element::b1: return Family::bit;
  case Element::e4m3:
  case Element::e5m2: return Family::fp8;
  case Element::f32:
  case Element::s32: break;
  }
  return Family::none;
}

struct ShapeRule {
  Family family;
  int m, n, k;
  int since; ///< first target that has the shape
};

// PTX ISA 9.7.14.5.14, syntax and "Target ISA Notes".
constexpr ShapeRule kShapes[] = {
    {Family::f16, 16, 8, 8, 75},   {Family::f16, 16, 8, 16, 80}, {Family::bf16, 16, 8, 8, 80},
    {Family::bf16, 16, 8, 16, 80}, {Family::tf32, 16, 8, 4, 80}, {Family::tf32, 16, 8, 8, 80},
    {Family::f64, 8, 8, 4, 80},    {Family::f64, 16, 8, 4, 90},  {Family::f64, 16, 8, 8, 90},
    {Family::f64, 16, 8, 16, 90},  {Family::int8, 8, 8, 16, 75}, {Family::int8, 16, 8, 16, 80},
    {Family::int8, 16, 8, 32, 80}, {Family::int4, 8, 8, 32, 75}, {Family::int4, 16, 8, 32, 80},
    {Family::int4, 16, 8, 64, 80}, {Family::bit, 8, 8, 128, 75}, {Family::bit, 16, 8, 128, 80},
    {Family::bit, 16, 8, 256, 80}, {Family::fp8, 16, 8, 16, 89}, {Family::fp8, 16, 8, 32, 89},
};

bool accumulates_in(Family family, Element accumulator) {
  switch (family) {
  case Family::f16:
  case Family::fp8: return accumulator == Element::f16 || accumulator == Element::f32;
  case Family::bf16:
  case Family::tf32: return accumulator == Element::f32;
  case Family::f64: return accumulator == Element::f64;
  case Family::int8:
  case Family::int4:
  case Family::bit: return accumulator == Element::s32;
  case Family::none: break;
  }
  return false;
}

std::string_view accumulators_of(Family family) {
  switch (family) {
  case Family::f16:
  case Family::fp8: return "f16 or f32";
  case Family::f64: return "f64";
  case Family::bf16:
  case Family::tf32: return "f32";
  default: return "s32";
  }
}

std::string shapes_of(Family family) {
  std::string text;
  for (const ShapeRule &rule : kShapes) {
    if (rule.family != family) continue;
    fmt::format_to(std::back_inserter(text), "{}m{}n{}k{} (sm_{})", text.empty() ? "" : ", ", rule.m, rule.n, rule.k,
                   rule.since);
  }
  return text;
}

const ShapeRule *find_shape(Family family, const MmaForm &form) {
  for (const ShapeRule &rule : kShapes)
    if (rule.family == family && rule.m == form.m && rule.n == form.n && rule.k == form.k) return &rule;
  return nullptr;
}

} // namespace

std::string_view to_string(Element element) { return kNames[static_cast<std::size_t>(element)]; }

std::optional<Element> parse_matrix_element(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Element>(i);
  return std::nullopt;
}

int element_bits(Element element) {
  switch (element) {
  case Element::f64: return 64;
  case Element::tf32:
  case Element::f32:
  case Element::s32: return 32;
  case Element::f16:
  case Element::bf16: return 16;
  case Element::s8:
  case Element::u8:
  case Element::e4m3:
  case Element::e5m2: return 8;
  case Element::s4:
  case Element::u4: return 4;
  case Element::b1: return 1;
  }
  return 0;
}

std::string to_string(const MmaForm &form) {
  auto layout = [](MatrixLayout value) { return value == MatrixLayout::row ? "row" : "col"; };
  std::string_view suffix = form.bit_operation == BitOperation::and_popc   ? ".and.popc"
                            : form.bit_operation == BitOperation::xor_popc ? ".xor.popc"
                                                                           : "";
  return fmt::format("mma.sync.aligned.m{}n{}k{}.{}.{}{}.{}.{}.{}.{}{}", form.m, form.n, form.k, layout(form.a_layout),
                     layout(form.b_layout), form.satfinite ? ".satfinite" : "", to_string(form.d), to_string(form.a),
                     to_string(form.b), to_string(form.c), suffix);
}

std::optional<std::string> mma_refusal(const MmaForm &form, int target) {
  auto refuse = [&](std::string_view why) { return fmt::format("{}: {}", to_string(form), why); };
  Family family = family_of(form.a);
  if (family == Family::none) return refuse(fmt::format("{} is no type of A", to_string(form.a)));
  if (family_of(form.b) != family)
    return refuse(fmt::format("A is {} but B is {}, which do not mix", to_string(form.a), to_string(form.b)));
  if (family == Family::f16 && form.m == 8 && form.n == 8 && form.k == 4)
    return refuse("the quad-pair form is made for sm_70 and is not executed here; use m16n8k16");
  const ShapeRule *rule = find_shape(family, form);
  if (!rule) return refuse(fmt::format("no such shape for {}; it has {}", to_string(form.a), shapes_of(family)));
  if (target < rule->since)
    return refuse(fmt::format("needs sm_{} or newer, the target is sm_{}; for {} it has {}", rule->since, target,
                              to_string(form.a), shapes_of(family)));
  if (form.a_layout != MatrixLayout::row || form.b_layout != MatrixLayout::col)
    return refuse("only .row.col exists for this shape");
  if (form.c != form.d)
    return refuse(fmt::format("C is {} but D is {}; they must be the same", to_string(form.c), to_string(form.d)));
  if (!accumulates_in(family, form.d))
    return refuse(
        fmt::format("{} accumulates in {}, not in {}", to_string(form.a), accumulators_of(family), to_string(form.d)));
  if (form.satfinite && family != Family::int8 && family != Family::int4)
    return refuse(fmt::format(".satfinite exists for s8, u8, s4 and u4 only, not for {}", to_string(form.a)));
  if ((form.bit_operation != BitOperation::none) != (family == Family::bit))
    return refuse(family == Family::bit ? "b1 needs .and.popc or .xor.popc" : ".popc exists for b1 only");
  if (form.bit_operation == BitOperation::and_popc && target < 80)
    return refuse(fmt::format(".and.popc needs sm_80 or newer, the target is sm_{}", target));
  return std::nullopt;
}

} // namespace tw::emulator
