// Asynchronous matrix products of warpgroups: operations in flight, their groups, and the registers they hold.
//
// An operation belongs to four warps. Each issues its part; the operation starts when all four have, and its effect
// lands at some moment between that and the first wait that covers it. A warp sees its accumulators after its own wait.
#pragma once

#include <array>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "machine/instruction.hpp"
#include "ops/wgmma_form.hpp"

namespace tw::emu {

class Execution;
class Warp;
struct Cta;
struct Function;

/// When the effect of a wgmma lands. A correct kernel cannot tell the difference.
enum class WgmmaTiming : uint8_t { AtIssue, AtWait, Random };

/// What one warp hands over when it issues.
struct WgmmaIssue {
  const Instruction *instruction = nullptr;
  const emulator::WgmmaForm *form = nullptr;
  const Slot *accumulators = nullptr; ///< in the running frame
  uint32_t accumulatorCount = 0;
  const Slot *operands = nullptr; ///< registers of A, kWgmmaARegisters of them, or null
  Slot metadata;                  ///< of a sparse A, read at issue
  uint64_t a = 0, b = 0;          ///< descriptors; a is 0 with A in registers
  bool scaleD = true;
};

/// What is known of a register (32 lanes) that a wgmma uses or used, per frame.
struct WatchedRegister {
  uint64_t accessed = 0;     ///< serial of the last access by another instruction
  uint64_t multiplied = 0;   ///< serial of the last wgmma that had it as accumulator
  uint32_t accumulating = 0; ///< operations in flight that write it
  uint32_t reading = 0;      ///< operations in flight that read it as A
  uint32_t line = 0;         ///< of the last of those
  int n = 0, k = 0;          ///< shape of the last wgmma that had it as accumulator
};

/// The asynchronous products of the warps of one CTA.
class WarpgroupTable {
public:
  WarpgroupTable(Execution &execution, Cta &cta);
  ~WarpgroupTable();

  /// wgmma.fence: orders the warp's register accesses before its next wgmma.
  void fence(Warp &warp);
  /// wgmma.mma_async by all lanes of the warp. Misuse ends the launch.
  void issue(Warp &warp, const WgmmaIssue &issue);
  /// wgmma.commit_group.
  void commit(Warp &warp);
  /// wgmma.wait_group: true when all but the newest `open` groups are complete and their registers hold results;
  /// false, and the warp sleeps, while a covered operation lacks other warps of its warpgroup.
  bool wait(Warp &warp, uint32_t open);

  /// Checks one instruction that is about to run against the registers in flight. Called only while Warp::watched.
  void inspect(Warp &warp, const Instruction &instruction, uint32_t frame);
  /// Lets time pass.
  void progress();

private:
  struct Accumulators;
  struct Part;
  struct Operation;
  struct WarpState;
  struct Queue {
    uint64_t first = 0; ///< number of the oldest kept
    std::deque<std::unique_ptr<Operation>> operations;
    uint64_t landed = 0; ///< operations below this number have landed
    uint32_t actor = 0;  ///< of the race checker
    bool hasActor = false;
  };

  WarpState &stateOf(Warp &warp);
  std::vector<WatchedRegister> &registersOf(WarpState &state, Warp &warp, uint32_t frame);
  void checkRegisters(WarpState &state, Warp &warp, const WgmmaIssue &issue, std::vector<WatchedRegister> &registers);
  Accumulators &accumulatorsFor(WarpState &state, Warp &warp, const WgmmaIssue &issue);
  void checkAgreement(const Operation &operation, Warp &warp, const WgmmaIssue &issue);
  void checkMetadata(const emulator::WgmmaForm &form, const Part &part, Warp &warp, const Instruction &instruction);
  void checkMemory(const Operation &operation, Warp &warp);
  void tellRaces(Operation &operation, const Warp &warp, Queue &queue, WarpState &state);
  void land(Operation &operation);
  void landThrough(uint32_t warpgroup, uint64_t number);
  void release(WarpState &state, Warp &warp, uint64_t number);
  Operation &operation(uint32_t warpgroup, uint64_t number);

  Execution &execution;
  Cta &cta;
  WgmmaTiming timing;
  std::vector<std::unique_ptr<WarpState>> warps;
  std::vector<Queue> queues; ///< per warpgroup
};

/// Whether an instruction is wgmma.mma_async or wgmma.fence.
bool isWgmma(const Instruction &instruction);
bool isWgmmaFence(const Instruction &instruction);

/// Whether some path of the function may reach a wgmma with a register that was accessed after the last wgmma.fence.
/// Only such functions need their register accesses recorded.
bool mayBreakRegisterOrder(const Function &function);

} // namespace tw::emu
