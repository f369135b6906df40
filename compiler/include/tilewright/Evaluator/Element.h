// Element types of evaluated tiles: their bits in memory, their exact values, and rounding to them. No MLIR.

#ifndef TILEWRIGHT_EVALUATOR_ELEMENT_H
#define TILEWRIGHT_EVALUATOR_ELEMENT_H

#include <cstdint>
#include <string_view>

namespace tilewright::evaluator {

/// The type of an element. Unsigned types exist in memory only: a tile read from them holds the signless type of the
/// same width. An `index` is an I64. A tf32 operand is an F32 in memory.
enum class Element : uint8_t { F64, F32, F16, BF16, F8E4M3FN, F8E5M2, I1, I8, I16, I32, I64, U8, U16, U32, U64 };

/// The name in MLIR's spelling, such as `f8E4M3FN` or `ui8`.
std::string_view nameOf(Element element);

/// Whether elements are floating point.
inline bool isFloat(Element element) { return element <= Element::F8E5M2; }

/// Bits of an integer element, 1 to 64.
unsigned integerWidth(Element element);

/// Bytes of one element in memory; a bool takes one.
unsigned bytesOf(Element element);

/// The same element without a sign.
Element signless(Element element);

/// The value of a float element in memory. Exact; a NaN loses its payload in the types narrower than 32 bits.
double loadFloat(Element element, const uint8_t *bytes);

/// Writes a value rounded to the element; an infinity stays one where the element has infinities. NaN is written as a
/// quiet NaN (0x7e00, 0x7fc0, 0x7f for both f8 types).
void storeFloat(Element element, double value, uint8_t *bytes);

/// The value of an integer element in memory in the form of `wrap`; a bool is 0 or 1, whatever non-zero byte is there.
int64_t loadInteger(Element element, const uint8_t *bytes);

/// Writes the low bits of an integer.
void storeInteger(Element element, int64_t value, uint8_t *bytes);

/// The nearest value of the element, ties to even. f16, bf16 and f32 overflow to infinity; f8E4M3FN and f8E5M2 saturate
/// to 448 and 57344, infinities too. NaN stays NaN.
double roundFloat(Element element, double value);

/// An integer converted to a float element with one rounding, as `roundFloat` rounds.
double roundInteger(Element element, int64_t value, bool isUnsigned);

/// The integer modulo two to the width, in the form tiles hold it: sign-extended to 64 bits, a bool as 0 or 1.
int64_t wrap(int64_t value, unsigned width);

/// The integer read with its sign bit; a bool is 0 or -1.
inline int64_t asSigned(int64_t value, unsigned width) { return width == 1 ? -value : value; }

/// The integer read without a sign.
inline uint64_t asUnsigned(int64_t value, unsigned width) {
  return width == 64 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(value) & ((uint64_t(1) << width) - 1);
}

/// Float to integer: toward zero, clamped to the range of the integer, NaN to zero; to a bool, whether it is not zero.
int64_t truncateToInteger(double value, unsigned width, bool isUnsigned);

} // namespace tilewright::evaluator

#endif // TILEWRIGHT_EVALUATOR_ELEMENT_H
