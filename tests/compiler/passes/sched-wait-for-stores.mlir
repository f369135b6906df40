// Waits for stores by TMA.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-wait-for-stores,sched-check-protocol))' | FileCheck %s

#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>

// Slots are used once: only the end waits.
// CHECK-LABEL: tile.kernel @once
// CHECK: sched.write
// CHECK-NEXT: sched.fence_async
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.tma_store
// CHECK-NEXT: sched.write
// CHECK: sched.tma_store
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: tile.return
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
  tile.return
}

// The third sub-tile waits for the first, not for the second.
// CHECK-LABEL: tile.kernel @three
// CHECK: sched.tma_store
// CHECK: sched.tma_store
// CHECK-NEXT: sched.store_wait 1
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.write
// CHECK: sched.tma_store
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: tile.return
tile.kernel @three(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 16] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// Three sub-tiles through two slots, tile after tile: the first of a tile uses the slot of the last.
// CHECK-LABEL: tile.kernel @tiles
// CHECK: scf.for
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.write
// CHECK: sched.tma_store
// CHECK-NEXT: sched.write
// CHECK: sched.tma_store
// CHECK-NEXT: sched.store_wait 1
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.write
// CHECK: sched.tma_store
// CHECK-NEXT: }
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: tile.return
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
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%k, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
    sched.write %v, %t : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %t to %c[%k, %i] at [0, 8] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%k, %i] at [0, 16] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  tile.return
}

// A loop of the kernel's own may come to the same place again.
// CHECK-LABEL: tile.kernel @places
// CHECK: scf.for
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.write
// CHECK-NEXT: sched.fence_async
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.store_wait 0 complete
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.tma_store
// CHECK-NEXT: }
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: tile.return
tile.kernel @places(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%k, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  tile.return
}

// Warpgroups that store each for itself wait each for itself.
// CHECK-LABEL: tile.kernel @groups
// CHECK: sched.tma_store
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: sched.group_barrier 2
// CHECK-NEXT: sched.write
tile.kernel @groups(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.group_barrier 2
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 2 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 2
  sched.tma_store %s to %c[%i, %i] at [0, 8] groups 2 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// One branch stores.
// CHECK-LABEL: tile.kernel @branch
// CHECK: scf.if
// CHECK: }
// CHECK-NEXT: sched.store_wait 0
// CHECK-NEXT: sched.group_barrier 1
// CHECK-NEXT: sched.write
tile.kernel @branch(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %b = arith.cmpi eq, %n, %c0 : index
  scf.if %b {
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 8] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}
