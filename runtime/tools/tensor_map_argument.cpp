// Parser of tensor maps on the command line.
#include "tensor_map_argument.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace tw::tools {
namespace {

struct Wrong {
  std::string message;
};

/// The part up to `end`, which is removed too.
std::string_view take(std::string_view &text, char end) {
  std::size_t at = std::min(text.find(end), text.size());
  std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    throw Wrong{fmt::format("'{}' is not a number", text)};
  return value;
}

/// `name[1x2x3]` or `name{1,2}`: the name, and the numbers.
std::vector<std::uint64_t> list(std::string_view text, std::string_view what) {
  std::vector<std::uint64_t> values;
  while (!text.empty()) {
    std::size_t at = std::min(text.find_first_of("x,"), text.size());
    values.push_back(number(text.substr(0, at)));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  if (values.empty() && what != "strides") throw Wrong{fmt::format("{} are missing", what)};
  if (values.size() > 5) throw Wrong{fmt::format("{} are {} numbers, more than 5", what, values.size())};
  return values;
}

std::string_view bracketed(std::string_view &text, char open, char close, std::string_view what) {
  if (text.empty() || text[0] != open) throw Wrong{fmt::format("{} are missing", what)};
  text.remove_prefix(1);
  if (text.find(close) == text.npos) throw Wrong{fmt::format("'{}' is never closed", open)};
  return take(text, close);
}

/// The two corners `{w,h,d}`, signed, one number per dimension between the first and the last.
std::array<std::int32_t, 3> corner(std::string_view &text, std::string_view what, std::size_t rank) {
  std::array<std::int32_t, 3> values{};
  std::string_view list = bracketed(text, '{', '}', what);
  std::size_t count = 0;
  for (; !list.empty(); ++count) {
    std::string_view one = take(list, ',');
    bool negative = one.starts_with('-');
    auto value = static_cast<std::int32_t>(std::min<std::uint64_t>(number(one.substr(negative)), 1u << 20));
    if (count < 3) values[count] = negative ? -value : value;
  }
  if (count + 2 != rank)
    throw Wrong{fmt::format("the {} has {} numbers, not one for each of {} dimensions less two", what, count, rank)};
  return values;
}

/// `im2col[CHANNELSxPIXELS]{LOWER}{UPPER}`, after its name.
emu::Im2colSpec im2col(std::string_view text, std::size_t rank) {
  std::vector<std::uint64_t> extents = list(bracketed(text, '[', ']', "im2col extents"), "im2col extents");
  if (extents.size() != 2) throw Wrong{"im2col needs channels and pixels"};
  emu::Im2colSpec spec;
  spec.channels = static_cast<std::uint32_t>(std::min<std::uint64_t>(extents[0], 1u << 20));
  spec.pixels = static_cast<std::uint32_t>(std::min<std::uint64_t>(extents[1], 1u << 20));
  spec.lower = corner(text, "lower corner", rank);
  spec.upper = corner(text, "upper corner", rank);
  return spec;
}

TensorMapArgument parse(std::string_view text) {
  TensorMapArgument result;
  emu::TensorMapSpec &spec = result.spec;
  if (take(text, ':') != "tmap") throw Wrong{"it does not start with tmap:"};
  result.argument = number(take(text, ':'));
  std::string_view tensor = take(text, ':');
  std::size_t open = std::min(tensor.find('['), tensor.size());
  if (!emu::tensor_map_type(tensor.substr(0, open), spec.type))
    throw Wrong{fmt::format("tensor maps have no element type '{}'", tensor.substr(0, open))};
  tensor.remove_prefix(open);
  std::vector<std::uint64_t> dims = list(bracketed(tensor, '[', ']', "dims"), "dims"), strides;
  if (!tensor.empty()) strides = list(bracketed(tensor, '{', '}', "strides"), "strides");
  std::string_view boxText = take(text, ':');
  std::vector<std::uint64_t> box(dims.size(), 1);
  if (boxText.starts_with("im2col")) {
    spec.im2col = im2col(boxText.substr(6), dims.size());
  } else {
    if (!boxText.starts_with("box")) throw Wrong{"the box is missing"};
    boxText.remove_prefix(3);
    box = list(bracketed(boxText, '[', ']', "box extents"), "box extents");
  }
  if (box.size() != dims.size())
    throw Wrong{fmt::format("the box has {} extents but the tensor {}", box.size(), dims.size())};
  if (!strides.empty() && strides.size() + 1 != dims.size())
    throw Wrong{fmt::format("{} strides are given for {} dimensions; give one less", strides.size(), dims.size())};
  spec.rank = static_cast<std::uint32_t>(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    spec.dims[i] = dims[i];
    spec.box[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(box[i], 1u << 20));
    if (i == 0) continue;
    std::uint64_t dense = (i == 1 ? bytes_of(spec.type) : spec.strides[i - 2]) * dims[i - 1];
    spec.strides[i - 1] = strides.empty() ? dense : strides[i - 1];
  }
  while (!text.empty()) {
    std::string_view option = take(text, ':'), name = take(option, '=');
    if (name == "swizzle" && (option == "none" || option == "32" || option == "64" || option == "128"))
      spec.swizzle = option == "none" ? 0 : static_cast<std::uint32_t>(number(option));
    else if (name == "fill" && (option == "zero" || option == "nan"))
      spec.nan_fill = option == "nan";
    else if (name == "interleave" && (option == "none" || option == "16" || option == "32"))
      spec.interleave = option == "none" ? 0 : static_cast<std::uint32_t>(number(option));
    else
      throw Wrong{fmt::format(
          "'{}={}' is not known; use swizzle=none|32|64|128, interleave=none|16|32 and fill=zero|nan", name, option)};
  }
  return result;
}

} // namespace

std::variant<TensorMapArgument, std::string> parse_tensor_map_argument(std::string_view text) {
  try {
    return parse(text);
  } catch (const Wrong &wrong) {
    return wrong.message;
  }
}

} // namespace tw::tools
