// Argument specs: parsing, and making the arguments they describe.
#include "tilewright/runtime/argument.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "tilewright/runtime/npy.hpp"

namespace tw::rt {
namespace {

constexpr std::array<std::string_view, 6> fill_names{"zeros", "ones", "iota", "ints", "normal", "nan"};
constexpr const char *forms = "give FILE.npy, a scalar like 3, 7i64 or 0.5f32, or TYPE[DIMSxDIMS]:FILL@SEED";

Fault malformed(std::string_view text, std::string what, std::string fix = forms) {
  return make_fault(FaultClass::usage, "argument.spec",
                    {"argument '" + std::string(text) + "'", std::move(what), {}, std::move(fix)});
}

template <class T> bool parse_whole(std::string_view text, T &out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Numbers between `separator`s; an empty text is an empty list.
bool parse_list(std::string_view text, char separator, std::vector<std::int64_t> &out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::int64_t value;
    if (!parse_whole(text.substr(0, end), value) || value < 0) return false;
    out.push_back(value);
    if (end == text.size()) break;
    text = text.substr(end + 1);
    if (text.empty()) return false;
  }
  return true;
}

template <class Parsed> bool fits(ElementType type, Parsed value) {
  const Scalar scalar = Scalar::of_integer(type, static_cast<std::int64_t>(value));
  return static_cast<Parsed>(scalar.as_integer()) == value;
}

// "-3", "7i64", "0.5f32", "infbf16": digits, then a type name.
Result<ArgumentSpec> parse_scalar(std::string_view text) {
  ArgumentSpec spec;
  std::string_view digits = text;
  ElementType type = ElementType::i32;
  for (int i = 0; i < element_type_count; ++i) {
    const std::string_view name = name_of(static_cast<ElementType>(i));
    // The longest name wins: "1bf16" ends in "f16", "1tf32" in "f32", "1u16" in no other.
    if (text.size() > name.size() && text.ends_with(name) && name.size() > text.size() - digits.size()) {
      type = static_cast<ElementType>(i);
      digits = text.substr(0, text.size() - name.size());
    }
  }
  if (is_float(type)) {
    double value;
    if (!parse_whole(digits, value)) return malformed(text, "'" + std::string(digits) + "' is no number");
    spec.scalar = Scalar::of_double(type, value);
    return spec;
  }
  std::uint64_t magnitude;
  const bool negative = digits.starts_with('-');
  if (!parse_whole(digits.substr(negative), magnitude)) {
    double value;
    if (parse_whole(digits, value) && digits.size() == text.size())
      return malformed(text, "a scalar without a type is an i32, and '" + std::string(digits) + "' is no i32",
                       "add the type, as in 0.5f32");
    return malformed(text, "'" + std::string(digits) + "' is no whole number");
  }
  const bool in_i64 = magnitude <= std::uint64_t{INT64_MAX} + negative;
  const std::int64_t value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  const bool ok = type == ElementType::u64 ? !negative || magnitude == 0 : in_i64 && fits(type, value);
  if (!ok)
    return malformed(text, "the value does not fit " + std::string(name_of(type)), "use a wider type, as in 7i64");
  spec.scalar = Scalar::of_integer(type, value);
  return spec;
}

Status parse_fill(std::string_view text, std::string_view fill, ArgumentSpec &spec) {
  const std::size_t at = fill.find('@');
  if (at != std::string_view::npos) {
    if (!parse_whole(fill.substr(at + 1), spec.seed)) return malformed(text, "the seed after '@' is no whole number");
    fill = fill.substr(0, at);
  }
  for (std::size_t i = 0; i < fill_names.size(); ++i)
    if (fill_names[i] == fill) {
      spec.fill = static_cast<Fill>(i);
      return {};
    }
  return malformed(text, "unknown fill '" + std::string(fill) + "'", "use zeros, ones, iota, ints, normal or nan");
}

Result<ArgumentSpec> parse_tensor(std::string_view text, std::size_t bracket) {
  ArgumentSpec spec;
  spec.kind = ArgumentSpec::Kind::tensor;
  const std::string type_name(text.substr(0, bracket));
  const std::optional<ElementType> type = element_type_of(type_name);
  if (!type)
    return malformed(text, "unknown element type '" + type_name + "'",
                     "use f64 f32 tf32 f16 bf16 e4m3 e5m2 i64 i32 i16 i8 u64 u32 u16 u8 or bool");
  spec.type = *type;
  std::string_view rest = text.substr(bracket + 1);
  std::size_t end = rest.find(']');
  if (end == std::string_view::npos || !parse_list(rest.substr(0, end), 'x', spec.shape))
    return malformed(text, "the extents between '[' and ']' are not whole numbers separated by 'x'");
  rest = rest.substr(end + 1);
  if (rest.starts_with('{')) {
    std::vector<std::int64_t> strides;
    end = rest.find('}');
    if (end == std::string_view::npos || !parse_list(rest.substr(1, end - 1), ',', strides))
      return malformed(text, "the strides between '{' and '}' are not whole numbers separated by ','");
    if (strides.size() != spec.shape.size())
      return malformed(
          text, std::to_string(strides.size()) + " strides for " + std::to_string(spec.shape.size()) + " extents",
          "give one stride, in elements, per extent");
    spec.strides = std::move(strides);
    rest = rest.substr(end + 1);
  }
  if (!rest.starts_with(':')) return malformed(text, "a fill must follow, as in f32[4]:zeros");
  if (Status status = parse_fill(text, rest.substr(1), spec); !status) return status.fault();
  return spec;
}

// iota repeats after the last integer up to which the type holds every one.
std::int64_t iota_period(ElementType type) {
  switch (type) {
  case ElementType::f64: return std::int64_t{1} << 53;
  case ElementType::f32: return 1 << 24;
  case ElementType::tf32:
  case ElementType::f16: return 1 << 11;
  case ElementType::bf16: return 1 << 8;
  case ElementType::e4m3: return 1 << 4;
  case ElementType::e5m2: return 1 << 3;
  case ElementType::boolean: return 2;
  case ElementType::i64:
  case ElementType::u64: return INT64_MAX;
  default: return std::int64_t{1} << (8 * size_of(type) - is_signed_integer(type));
  }
}

// The sum of twelve uniform draws has deviation 1. Unlike Box-Muller it needs no log and cos, whose last bits differ
// between maths libraries, and every step is exact.
double normal_value(std::uint64_t seed, std::uint64_t index) {
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const std::uint64_t bits = random_bits(seed, 6 * index + i);
    sum += static_cast<std::int64_t>(bits >> 32) + static_cast<std::int64_t>(bits & 0xFFFFFFFFu);
  }
  // Each draw is at the middle of its 2^-32 wide cell: 12 halves of a cell make 6 cells.
  return static_cast<double>(sum + 6 - (std::int64_t{6} << 32)) / 4294967296.0;
}

double ints_value(ElementType type, std::uint64_t bits) {
  if (type == ElementType::boolean) return static_cast<double>(bits >> 63);
  const double value = static_cast<double>((bits >> 32) % 9);
  return is_unsigned_integer(type) ? value : value - 4;
}

} // namespace

std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  // splitmix64 (Steele, Lea, Flood 2014) at position `index` of the stream that starts at a mixed seed; mixing keeps
  // the streams of neighbouring seeds from being shifts of each other.
  const auto mix = [](std::uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  };
  constexpr std::uint64_t gamma = 0x9e3779b97f4a7c15u;
  return mix(mix(seed + gamma) + (index + 1) * gamma);
}

void fill_tensor(HostTensor &tensor, Fill fill, std::uint64_t seed) {
  const ElementType type = tensor.type();
  const std::int64_t count = tensor.element_count(), period = iota_period(type);
  const double deviation = is_float(type) ? 1.0 : 16.0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::byte *element = tensor.bytes().data() + tensor.offset_of(i) * size_of(type);
    switch (fill) {
    case Fill::zeros: store_from_double(type, 0, element); break;
    case Fill::ones: store_from_double(type, 1, element); break;
    case Fill::iota: store_from_double(type, static_cast<double>(i % period), element); break;
    case Fill::ints: store_from_double(type, ints_value(type, random_bits(seed, i)), element); break;
    case Fill::normal: store_from_double(type, deviation * normal_value(seed, i), element); break;
    case Fill::nan:
      if (is_float(type)) {
        store_from_double(type, std::nan(""), element);
      } else {
        std::fill_n(element, size_of(type), type == ElementType::boolean ? std::byte{1} : std::byte{0xFF});
      }
      break;
    }
  }
}

Result<ArgumentSpec> parse_argument_spec(std::string_view text) {
  if (text.ends_with(".npy")) {
    ArgumentSpec spec;
    spec.kind = ArgumentSpec::Kind::file;
    spec.path = text;
    return spec;
  }
  if (const std::size_t bracket = text.find('['); bracket != std::string_view::npos) return parse_tensor(text, bracket);
  if (text.empty()) return malformed(text, "the argument is empty");
  return parse_scalar(text);
}

Result<HostArgument> make_argument(const ArgumentSpec &spec) {
  if (spec.kind == ArgumentSpec::Kind::scalar) return HostArgument(spec.scalar);
  if (spec.kind == ArgumentSpec::Kind::file) {
    Result<HostTensor> tensor = read_npy(spec.path);
    if (!tensor) return tensor.fault();
    return HostArgument(std::move(*tensor));
  }
  Result<HostTensor> tensor =
      spec.strides ? HostTensor::zeros(spec.type, spec.shape, *spec.strides) : HostTensor::zeros(spec.type, spec.shape);
  if (!tensor) return tensor.fault();
  fill_tensor(*tensor, spec.fill, spec.seed);
  return HostArgument(std::move(*tensor));
}

Result<HostArgument> make_argument(std::string_view text) {
  Result<ArgumentSpec> spec = parse_argument_spec(text);
  if (!spec) return spec.fault();
  return make_argument(*spec);
}

} // namespace tw::rt
