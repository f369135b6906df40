// Descriptors of wgmma operands: offsets exchanged, swizzle mode changed.
#include "mutation/rules.hpp"

namespace tw::emu::mutation {

void addLayouts(MutantList &list) {
  std::vector<size_t> products;
  for (size_t i = 0; i < list.statements().size(); ++i)
    if (list.statements()[i].is("wgmma.mma_async")) products.push_back(i);
  if (products.empty()) return;
  size_t chosen = products[list.seed % products.size()];
  const Statement &s = list.statements()[chosen];
  for (size_t operand : {size_t{1}, size_t{2}}) {
    const std::string &descriptor = s.operands[operand];
    if (descriptor[0] == '{') continue; // A in registers
    const char *which = operand == 1 ? "-of-a" : "-of-b";
    // Bits 16 to 29 are the leading offset, 32 to 45 the stride offset [PTX ISA 9.7.15.5.1.2.2].
    list.add(
        std::string("offsets-exchanged") + which, Aspect::Data, chosen,
        {list.withOperand(
            chosen, operand,
            ".reg .b64 tw_new, tw_l, tw_s; and.b64 tw_l, " + descriptor + ", 0x3fff0000; and.b64 tw_s, " + descriptor +
                ", 0x3fff00000000; shl.b64 tw_l, tw_l, 16; shr.u64 tw_s, tw_s, 16; and.b64 tw_new, " + descriptor +
                ", 0xffffc000c000ffff; or.b64 tw_new, tw_new, tw_l; or.b64 tw_new, "
                "tw_new, tw_s;")});
    list.add(std::string("swizzle-changed") + which, Aspect::Data, chosen,
             {list.withOperand(chosen, operand,
                               ".reg .b64 tw_new; xor.b64 tw_new, " + descriptor + ", 0x4000000000000000;")});
  }
}

} // namespace tw::emu::mutation
