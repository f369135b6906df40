// Parities, counts of groups, bytes and arrivals, and the number of stages.
#include "mutation/rules.hpp"

#include <charconv>

namespace tw::emu::mutation {
namespace {

bool isNumber(const std::string &operand, int &value) {
  auto [end, error] = std::from_chars(operand.data(), operand.data() + operand.size(), value);
  return error == std::errc() && end == operand.data() + operand.size();
}

void flipParity(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  if (isPolling(s) && s.has("parity"))
    list.add("parity-flip", Aspect::Synchronisation, i,
             {list.withOperand(i, 2, ".reg .b32 tw_new; xor.b32 tw_new, " + s.operands[2] + ", 1;")});
}

void raiseCount(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  int count = 0;
  if (isIdle(list, s)) return;
  bool ofGroups = s.is("cp.async.wait_group") || s.is("cp.async.bulk.wait_group") || s.is("wgmma.wait_group");
  if (ofGroups && s.operands.size() == 1 && isNumber(s.operands[0], count))
    list.add("wait-count+1", Aspect::Synchronisation, i,
             {{s.begin, s.end, s.guard + " " + s.opcode + " " + std::to_string(count + 1) + ";"}});
}

/// One operand with something added or halved.
void changeOperand(MutantList &list, size_t i, const char *rule, size_t operand, const std::string &operation) {
  const Statement &s = list.statements()[i];
  list.add(rule, Aspect::Synchronisation, i,
           {list.withOperand(i, operand,
                             ".reg .b32 tw_new; " + operation.substr(0, operation.find(' ')) + " tw_new, " +
                                 s.operands[operand] + ", " + operation.substr(operation.find(' ') + 1) + ";")});
}

/// `D = V - V / n * n`, as compilers write the remainder, becomes the remainder of n - 1 everywhere at once.
void dropStage(MutantList &list) {
  std::vector<Edit> edits;
  size_t first = 0;
  std::map<std::string, int> multiplied; ///< registers that hold V / n * n
  for (size_t i = 0; i < list.statements().size(); ++i) {
    const Statement &s = list.statements()[i];
    int n = 0;
    if (s.is("mul.lo") && s.operands.size() == 3 && isNumber(s.operands[2], n) && n >= 3 && n <= 8) {
      multiplied[s.operands[0]] = n;
    } else if (s.is("mul.lo.s32") || s.is("mul.lo.u32")) {
      multiplied.erase(s.operands[0]);
    } else if (s.is("sub") && s.operands.size() == 3 && multiplied.count(s.operands[2])) {
      if (edits.empty()) first = i;
      edits.push_back({s.begin, s.end,
                       "rem.u32 " + s.operands[0] + ", " + s.operands[1] + ", " +
                           std::to_string(multiplied[s.operands[2]] - 1) + ";"});
    }
  }
  if (!edits.empty()) list.add("one-stage-fewer", Aspect::Synchronisation, first, std::move(edits));
}

} // namespace

void addCounts(MutantList &list) {
  for (size_t i = 0; i < list.statements().size(); ++i) {
    const Statement &s = list.statements()[i];
    flipParity(list, i);
    raiseCount(list, i);
    if (s.has("expect_tx")) {
      size_t bytes = s.operands.size() - 1;
      changeOperand(list, i, "expect-more", bytes, "add.u32 16");
      changeOperand(list, i, "expect-less", bytes, "sub.u32 16");
      changeOperand(list, i, "expect-half", bytes, "shr.u32 1");
    }
    if (s.is("mbarrier.init")) {
      changeOperand(list, i, "init-count+1", 1, "add.u32 1");
      changeOperand(list, i, "init-count-1", 1, "sub.u32 1");
    }
  }
  dropStage(list);
}

} // namespace tw::emu::mutation
