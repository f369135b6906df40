// NumPy's .npy format: magic, version, a header in Python literal syntax, raw elements.
#include "tilewright/runtime/npy.hpp"

#include <cstring>
#include <string_view>

#include "tilewright/runtime/file.hpp"

namespace tw::rt {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

Fault malformed(const std::string &where, std::string what, std::string fix = {}) {
  return make_fault(
      FaultClass::user, "npy.format",
      {where, std::move(what), {}, fix.empty() ? "write the file again with numpy.save" : std::move(fix)});
}

// Reads the three entries of the header dictionary. Only the literals numpy writes are understood.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  std::string descr, fault;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;

  bool parse() {
    bool has_descr = false, has_order = false, has_shape = false;
    if (!take('{')) return fail("its header is no dictionary");
    while (!take('}')) {
      std::string key;
      if (!take_string(key) || !take(':')) return fail("its header has no key where one must stand");
      bool ok = false;
      if (key == "descr" && !has_descr)
        ok = has_descr = take_string(descr);
      else if (key == "fortran_order" && !has_order)
        ok = has_order = take_bool();
      else if (key == "shape" && !has_shape)
        ok = has_shape = take_shape();
      if (!ok) return fail("its header entry '" + key + "' cannot be read");
      if (!take(',') && !peek('}')) return fail("its header lacks a comma");
    }
    if (!has_descr || !has_order || !has_shape) return fail("its header lacks descr, fortran_order or shape");
    skip();
    return at_ == text_.size() || fail("its header has text after the dictionary");
  }

private:
  bool fail(std::string what) {
    if (fault.empty()) fault = std::move(what);
    return false;
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool peek(char c) {
    skip();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    const bool here = peek(c);
    at_ += here;
    return here;
  }
  bool take_string(std::string &out) {
    const char quote = peek('"') ? '"' : '\'';
    if (!take(quote)) return false;
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  bool take_word(std::string_view word) {
    skip();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool take_bool() {
    if (take_word("True")) return fortran_order = true;
    return take_word("False");
  }
  bool take_shape() {
    if (!take('(')) return false;
    while (!take(')')) {
      std::int64_t extent = 0;
      const std::size_t start = (skip(), at_);
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        if (__builtin_mul_overflow(extent, 10, &extent) || __builtin_add_overflow(extent, text_[at_] - '0', &extent))
          return false;
      if (at_ == start || shape.size() == 64) return false;
      shape.push_back(extent);
      if (!take(',') && !peek(')')) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct DescrRow {
  std::string_view kind; // letter and size
  ElementType type;
};
constexpr DescrRow descr_rows[] = {{"f8", ElementType::f64}, {"f4", ElementType::f32}, {"f2", ElementType::f16},
                                   {"i8", ElementType::i64}, {"i4", ElementType::i32}, {"i2", ElementType::i16},
                                   {"i1", ElementType::i8},  {"u8", ElementType::u64}, {"u4", ElementType::u32},
                                   {"u2", ElementType::u16}, {"u1", ElementType::u8},  {"b1", ElementType::boolean}};

Result<ElementType> type_of(const std::string &descr, const std::string &where) {
  if (descr.size() == 3 && descr[0] == '>')
    return malformed(where, "elements of type '" + descr + "' are big-endian",
                     "convert with array.astype(array.dtype.newbyteorder('<'))");
  if (descr.size() == 3 && std::string_view("<|=").find(descr[0]) != std::string_view::npos)
    for (const DescrRow &row : descr_rows)
      if (row.kind == std::string_view(descr).substr(1)) return row.type;
  return malformed(where, "elements of type '" + descr + "' are not supported",
                   "convert to one of f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 with array.astype");
}

std::string descr_of(ElementType type) {
  switch (type) {
  case ElementType::tf32: return "<f4";
  case ElementType::bf16: return "<u2";
  case ElementType::e4m3:
  case ElementType::e5m2: return "|u1";
  default: break;
  }
  for (const DescrRow &row : descr_rows)
    if (row.type == type) return (size_of(type) == 1 ? "|" : "<") + std::string(row.kind);
  return "|u1";
}

} // namespace

Result<HostTensor> parse_npy(std::span<const std::byte> image, const std::string &where) {
  if (image.size() < 10 || std::memcmp(image.data(), magic.data(), magic.size()) != 0)
    return malformed(where, "this is no .npy file");
  const int version = std::to_integer<int>(image[6]);
  if (version < 1 || version > 3)
    return malformed(where, "its .npy version " + std::to_string(version) + " is unknown");
  const std::size_t length_bytes = version == 1 ? 2 : 4, header_at = 8 + length_bytes;
  if (image.size() < header_at) return malformed(where, "the file is cut off within its header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::to_integer<std::size_t>(image[8 + i]) << (8 * i);
  if (length > image.size() - header_at) return malformed(where, "the file is cut off within its header");

  HeaderParser header({reinterpret_cast<const char *>(image.data()) + header_at, length});
  if (!header.parse()) return malformed(where, header.fault);
  Result<ElementType> type = type_of(header.descr, where);
  if (!type) return type.fault();

  std::vector<std::int64_t> strides = dense_strides(header.shape);
  if (header.fortran_order) {
    std::int64_t step = 1;
    for (std::size_t i = 0; i < header.shape.size(); ++i) {
      strides[i] = step;
      if (__builtin_mul_overflow(step, header.shape[i] > 0 ? header.shape[i] : 1, &step)) step = INT64_MAX;
    }
  }
  const std::size_t data_bytes = image.size() - header_at - length;
  // The header's claim is compared with what is there before anything is allocated from it.
  std::int64_t claimed = static_cast<std::int64_t>(size_of(*type));
  bool overflow = false, empty = false;
  for (std::int64_t extent : header.shape) empty |= extent == 0;
  for (std::int64_t extent : header.shape) overflow |= !empty && __builtin_mul_overflow(claimed, extent, &claimed);
  if (empty) claimed = 0;
  if (overflow || static_cast<std::uint64_t>(claimed) != data_bytes)
    return malformed(where, "the file holds " + std::to_string(data_bytes) +
                                " bytes of elements, its header promises " +
                                (overflow ? "more than 2^63" : std::to_string(claimed)));
  Result<HostTensor> tensor = HostTensor::zeros(*type, header.shape, std::move(strides));
  if (!tensor) return tensor;
  if (data_bytes) std::memcpy(tensor->bytes().data(), image.data() + header_at + length, data_bytes);
  return tensor;
}

Result<HostTensor> read_npy(const std::string &path) {
  Result<std::vector<std::byte>> image = read_file(path);
  if (!image) return image.fault();
  return parse_npy(*image, path);
}

std::vector<std::byte> format_npy(const HostTensor &tensor) {
  std::string header = "{'descr': '" + descr_of(tensor.type()) + "', 'fortran_order': False, 'shape': (";
  for (std::int64_t extent : tensor.shape()) header += std::to_string(extent) + ", ";
  if (tensor.rank() > 1) header.resize(header.size() - 2);
  if (tensor.rank() == 1) header.pop_back();
  header += "), }";
  // The elements start at a multiple of 64, as the format asks for.
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';

  const std::size_t element = size_of(tensor.type()), count = static_cast<std::size_t>(tensor.element_count());
  std::vector<std::byte> image(10 + header.size() + count * element);
  std::memcpy(image.data(), magic.data(), magic.size());
  image[6] = std::byte{1};
  image[8] = static_cast<std::byte>(header.size());
  image[9] = static_cast<std::byte>(header.size() >> 8);
  std::memcpy(image.data() + 10, header.data(), header.size());
  std::byte *out = image.data() + 10 + header.size();
  if (tensor.is_dense()) {
    if (count) std::memcpy(out, tensor.bytes().data(), count * element);
    return image;
  }
  for (std::size_t i = 0; i < count; ++i, out += element)
    std::memcpy(out, tensor.bytes().data() + tensor.offset_of(static_cast<std::int64_t>(i)) * element, element);
  return image;
}

Status write_npy(const std::string &path, const HostTensor &tensor) { return write_file(path, format_npy(tensor)); }

} // namespace tw::rt
