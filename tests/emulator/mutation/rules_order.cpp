// Scopes narrowed, orders weakened, spaces of proxy fences changed, `.read` added and dropped.
#include "mutation/rules.hpp"

namespace tw::emu::mutation {
namespace {

/// The opcode with one modifier replaced; the modifier is there.
std::string replaced(const Statement &s, const std::string &modifier, const std::string &with) {
  std::string opcode = s.opcode;
  for (size_t at = opcode.find("." + modifier); at != std::string::npos; at = opcode.find("." + modifier, at + 1)) {
    size_t end = at + 1 + modifier.size();
    if (end == opcode.size() || opcode[end] == '.') return opcode.replace(at, end - at, with);
  }
  return opcode;
}

void narrowScope(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  if (s.is("barrier.cluster") || s.is("fence.mbarrier_init") || s.has("proxy") || s.is("tensormap")) return;
  for (const char *scope : {"sys", "gpu", "cluster"})
    if (s.has(scope))
      return list.add("scope-narrowed", Aspect::Synchronisation, i, {list.withOpcode(i, replaced(s, scope, ".cta"))});
}

void weakenOrder(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  bool accesses =
      s.is("ld") || s.is("st") || s.is("atom") || s.is("red") || s.is("mbarrier") || s.is("barrier.cluster");
  if (!accesses || s.has("expect_tx")) return;
  auto add = [&](const std::string &opcode) {
    list.add("order-relaxed", Aspect::Synchronisation, i, {list.withOpcode(i, opcode)});
  };
  for (const char *order : {"release", "acquire", "acq_rel"})
    if (s.has(order)) return s.is("barrier.cluster.wait") ? void() : add(replaced(s, order, ".relaxed"));
  // Defaults made explicit and weak.
  if (s.is("barrier.cluster.arrive")) return s.has("relaxed") ? void() : add(s.opcode + ".relaxed");
  if ((s.is("mbarrier.arrive") || isPolling(s)) && !s.has("relaxed")) {
    size_t at = s.opcode.find(".shared");
    if (at == std::string::npos) at = s.opcode.find(".b64");
    if (at != std::string::npos) add(s.opcode.substr(0, at) + ".relaxed.cta" + s.opcode.substr(at));
  }
}

void changeSpace(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  if (!s.is("fence.proxy.async")) return;
  bool isGlobal = s.has("global");
  list.add("fence-of-other-space", Aspect::Synchronisation, i,
           {list.withOpcode(i, isGlobal ? "fence.proxy.async.shared::cta" : "fence.proxy.async.global")});
}

void changeRead(MutantList &list, size_t i) {
  const Statement &s = list.statements()[i];
  if (!s.is("cp.async.bulk.wait_group")) return;
  if (s.has("read"))
    list.add("read-dropped", Aspect::Neutral, i, {list.withOpcode(i, replaced(s, "read", ""))});
  else
    list.add("wait-for-read-only", Aspect::Synchronisation, i, {list.withOpcode(i, s.opcode + ".read")});
}

} // namespace

void addOrders(MutantList &list) {
  for (size_t i = 0; i < list.statements().size(); ++i) {
    narrowScope(list, i);
    weakenOrder(list, i);
    changeSpace(list, i);
    changeRead(list, i);
  }
}

} // namespace tw::emu::mutation
