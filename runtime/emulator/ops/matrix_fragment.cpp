// One rule for all fragments: registers alternate between row halves first (A only), then along k.
#include "matrix_fragment.hpp"

namespace tw::emulator {

namespace {

MatrixElement element_of(const MmaForm &form, MmaOperand operand) {
  switch (operand) {
  case MmaOperand::a: return form.a;
  case MmaOperand::b: return form.b;
  case MmaOperand::c: return form.c;
  case MmaOperand::d: break;
  }
  return form.d;
}

/// Elements in one register; f64 has registers of its own size.
int elements_per_register(MatrixElement element) {
  int bits = element_bits(element);
  return bits >= 32 ? 1 : 32 / bits;
}

} // namespace

int fragment_elements(const MmaForm &form, MmaOperand operand) {
  switch (operand) {
  case MmaOperand::a: return form.m * form.k / 32;
  case MmaOperand::b: return form.k * form.n / 32;
  case MmaOperand::c:
  case MmaOperand::d: break;
  }
  return form.m * form.n / 32;
}

int fragment_registers(const MmaForm &form, MmaOperand operand) {
  return fragment_elements(form, operand) / elements_per_register(element_of(form, operand));
}

MatrixIndex fragment_index(const MmaForm &form, MmaOperand operand, int lane, int i) {
  int group = lane / 4;
  int member = lane % 4;
  if (operand == MmaOperand::c || operand == MmaOperand::d) return {group + 8 * (i >> 1), 2 * member + (i & 1)};

  int packed = elements_per_register(element_of(form, operand));
  int reg = i / packed;
  int along_k = member * packed + i % packed;
  if (operand == MmaOperand::b) return {along_k + 4 * packed * reg, group};
  int row_halves = form.m / 8;
  return {group + 8 * (reg % row_halves), along_k + 4 * packed * (reg / row_halves)};
}

} // namespace tw::emulator
