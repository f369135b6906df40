// A decoded module: functions, constants, variables.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "machine/instruction.hpp"
#include "ops/wgmma_form.hpp"

namespace tw::emu {

/// A special register that a frame fills when it is made (PTX ISA section 10).
enum class Special : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NWarpId,
  SmId,
  NSmId,
  GridId,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  DynamicSharedSize,
  TotalSharedSize,
  AggregateSharedSize,
  ReservedSharedBegin,
  ReservedSharedEnd,
  ReservedSharedCap,
  ClusterIdX,
  ClusterIdY,
  ClusterIdZ,
  NClusterIdX,
  NClusterIdY,
  NClusterIdZ,
  ClusterCtaidX,
  ClusterCtaidY,
  ClusterCtaidZ,
  ClusterNctaidX,
  ClusterNctaidY,
  ClusterNctaidZ,
  ClusterCtaRank,
  ClusterNctaRank,
  GridWorkspaceLow,  ///< %envreg2: address of memory that cooperative groups use to synchronise a grid
  GridWorkspaceHigh, ///< %envreg1
  LocalBase          ///< start of the frame's local memory; has no PTX name
};

/// Lines of the user's program.
struct SourcePosition {
  std::string file;
  int line = 0;
};

/// A named piece of `.param`, `.local` or `.shared` memory, or a module variable.
struct Placement {
  std::string name;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// A register by its name in the PTX.
struct NamedRegister {
  std::string name;
  Type type = Type::None;
  Slot slot;
};

/// A decoded `.entry` or `.func`.
struct Function {
  std::string name;
  bool entry = false;
  bool defined = false; ///< has a body
  std::vector<Instruction> code;
  std::vector<Slot> slots;                            ///< operands beyond those in Instruction
  std::vector<uint32_t> constants;                    ///< words of the constant lanes
  uint32_t registerWords = 0;                         ///< words of one frame
  std::vector<NamedRegister> registers;               ///< in order of first use
  std::vector<std::pair<Special, uint32_t>> specials; ///< word offset of each special register in use
  std::vector<Placement> parameters, results; ///< in the entry's parameter block, or in the frame's param memory
  uint32_t parameterBytes = 0;                ///< of an entry
  uint32_t frameParamBytes = 0; ///< param memory of one lane in one frame of a .func or of calls made here
  uint32_t localBytes = 0;
  uint32_t dynamicShared = 0; ///< of an entry: where dynamic shared memory begins in the window
  uint32_t requiredThreads[3] = {0, 0, 0};
  uint32_t maxThreads[3] = {0, 0, 0};
  uint32_t requiredCluster[3] = {0, 0, 0};  ///< `.reqnctapercluster`
  uint32_t maxRegisters = 0, minBlocks = 0; ///< .maxnreg, .minnctapersm; 0 when not given
  std::vector<std::vector<uint32_t>> branchTables;
  std::vector<SourcePosition> positions; ///< per instruction where `.loc` gave one
  std::vector<uint32_t> positionOf;      ///< per instruction: index + 1 into positions, 0 without
};

/// One call instruction: who, and which param memory travels.
struct CallSite {
  int32_t callee = -1;                       ///< index into Program::functions, -1 for a built-in
  int32_t builtin = -1;                      ///< index of a built-in such as vprintf
  std::vector<Placement> arguments, results; ///< in the caller's param memory
};

/// A `.global` or `.const` variable with its initial bytes.
struct ModuleVariable {
  std::string name;
  bool constant = false;
  uint32_t align = 1;
  uint64_t offset = 0; ///< in the constant bank, for `.const`
  std::vector<uint8_t> bytes;
  bool initialised = false; ///< an explicit initialiser or zero by the language: every .global variable is
  struct Relocation {
    uint64_t at = 0; ///< byte in this variable
    uint32_t width = 8;
    std::string symbol;
    uint64_t addend = 0;
    bool generic = false;
  };
  std::vector<Relocation> relocations;
};

/// A decoded module. Immutable after decoding.
struct Program {
  /// What a register that may be unwritten is for.
  enum class Role : uint8_t { Address, Value, Guard };
  /// An instruction that checks some of its registers before it runs, see checkAssignments.
  struct DoubtfulUse {
    Handler handler = nullptr; ///< of the instruction itself, null for branches
    std::vector<std::pair<Slot, Role>> slots;
  };
  std::string name;
  std::string target;
  int targetNumber = 0; ///< 80 of sm_80
  int versionMajor = 0, versionMinor = 0;
  std::vector<std::unique_ptr<Function>> functions;
  std::unordered_map<std::string, uint32_t> functionIndex;
  std::vector<CallSite> calls;
  std::vector<ModuleVariable> variables;
  /// Static shared memory, offsets from the start of the window. Variables of an entry exist in its launches alone, and
  /// those of different entries lie at the same place.
  struct SharedVariable {
    Placement place;
    std::string entry; ///< empty when every launch has it
  };
  std::vector<SharedVariable> sharedVariables;
  uint32_t staticSharedBytes = 0; ///< of the entry that has the most
  uint64_t constantBytes = 0;
  std::unordered_map<int, std::string> files;         ///< of `.file`, by number
  std::vector<emulator::WgmmaForm> wgmmaForms;        ///< Instruction::target of wgmma
  bool watchRegisters = false;                        ///< register accesses must be recorded, see mayBreakRegisterOrder
  std::unordered_map<uint32_t, DoubtfulUse> doubtful; ///< by place
  uint32_t places = 0;                                ///< instructions of all functions
  std::vector<std::string> opcodes;                   ///< names for Instruction::opcode
};

} // namespace tw::emu
