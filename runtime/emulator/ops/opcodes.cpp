// The table of all opcodes.
#include "ops/opcodes.hpp"

namespace tw::emu {

const OpcodeTable &opcodeTable() {
  static const OpcodeTable table = [] {
    OpcodeTable t;
    registerIntegerOps(t);
    registerMultiplyOps(t);
    registerCarryOps(t);
    registerBitOps(t);
    registerDotProductOps(t);
    registerFloatOps(t);
    registerFloatFunctionOps(t);
    registerCompareOps(t);
    registerMoveOps(t);
    registerConvertOps(t);
    registerMemoryOps(t);
    registerAtomicOps(t);
    registerControlOps(t);
    registerBarrierOps(t);
    registerCollectiveOps(t);
    registerAsyncCopyOps(t);
    registerMatrixOps(t);
    registerMBarrierOps(t);
    registerClusterOps(t);
    registerTensorMapOps(t);
    registerWgmmaOps(t);
    registerSetmaxnregOps(t);
    registerVideoOps(t);
    registerWmmaOps(t);
    return t;
  }();
  return table;
}

} // namespace tw::emu
