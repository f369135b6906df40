// Offsets of shared buffers.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-place-shared{target=sm_80}))' | FileCheck %s

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

// CHECK-LABEL: tile.kernel @one
// CHECK-SAME: sched.shared_bytes = 384 : i64
tile.kernel @one() {
  // CHECK: sched.alloc {offset = 0 : i64} : <3 of <32xf32
  %r = sched.alloc : !sched.ring<3 of <32xf32, <order = [0]>>>
  tile.return
}

// Both are used until the end: they stand side by side.
// CHECK-LABEL: tile.kernel @side_by_side
// CHECK-SAME: sched.shared_bytes = 256 : i64
tile.kernel @side_by_side() {
  // CHECK: sched.alloc {name = "a", offset = 0 : i64}
  // CHECK: sched.alloc {name = "b", offset = 128 : i64}
  %a = sched.alloc {name = "a"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  %b = sched.alloc {name = "b"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  %sa = sched.slot %a : !sched.ring<1 of <32xf32, <order = [0]>>>
  %sb = sched.slot %b : !sched.ring<1 of <32xf32, <order = [0]>>>
  %t = sched.read %sa : !sched.shared<32xf32, <order = [0]>> -> tensor<32xf32, #lanes>
  sched.write %t, %sb : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  sched.write %t, %sa : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  tile.return
}

// The first is done before the second begins: they share.
// CHECK-LABEL: tile.kernel @one_after_the_other
// CHECK-SAME: sched.shared_bytes = 256 : i64
tile.kernel @one_after_the_other(%v: f32) {
  %t = arith.constant dense<1.0> : tensor<32xf32, #lanes>
  // CHECK: sched.alloc {name = "a", offset = 0 : i64}
  %a = sched.alloc {name = "a"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  %sa = sched.slot %a : !sched.ring<1 of <32xf32, <order = [0]>>>
  sched.write %t, %sa : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  // CHECK: sched.alloc {name = "b", offset = 0 : i64}
  %b = sched.alloc {name = "b"} : !sched.ring<2 of <32xf32, <order = [0]>>>
  %sb = sched.slot %b : !sched.ring<2 of <32xf32, <order = [0]>>>
  sched.write %t, %sb : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  tile.return
}

// What a loop uses lives through all of it, and what comes from a wait is a use of the slot.
// CHECK-LABEL: tile.kernel @loop
// CHECK-SAME: sched.shared_bytes = 256 : i64
tile.kernel @loop(%x: !tile.global<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  // CHECK: sched.alloc {name = "a", offset = 0 : i64}
  // CHECK: sched.alloc {name = "b", offset = 128 : i64}
  %a = sched.alloc {name = "a"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  %b = sched.alloc {name = "b"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  scf.for %k = %c0 to %n step %c1 {
    %sa = sched.slot %a : !sched.ring<1 of <32xf32, <order = [0]>>>
    %wa = sched.wait %sa {pending = 0 : i64} : !sched.shared<32xf32, <order = [0]>>
    %t = sched.read %wa : !sched.shared<32xf32, <order = [0]>> -> tensor<32xf32, #lanes>
    %sb = sched.slot %b : !sched.ring<1 of <32xf32, <order = [0]>>>
    sched.write %t, %sb : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  }
  tile.return
}

// A swizzled buffer starts where its pattern does: at a multiple of 1024 bytes.
// CHECK-LABEL: tile.kernel @alignment
tile.kernel @alignment() {
  %t = arith.constant dense<1.0> : tensor<32xf32, #lanes>
  // CHECK: sched.alloc {offset = 0 : i64}
  // CHECK: sched.alloc {offset = 1024 : i64}
  %a = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %b = sched.alloc : !sched.ring<1 of <64x64xbf16, <order = [1, 0], swizzle = 128>>>
  %sb = sched.slot %b : !sched.ring<1 of <64x64xbf16, <order = [1, 0], swizzle = 128>>>
  %sa = sched.slot %a : !sched.ring<1 of <32xf32, <order = [0]>>>
  %w = sched.wait %sb {pending = 0 : i64} : !sched.shared<64x64xbf16, <order = [1, 0], swizzle = 128>>
  sched.write %t, %sa : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  %w2 = sched.wait %sb {pending = 0 : i64} : !sched.shared<64x64xbf16, <order = [1, 0], swizzle = 128>>
  tile.return
}

// What a store by TMA may still read shares with nothing.
// CHECK-LABEL: tile.kernel @stored
// CHECK-SAME: sched.shared_bytes = 384 : i64
tile.kernel @stored(%y: !tile.global<?x?xf32, align = 16>) {
  %o = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<32xf32, #lanes>
  // CHECK: sched.alloc {name = "a", offset = 0 : i64}
  // CHECK: sched.alloc {name = "b", offset = 256 : i64}
  %a = sched.alloc {name = "a"} : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %b = sched.alloc {name = "b"} : !sched.ring<1 of <32xf32, <order = [0]>>>
  %sa = sched.slot %a : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %sb = sched.slot %b : !sched.ring<1 of <32xf32, <order = [0]>>>
  sched.tma_store %sa to %y[%o, %o] at [0, 0] groups 1 : !sched.shared<8x8xf32, <order = [1, 0]>> to !tile.global<?x?xf32, align = 16>
  sched.write %t, %sb : tensor<32xf32, #lanes>, !sched.shared<32xf32, <order = [0]>>
  tile.return
}
