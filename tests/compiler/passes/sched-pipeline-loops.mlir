// Copies run ahead of the loop that uses them.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-pipeline-loops))' -split-input-file -verify-diagnostics | FileCheck %s

// Two stages: one copy before the loop, one ahead in it.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @two
tile.kernel @two(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  // CHECK: %[[N:.*]] = tile.dim
  // CHECK: %[[RING:.*]] = sched.alloc {name = "a"} : <2 of
  %ring = sched.alloc {name = "a"} : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  // CHECK: %[[ANY:.*]] = arith.cmpi slt, %[[LOWER:.*]], %[[N]]
  // CHECK: %[[FIRST:.*]] = sched.slot %[[RING]] : <2 of
  // CHECK: sched.copy %[[X:.*]][%[[LOWER]], %{{.*}}] to %[[FIRST]] when %[[ANY]]
  // CHECK-NEXT: sched.commit
  // CHECK-NEXT: scf.for %[[K:.*]] = %[[LOWER]] to %[[N]]
  scf.for %k = %c0 to %n step %c1 {
    // CHECK-NEXT: %[[SLOT:.*]] = sched.slot %[[RING]][%[[K]]] : <2 of
    // CHECK-NEXT: %[[READY:.*]] = sched.wait %[[SLOT]] {pending = 0 : i64}
    // CHECK: %[[AHEAD:.*]] = arith.addi %[[K]], %{{.*}}
    // CHECK-NEXT: %[[EXISTS:.*]] = arith.cmpi slt, %[[AHEAD]], %[[N]]
    // CHECK-NEXT: %[[NEXT:.*]] = sched.slot %[[RING]][%[[K]]] ahead 1
    // CHECK-NEXT: sched.copy %[[X]][%[[AHEAD]], %{{.*}}] to %[[NEXT]] when %[[EXISTS]]
    // CHECK-NEXT: sched.commit
    // CHECK-NOT: sched.copy
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    // CHECK: sched.read %[[READY]]
    %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    tile.store %t, %y[%k, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  // CHECK-NOT: tile.stages
  } {tile.stages = 2 : i32}
  // CHECK: tile.return
  tile.return
}

// -----

// One stage: the copy of an iteration stands in it.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @one
tile.kernel @one(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  // CHECK: %[[RING:.*]] = sched.alloc : <1 of
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  // CHECK-NOT: sched.copy
  // CHECK: scf.for %[[K:.*]] =
  scf.for %k = %c0 to %n step %c1 {
    // CHECK: sched.copy %{{.*}}[%[[K]], %{{.*}}] to
    // CHECK-NEXT: sched.commit
    // CHECK: %[[READY:.*]] = sched.wait %{{.*}} {pending = 0 : i64}
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    // CHECK: sched.read %[[READY]]
    %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    tile.store %t, %y[%k, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  } {tile.stages = 1 : i32}
  tile.return
}

// -----

// Three stages of two copies: one group per iteration, one of them still open at the wait. A loop from 1 by 2 is
// counted from zero, and what the address is computed from is computed again.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @three
tile.kernel @three(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  // CHECK-COUNT-2: sched.alloc : <3 of
  %ring_a = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %ring_b = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %a = sched.slot %ring_a : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %b = sched.slot %ring_b : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  // CHECK: sched.copy
  // CHECK-NOT: sched.commit
  // CHECK: sched.copy
  // CHECK-NEXT: sched.commit
  // CHECK: arith.muli
  // CHECK: sched.slot %{{.*}} ahead 1
  // CHECK: sched.copy
  // CHECK: sched.copy
  // CHECK-NEXT: sched.commit
  // CHECK-NOT: sched.commit
  // CHECK: scf.for %[[K:.*]] =
  scf.for %k = %c1 to %n step %c2 {
    // CHECK: %[[FROM_ZERO:.*]] = arith.subi %[[K]], %{{.*}}
    // CHECK-NEXT: %[[ITERATION:.*]] = arith.divui %[[FROM_ZERO]], %{{.*}}
    // CHECK: sched.slot %{{.*}}[%[[ITERATION]]]
    // CHECK: %[[READY:.*]]:2 = sched.wait %{{.*}}, %{{.*}} {pending = 1 : i64}
    // CHECK: %[[AHEAD:.*]] = arith.addi %[[K]]
    // CHECK: %[[ROW:.*]] = arith.muli %[[AHEAD]]
    // CHECK: sched.slot %{{.*}}[%[[ITERATION]]] ahead 2
    // CHECK: sched.copy %{{.*}}[%[[ROW]],
    // CHECK: sched.copy %{{.*}}[%{{.*}}, %[[ROW]]]
    // CHECK-NEXT: sched.commit
    // CHECK-NOT: sched.commit
    %row = arith.muli %k, %c4 : index
    sched.copy %x[%row, %c0] to %a {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    sched.copy %x[%c0, %row] to %b {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    // CHECK: sched.read %[[READY]]#0
    // CHECK: sched.read %[[READY]]#1
    %t = sched.read %a : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    %u = sched.read %b : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    %v = arith.addf %t, %u : tensor<4x8xf32, #rows>
    tile.store %v, %y[%row, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  } {tile.stages = 3 : i32}
  tile.return
}

// -----

// A copy whose address the loop computes stays, is complete before the next operation, and says so.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @carried_address
tile.kernel @carried_address(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  // CHECK: sched.alloc : <1 of
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  // CHECK: scf.for
  %end = scf.for %k = %c0 to %n step %c1 iter_args(%row = %c0) -> (index) {
    // CHECK-NEXT: sched.copy
    // CHECK-NEXT: sched.commit
    // CHECK-NEXT: sched.wait %{{.*}} {pending = 0 : i64}
    // CHECK-NEXT: sched.read
    // expected-remark@+1 {{this copy does not run ahead of the loop: its address depends on what the loop computes}}
    sched.copy %x[%row, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    tile.store %t, %y[%k, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
    %next = arith.addi %row, %k : index
    scf.yield %next : index
  } {tile.stages = 3 : i32}
  tile.return
}

// -----

#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @filled_twice(%x: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  scf.for %k = %c0 to %n step %c1 {
    // expected-remark@+1 {{this copy does not run ahead of the loop: the loop writes its buffer elsewhere too}}
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    sched.copy %x[%c0, %k] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
  } {tile.stages = 2 : i32}
  tile.return
}

// -----

#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @used_after(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  scf.for %k = %c0 to %n step %c1 {
    // expected-remark@+1 {{this copy does not run ahead of the loop: its buffer is also used outside the loop}}
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
  } {tile.stages = 2 : i32}
  %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
  tile.store %t, %y[%c0, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  tile.return
}

// -----

// What an iteration stores may be what the next one copies: such a copy stays in place.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @writes_source(%x: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  scf.for %k = %c0 to %n step %c1 {
    // expected-remark@+1 {{this copy does not run ahead of the loop: the loop writes the tensor it reads}}
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    tile.store %t, %x[%k, %c1] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  } {tile.stages = 2 : i32}
  tile.return
}

// -----

#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @read_first(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %x, 0 : !tile.global<?x?xf32>
  %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  scf.for %k = %c0 to %n step %c1 {
    %t = sched.read %s : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
    // expected-remark@+1 {{this copy does not run ahead of the loop: the loop reads its buffer before the copy}}
    sched.copy %x[%k, %c0] to %s {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
    tile.store %t, %y[%k, %c0] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  } {tile.stages = 2 : i32}
  tile.return
}

// -----

// A copy through registers is complete in program order: no group, no wait.
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @in_place
tile.kernel @in_place(%x: !tile.global<?x?xf16>) {
  %c0 = arith.constant 0 : index
  %ring = sched.alloc : !sched.ring<1 of <4x8xf16, <order = [1, 0]>>>
  %s = sched.slot %ring : !sched.ring<1 of <4x8xf16, <order = [1, 0]>>>
  // CHECK: sched.copy
  // CHECK-NOT: sched.wait
  // CHECK: tile.return
  sched.copy %x[%c0, %c0] to %s {bytes = 2 : i64, layout = #rows} : !tile.global<?x?xf16> to !sched.shared<4x8xf16, <order = [1, 0]>>
  tile.return
}
