// Stores by TMA that are refused: each breaks the protocol in one place, or is outside what the check decides.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file 2>&1 | FileCheck %s

// Nothing makes what was written seen by the copy.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot without a fence after what was written to it
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @no_fence(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// Other threads may not have written yet.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot without a barrier after the fence
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @no_barrier(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// The fence of other threads may be yet to come.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot without a barrier after the fence
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @barrier_before_fence(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.group_barrier 1
  sched.fence_async
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// What is written after the fence is not covered by it.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot without a fence after what was written to it
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @written_again(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// The other slot was written.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot that may not have been written
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @never_written(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %t : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// Written in one branch only.
// CHECK: error: breaks the protocol of stores by TMA: stores a slot that may not have been written
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @in_one_branch(%c: !tile.global<?x?xbf16, align = 16>) {
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
  }
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// The second iteration writes while the copy of the first may still read.
// CHECK: error: breaks the protocol of stores by TMA: overwrites a slot that a store may still read (in iteration 1 of its loop)
// CHECK: note: the store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @refilled(%c: !tile.global<?x?xbf16, align = 16>) {
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
    sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.store_wait 0
  tile.return
}

// -----

// Two slots in turn: the wait must leave one store, not two.
// CHECK: error: breaks the protocol of stores by TMA: overwrites a slot that a store may still read (in iteration 1 of its loop)
// CHECK: note: the store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @wait_leaves_one_more(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
    sched.store_wait 2
    sched.group_barrier 1
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
    sched.store_wait 1
    sched.group_barrier 1
    sched.write %v, %t : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %t to %c[%i, %i] at [0, 8] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.store_wait 0
  tile.return
}

// -----

// Only the threads that wait know that the slot was read.
// CHECK: error: breaks the protocol of stores by TMA: overwrites a slot without a barrier after the wait for its store (in iteration 1 of its loop)
// CHECK: note: the store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @no_barrier_after_wait(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
    sched.store_wait 0
    sched.write %v, %s : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  }
  sched.store_wait 0
  tile.return
}

// -----

// The kernel ends, and its memory with it.
// CHECK: error: breaks the protocol of stores by TMA: the slot stored here may still be read when the kernel ends
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @end(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.store_wait 1
  tile.return
}

// -----

// Two groups of warps met each for itself, but one thread stores the rows of both.
// CHECK: error: breaks the protocol of stores by TMA: stores rows of 1 groups of warps after a barrier of 2
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @smaller_groups(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// Both stores write the same elements.
// CHECK: error: breaks the protocol of stores by TMA: writes where an earlier store may still write
// CHECK: note: the earlier store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @same_place(%c: !tile.global<?x?xbf16, align = 16>) {
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
  sched.tma_store %t to %c[%i, %i] at [8, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// Where the next iteration stores may be where this one did.
// CHECK: error: breaks the protocol of stores by TMA: writes where an earlier store may still write (in iteration 1 of its loop)
// CHECK: note: the earlier store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @next_place(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
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

// -----

// What a store writes is there after a wait for it alone.
// CHECK: error: breaks the protocol of stores by TMA: touches a tensor where an earlier store may still write
// CHECK: note: the store is here
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
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
  sched.store_wait 0
  sched.group_barrier 1
  %l = tile.load %c[%i, %i] : !tile.global<?x?xbf16, align = 16> -> tensor<16x8xbf16, #part>
  tile.return
}

// -----

// The barriers around a slot that is stored are for stores alone.
// CHECK: error: is not proved to keep the protocol of stores by TMA: a slot that is stored is used by something else than writes and stores
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @read_too(%c: !tile.global<?x?xbf16, align = 16>) {
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
  %r = sched.read %s : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> -> tensor<16x8xbf16, #part>
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  tile.return
}

// -----

// Which slot it is depends on the iteration.
// CHECK: error: is not proved to keep the protocol of stores by TMA: which slot this writes depends on an iteration
// CHECK: note: fix: if the compiler made this code
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
tile.kernel @by_iteration(%c: !tile.global<?x?xbf16, align = 16>) {
  %n = tile.dim %c, 0 : !tile.global<?x?xbf16, align = 16>
  %i = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant dense<0.0> : tensor<16x8xbf16, #part>
  %ring = sched.alloc : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring ahead 0 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  %t = sched.slot %ring ahead 1 : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
  scf.for %k = %c0 to %n step %c1 {
    %u = sched.slot %ring[%k] : !sched.ring<2 of <16x8xbf16, <order = [1, 0], swizzle = 128>>>
    sched.write %v, %u : tensor<16x8xbf16, #part>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 1
    sched.tma_store %u to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
    sched.store_wait 0 complete
    sched.group_barrier 1
  }
  tile.return
}
