// Stores by TMA that keep the protocol.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' | FileCheck %s

#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>

// Two sub-tiles, one after the other.
// CHECK-LABEL: tile.kernel @once
tile.kernel @once(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.write %v, %t : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %t to %c[%i, %i] at [0, 8] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// Two slots in turn, for any number of iterations; the places are waited for.
// CHECK-LABEL: tile.kernel @in_turn
tile.kernel @in_turn(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
    sched.store_wait 0 complete
    sched.group_barrier 1
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%k, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
    sched.store_wait 1 complete
    sched.group_barrier 1
    sched.write %v, %t : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %t to %c[%k, %i] at [0, 8] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.store_wait 0
  tile.return
}

// After the wait for what it writes the tensor may be read.
// CHECK-LABEL: tile.kernel @loaded
tile.kernel @loaded(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0 complete
  sched.group_barrier 1
  %l = tile.load %c[%i, %i] : !tile.global<?x?xbf16, align = 16> -> tensor<16x8xbf16, #part>
  tile.return
}

// No two tiles of the grid share a place.
// CHECK-LABEL: tile.kernel @tiles
tile.kernel @tiles(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %first = sched.block_number
  %step = sched.block_count
  scf.for %k = %first to %n step %step {
    sched.store_wait 0
    sched.group_barrier 1
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%k, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.store_wait 0
  tile.return
}
