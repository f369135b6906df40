// Barriers where threads would otherwise meet in memory, and nowhere else.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-insert-barriers))' | FileCheck %s

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]], repeat = [1]>
#copies = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [[0]], repeat = [1]>
#mirrored = #sched.layout<reg = [], lane = [[32], [2], [4], [8], [16]], warp = [[1]], repeat = [1]>

// Written, then read.
// CHECK-LABEL: tile.kernel @write_read
tile.kernel @write_read() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.write
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  tile.return
}

// Reads need no barrier between them, a write after them does.
// CHECK-LABEL: tile.kernel @read_write
tile.kernel @read_write() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.read
  // CHECK-NEXT: sched.read
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.write
  %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  %v = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  tile.return
}

// One that stands already is enough.
// CHECK-LABEL: tile.kernel @present
tile.kernel @present() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.write
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  sched.barrier
  %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  tile.return
}

// Slots of one iteration are distinct unless their numbers agree modulo the number of slots.
// CHECK-LABEL: tile.kernel @distinct_slots
tile.kernel @distinct_slots() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<2 of <64xf32, <order = [0]>>>
  %i = arith.constant 5 : index
  %s = sched.slot %r[%i] : !sched.ring<2 of <64xf32, <order = [0]>>>
  %q = sched.slot %r[%i] ahead 1 : !sched.ring<2 of <64xf32, <order = [0]>>>
  %p = sched.slot %r[%i] ahead 2 : !sched.ring<2 of <64xf32, <order = [0]>>>
  // CHECK: sched.write
  // CHECK-NEXT: sched.read
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  %u = sched.read %q : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  %v = sched.read %p : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK: tile.return
  tile.return
}

// Buffers are distinct unless placement lets them overlap.
// CHECK-LABEL: tile.kernel @buffers
tile.kernel @buffers() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %a = sched.alloc {name = "a", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %b = sched.alloc {name = "b", offset = 256 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %c = sched.alloc {name = "c", offset = 128 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %sa = sched.slot %a : !sched.ring<1 of <64xf32, <order = [0]>>>
  %sb = sched.slot %b : !sched.ring<1 of <64xf32, <order = [0]>>>
  %sc = sched.slot %c : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.write
  // CHECK-NEXT: sched.write
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  sched.write %t, %sa : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  sched.write %t, %sb : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  %v = sched.read %sc : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK: tile.return
  tile.return
}

// The read of an iteration meets the write of the next.
// CHECK-LABEL: tile.kernel @back_edge
tile.kernel @back_edge(%x: !tile.global<?xf32>) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: scf.for
  scf.for %k = %c0 to %n step %c1 {
    // CHECK-NEXT: sched.barrier
    // CHECK-NEXT: sched.write
    sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
    // CHECK-NEXT: sched.barrier
    // CHECK-NEXT: sched.read
    %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
    // CHECK-NOT: sched.barrier
  }
  // CHECK: tile.return
  tile.return
}

// With two slots the barrier between write and read also parts the read of a slot from its next write.
// CHECK-LABEL: tile.kernel @loop_of_distinct_slots
tile.kernel @loop_of_distinct_slots(%x: !tile.global<?xf32>) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<2 of <64xf32, <order = [0]>>>
  // CHECK: scf.for
  scf.for %k = %c0 to %n step %c1 {
    %s = sched.slot %r[%k] : !sched.ring<2 of <64xf32, <order = [0]>>>
    // CHECK: sched.write
    // CHECK-NEXT: sched.barrier
    // CHECK-NEXT: sched.read
    // CHECK-NOT: sched.barrier
    sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
    %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  }
  // CHECK: tile.return
  tile.return
}

// The pipelined loop: one barrier parts the wait from the read, and the read from the copy into the same slot.
// CHECK-LABEL: tile.kernel @pipelined
tile.kernel @pipelined(%x: !tile.global<?xf32>, %y: !tile.global<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  %true = arith.constant true
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<3 of <64xf32, <order = [0]>>>
  %s0 = sched.slot %r : !sched.ring<3 of <64xf32, <order = [0]>>>
  %s1 = sched.slot %r ahead 1 : !sched.ring<3 of <64xf32, <order = [0]>>>
  // CHECK-NOT: sched.barrier
  sched.copy %x[%c0] to %s0 {async, bytes = 4 : i64, layout = #lanes} : !tile.global<?xf32> to !sched.shared<64xf32, <order = [0]>>
  sched.commit
  sched.copy %x[%c1] to %s1 {async, bytes = 4 : i64, layout = #lanes} : !tile.global<?xf32> to !sched.shared<64xf32, <order = [0]>>
  sched.commit
  // CHECK: scf.for
  scf.for %k = %c0 to %n step %c1 {
    %s = sched.slot %r[%k] : !sched.ring<3 of <64xf32, <order = [0]>>>
    // CHECK: sched.wait
    %ready = sched.wait %s {pending = 1 : i64} : !sched.shared<64xf32, <order = [0]>>
    %j = arith.addi %k, %c2 : index
    %a = sched.slot %r[%k] ahead 2 : !sched.ring<3 of <64xf32, <order = [0]>>>
    // CHECK: sched.barrier
    // CHECK-NEXT: sched.copy
    // CHECK-NOT: sched.barrier
    sched.copy %x[%j] to %a {async, bytes = 4 : i64, layout = #lanes} : !tile.global<?xf32> to !sched.shared<64xf32, <order = [0]>>
    sched.commit
    %u = sched.read %ready : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
    tile.store %u, %y[%k] : tensor<64xf32, #lanes>, !tile.global<?xf32>
  }
  // CHECK: tile.return
  tile.return
}

// What either side of a branch did is pending after it.
// CHECK-LABEL: tile.kernel @branch
tile.kernel @branch(%x: !tile.global<?xf32>, %p: i1) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: scf.if
  scf.if %p {
    // CHECK-NEXT: sched.write
    sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
    // CHECK-NEXT: }
  }
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  tile.return
}

// Each side of a branch follows what came before it.
// CHECK-LABEL: tile.kernel @both_sides
tile.kernel @both_sides(%x: !tile.global<?xf32>, %p: i1) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.write
  sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  // CHECK-NEXT: scf.if
  scf.if %p {
    // CHECK-NEXT: sched.barrier
    // CHECK-NEXT: sched.read
    %u = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
    // CHECK-NEXT: } else {
  } else {
    // CHECK-NEXT: sched.barrier
    // CHECK-NEXT: sched.read
    %v = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
    // CHECK-NEXT: }
  }
  // CHECK: tile.return
  tile.return
}

// After a loop an access of it may have been to any slot.
// CHECK-LABEL: tile.kernel @after_the_loop
tile.kernel @after_the_loop(%x: !tile.global<?xf32>) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<2 of <64xf32, <order = [0]>>>
  %first = sched.slot %r : !sched.ring<2 of <64xf32, <order = [0]>>>
  // CHECK: scf.for
  scf.for %k = %c0 to %n step %c1 {
    %s = sched.slot %r[%k] : !sched.ring<2 of <64xf32, <order = [0]>>>
    // CHECK: sched.write
    sched.write %t, %s : tensor<64xf32, #lanes>, !sched.shared<64xf32, <order = [0]>>
  // CHECK: }
  }
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.read
  %u = sched.read %first : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  // CHECK: tile.return
  tile.return
}

// A thread may read back what it wrote itself; other places, and other layouts, are other threads' elements.
// CHECK-LABEL: tile.kernel @global
tile.kernel @global(%x: !tile.global<?xf32>, %y: !tile.global<?xf32>) {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.store
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.load
  tile.store %t, %x[%c0] : tensor<64xf32, #lanes>, !tile.global<?xf32>
  %u = tile.load %x[%c0] : !tile.global<?xf32> -> tensor<64xf32, #lanes>
  %v = tile.load %y[%c1] : !tile.global<?xf32> -> tensor<64xf32, #lanes>
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.load
  %w = tile.load %x[%c1] : !tile.global<?xf32> -> tensor<64xf32, #lanes>
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.store
  tile.store %w, %x[%c0] : tensor<64xf32, #lanes>, !tile.global<?xf32>
  // The same place in another layout: another thread has each element.
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.load
  %z = tile.load %x[%c0] : !tile.global<?xf32> -> tensor<64xf32, #mirrored>
  // CHECK: tile.return
  tile.return
}

// Offsets of one iteration say nothing about the next.
// CHECK-LABEL: tile.kernel @global_in_loop
tile.kernel @global_in_loop(%x: !tile.global<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  // CHECK: scf.for
  scf.for %k = %c0 to %n step %c1 {
    // CHECK: sched.barrier
    // CHECK-NEXT: tile.load
    // CHECK-NEXT: tile.store
    %u = tile.load %x[%k] : !tile.global<?xf32> -> tensor<64xf32, #lanes>
    tile.store %u, %x[%k] : tensor<64xf32, #lanes>, !tile.global<?xf32>
    // CHECK-NOT: sched.barrier
  }
  // CHECK: tile.return
  tile.return
}

// An exchange through memory ends with reads: the next one through the same memory waits for them.
// CHECK-LABEL: tile.kernel @exchange
tile.kernel @exchange() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {name = "r", offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: sched.convert
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.convert
  // CHECK-NOT: sched.barrier
  %a = sched.convert %t through %s : !sched.shared<64xf32, <order = [0]>> : tensor<64xf32, #lanes> -> tensor<64xf32, #mirrored>
  %b = sched.convert %a through %s : !sched.shared<64xf32, <order = [0]>> : tensor<64xf32, #mirrored> -> tensor<64xf32, #lanes>
  // CHECK: tile.return
  tile.return
}

// Nothing is shared by a conversion within registers.
// CHECK-LABEL: tile.kernel @in_registers
tile.kernel @in_registers() {
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  // CHECK-NOT: sched.barrier
  %a = sched.convert %t : tensor<64xf32, #lanes> -> tensor<64xf32, #mirrored>
  // CHECK: tile.return
  tile.return
}

// A barrier that parts nothing is taken out.
// CHECK-LABEL: tile.kernel @superfluous
// CHECK-NOT: sched.barrier
// CHECK: tile.return
tile.kernel @superfluous() {
  sched.barrier
  sched.barrier
  tile.return
}

// Threads that hold copies all read, but one of them writes.
// CHECK-LABEL: tile.kernel @copies_of_elements
tile.kernel @copies_of_elements(%x: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  // CHECK: tile.load
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.load
  %t = tile.load %x[%o] : !tile.global<?xf32> -> tensor<32xf32, #copies>
  tile.store %t, %x[%o] : tensor<32xf32, #copies>, !tile.global<?xf32>
  tile.store %t, %x[%o] : tensor<32xf32, #copies>, !tile.global<?xf32>
  %u = tile.load %x[%o] : !tile.global<?xf32> -> tensor<32xf32, #copies>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  tile.return
}

// A copy reads global memory: what other threads stored there comes first.
// CHECK-LABEL: tile.kernel @copy_of_stored
tile.kernel @copy_of_stored(%x: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  %i = arith.constant 1 : index
  %t = arith.constant dense<1.0> : tensor<64xf32, #lanes>
  %r = sched.alloc {offset = 0 : i64} : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // CHECK: tile.store
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: sched.copy
  tile.store %t, %x[%o] : tensor<64xf32, #lanes>, !tile.global<?xf32>
  sched.copy %x[%i] to %s {async, bytes = 4 : i64, layout = #lanes} : !tile.global<?xf32> to !sched.shared<64xf32, <order = [0]>>
  sched.commit
  // CHECK: sched.wait
  // CHECK-NEXT: sched.barrier
  // CHECK-NEXT: tile.store
  %w = sched.wait %s {pending = 0 : i64} : !sched.shared<64xf32, <order = [0]>>
  tile.store %t, %x[%o] : tensor<64xf32, #lanes>, !tile.global<?xf32>
  tile.return
}

// The way of a store by TMA has waits and barriers of its own.
// CHECK-LABEL: tile.kernel @stored
tile.kernel @stored(%y: !tile.global<?x?xf32, align = 16>) {
  %o = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<8x8xf32, #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[4, 0]], repeat = [1, 1]>>
  %r = sched.alloc {name = "y", offset = 0 : i64} : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %s = sched.slot %r : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  // CHECK-NOT: sched.barrier
  // CHECK: tile.return
  sched.write %t, %s : tensor<8x8xf32, #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[4, 0]], repeat = [1, 1]>>, !sched.shared<8x8xf32, <order = [1, 0]>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %y[%o, %o] at [0, 0] groups 1 : !sched.shared<8x8xf32, <order = [1, 0]>> to !tile.global<?x?xf32, align = 16>
  sched.store_wait 0
  sched.group_barrier 1
  sched.write %t, %s : tensor<8x8xf32, #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[4, 0]], repeat = [1, 1]>>, !sched.shared<8x8xf32, <order = [1, 0]>>
  tile.return
}
