// The legal wgmma.mma_async instructions.
#include "wgmma_form.hpp"

#include <fmt/format.h>

namespace tw::emulator {

namespace {

using Element = MatrixElement;

bool is_fp8(Element e) { return e == Element::e4m3 || e == Element::e5m2; }
bool is_int8(Element e) { return e == Element::s8 || e == Element::u8; }

/// Integer forms leave out most odd multiples of 8 [PTX ISA 9.7.15.2, table of shapes].
bool has_integer_n(int n) { return n == 8 || n == 24 || (n % 16 == 0 && n >= 16 && n <= 256); }

} // namespace

std::string to_string(const WgmmaForm &form) {
  return fmt::format("{}m64n{}k{}.{}.{}.{}", form.sparse ? "sp." : "", form.n, form.k, to_string(form.d),
                     to_string(form.a), to_string(form.b));
}

int wgmma_a_depth(const WgmmaForm &form) { return form.sparse ? form.k / 2 : form.k; }

int wgmma_accumulator_registers(const WgmmaForm &form) { return form.d == Element::f16 ? form.n / 4 : form.n / 2; }

std::optional<std::string> wgmma_refusal(const WgmmaForm &form) {
  bool integer = is_int8(form.a) || form.a == Element::b1;
  if (is_fp8(form.a) ? !is_fp8(form.b) : is_int8(form.a) ? !is_int8(form.b) : form.a != form.b)
    return fmt::format("wgmma of .{} with .{}", to_string(form.a), to_string(form.b));
  bool half = form.a == Element::f16 || form.a == Element::bf16;
  if (!half && !is_fp8(form.a) && !integer && form.a != Element::tf32)
    return fmt::format("wgmma of .{}", to_string(form.a));
  int k = half ? 16 : form.a == Element::tf32 ? 8 : form.a == Element::b1 ? 256 : 32;
  if (form.sparse && form.a == Element::b1) return "sparse wgmma of .b1";
  if (form.sparse) k *= 2;
  if (form.k != k) return fmt::format("wgmma of .{} with k = {} (it is {})", to_string(form.a), form.k, k);
  bool accumulates = integer                                    ? form.d == Element::s32
                     : form.a == Element::f16 || is_fp8(form.a) ? form.d == Element::f16 || form.d == Element::f32
                                                                : form.d == Element::f32;
  if (!accumulates) return fmt::format("wgmma of .{} accumulating in .{}", to_string(form.a), to_string(form.d));
  if (form.n < 8 || form.n > 256 || form.n % 8 != 0 || (integer && !has_integer_n(form.n)))
    return fmt::format("wgmma of .{} with n = {}", to_string(form.a), form.n);
  if (form.selector < 0 || form.selector > (half || form.a == Element::tf32 ? 1 : 0))
    return fmt::format("sparsity selector {} of wgmma of .{}", form.selector, to_string(form.a));
  if (form.satfinite && !is_int8(form.a)) return fmt::format("'.satfinite' of wgmma of .{}", to_string(form.a));
  if ((form.a == Element::b1) != (form.bit_operation == BitOperation::and_popc) ||
      form.bit_operation == BitOperation::xor_popc)
    return fmt::format("this bit operation of wgmma of .{}", to_string(form.a));
  if ((form.a_mn_major || form.b_mn_major) && !half)
    return fmt::format("a transposed operand of wgmma of .{}", to_string(form.a));
  if (form.a_mn_major && form.a_in_registers) return "a transposed operand A of wgmma in registers";
  if ((form.negate_a || form.negate_b) && integer)
    return fmt::format("a negated operand of wgmma of .{}", to_string(form.a));
  return std::nullopt;
}

} // namespace tw::emulator
