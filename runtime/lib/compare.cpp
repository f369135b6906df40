// Element-wise comparison of tensors, and their digests.
#include "tilewright/runtime/compare.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "sha256.hpp"

namespace tw::rt {
namespace {

bool is_right(double got, double want, Tolerance t) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got);
  if (got == want) return true;
  if (std::isinf(want) || std::isinf(got)) return false;
  return std::fabs(got - want) <= t.absolute + t.relative * std::fabs(want);
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

// Whether two integers that a double would round are the same bits.
bool same_bits(const HostTensor &got, const HostTensor &want, std::int64_t i) {
  return std::memcmp(got.bytes().data() + got.offset_of(i) * 8, want.bytes().data() + want.offset_of(i) * 8, 8) == 0;
}

} // namespace

Result<Comparison> compare(const HostTensor &got, const HostTensor &given, Tolerance tolerance) {
  if (got.shape() != given.shape())
    return make_fault(FaultClass::user, "compare.shape",
                      {"comparison", "got " + got.describe() + " but " + given.describe() + " is expected"});
  HostTensor want = given;
  const bool raw =
      size_of(got.type()) == size_of(given.type()) && is_float(got.type()) && is_unsigned_integer(given.type());
  if (raw)
    if (Result<HostTensor> same = given.reinterpreted(got.type())) want = std::move(*same);
  if (is_float(got.type()) != is_float(want.type()))
    return make_fault(FaultClass::user, "compare.type",
                      {"comparison",
                       "got " + got.describe() + " but " + given.describe() + " is expected",
                       {},
                       "store the expected tensor as " + std::string(name_of(got.type()))});
  const bool exact64 = size_of(got.type()) == 8 && !is_float(got.type()) && got.type() == want.type();
  Comparison result;
  result.elements = got.element_count();
  for (std::int64_t i = 0; i < result.elements; ++i) {
    const double g = got.at(i), w = want.at(i);
    if (std::isfinite(g) && std::isfinite(w)) result.largest_error = std::max(result.largest_error, std::fabs(g - w));
    const bool right = exact64 && tolerance.absolute == 0 && tolerance.relative == 0 ? same_bits(got, want, i)
                                                                                     : is_right(g, w, tolerance);
    if (right) continue;
    if (result.mismatches++ > 0) continue;
    result.first_mismatch = i;
    result.first_got = g;
    result.first_want = w;
  }
  return result;
}

std::string Comparison::describe(const HostTensor &got) const {
  if (ok()) return "all " + std::to_string(elements) + " elements agree, largest error " + number(largest_error);
  std::vector<std::int64_t> index(got.shape().size());
  std::int64_t rest = first_mismatch;
  for (std::size_t i = index.size(); i-- > 0; rest /= got.shape()[i]) index[i] = rest % got.shape()[i];
  std::string place = "[";
  for (std::size_t i = 0; i < index.size(); ++i) place += (i ? ", " : "") + std::to_string(index[i]);
  return std::to_string(mismatches) + " of " + std::to_string(elements) + " elements differ, first at " + place +
         "]: got " + number(first_got) + ", want " + number(first_want) + "; largest error " + number(largest_error);
}

std::string tensor_digest(const HostTensor &tensor) {
  Sha256 hash;
  const std::size_t element = size_of(tensor.type());
  if (tensor.is_dense()) {
    hash.update(tensor.bytes());
  } else {
    for (std::int64_t i = 0; i < tensor.element_count(); ++i)
      hash.update(tensor.bytes().subspan(static_cast<std::size_t>(tensor.offset_of(i)) * element, element));
  }
  return to_hex(hash.finish());
}

} // namespace tw::rt
