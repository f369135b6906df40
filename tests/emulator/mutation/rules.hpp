// What the rules share: the scanned kernel, the kinds of operations, and the list under construction.
#pragma once

#include <map>
#include <set>

#include "mutation/mutant.hpp"
#include "mutation/ptx_text.hpp"

namespace tw::emu::mutation {

enum class SyncKind { None, Fence, Arrive, Wait, Commit, Barrier };
/// What an operation does for others; None for everything else.
SyncKind kindOf(const Statement &s);
/// "fence", "arrive", "wait", "commit", "barrier".
std::string nameOf(SyncKind kind);
/// A wait that answers with a predicate.
bool isPolling(const Statement &s);
/// An access that synchronisation may be needed for: of shared memory, asynchronous, or a write of global memory.
bool isAccess(const Statement &s);
/// Ends a basic block.
bool isBranch(const Statement &s);
/// A barrier that all threads of the block or of a mask meet at, without a number of its own.
bool isPlainBarrier(const Statement &s);

class MutantList;
/// A commit or wait of cp.async groups in a kernel that copies nothing so: without effect.
bool isIdle(const MutantList &list, const Statement &s);

/// Names of registers in a text: `%r1`, or names declared by inline assembly.
std::set<std::string> registersIn(const std::string &text);
/// Registers a statement writes.
std::set<std::string> writtenBy(const Statement &s);

/// Collects the mutants of one kernel.
class MutantList {
public:
  MutantList(const std::string &ptx, const std::string &entry, uint64_t seed)
      : ptx(ptx), kernel(scanKernel(ptx, entry)), seed(seed) {}

  const std::vector<Statement> &statements() const { return kernel.statements; }
  std::string textOf(size_t first, size_t last) const {
    return ptx.substr(statements()[first].begin, statements()[last].end - statements()[first].begin);
  }
  std::string textOf(size_t index) const { return textOf(index, index); }
  void add(std::string rule, Aspect aspect, size_t index, std::vector<Edit> edits);
  /// The statement with one operand replaced by a register that `code` computes; `code` names it `tw_new` and declares
  /// it, and may read the operand.
  Edit withOperand(size_t index, size_t operand, const std::string &code) const;
  /// The statement with its opcode replaced.
  Edit withOpcode(size_t index, const std::string &opcode) const;

  const std::string &ptx;
  const KernelText kernel;
  const uint64_t seed;
  std::vector<Mutant> mutants;

private:
  std::map<std::string, int> ordinals;
};

void addDeletions(MutantList &list);
void addMoves(MutantList &list);
void addCounts(MutantList &list);
void addOrders(MutantList &list);
void addLayouts(MutantList &list);

} // namespace tw::emu::mutation
