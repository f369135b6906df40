// The families of opcodes; each file of ops/ enters its opcodes into the table.
#pragma once

#include "machine/builder.hpp"

namespace tw::emu {

void registerIntegerOps(OpcodeTable &table);
void registerMultiplyOps(OpcodeTable &table);
void registerCarryOps(OpcodeTable &table);
void registerBitOps(OpcodeTable &table);
void registerDotProductOps(OpcodeTable &table);
void registerFloatOps(OpcodeTable &table);
void registerFloatFunctionOps(OpcodeTable &table);
void registerCompareOps(OpcodeTable &table);
void registerMoveOps(OpcodeTable &table);
void registerConvertOps(OpcodeTable &table);
void registerMemoryOps(OpcodeTable &table);
/// prefetch, prefetchu, applypriority, discard.
void registerCacheOps(OpcodeTable &table);
void registerAtomicOps(OpcodeTable &table);
void registerControlOps(OpcodeTable &table);
void registerBarrierOps(OpcodeTable &table);
void registerCollectiveOps(OpcodeTable &table);
void registerAsyncCopyOps(OpcodeTable &table);
void registerMatrixOps(OpcodeTable &table);
void registerMBarrierOps(OpcodeTable &table);
void registerClusterOps(OpcodeTable &table);
void registerTensorMapOps(OpcodeTable &table);
/// fence.proxy.tensormap::generic, after its proxy.
void decodeMapFence(Builder &builder);
/// cp.async.bulk and cp.reduce.async.bulk, after their .async; cp.async.mbarrier.arrive; cp.reduce.
void decodeBulk(Builder &builder, bool reduces);
void decodeCopyArrive(Builder &builder);
void decodeReduceCopy(Builder &builder);
/// st.async and red.async, after their .async.
void decodeStoreAsync(Builder &builder);
/// barrier.cluster: false for other barriers.
bool decodeClusterBarrier(Builder &builder);
/// fence.proxy.* and fence.mbarrier_init: false for the other fences.
bool decodeProxyFence(Builder &builder);
void registerWgmmaOps(OpcodeTable &table);
void registerSetmaxnregOps(OpcodeTable &table);
void registerVideoOps(OpcodeTable &table);
void registerWmmaOps(OpcodeTable &table);

} // namespace tw::emu
