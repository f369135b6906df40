// Variables become values that loops and branches carry.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-slots-to-ssa))' -split-input-file | FileCheck %s

// CHECK-LABEL: tile.kernel @loop
tile.kernel @loop(%x: f32, %out: !tile.global<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 8 : index
  // CHECK: %[[ZERO:.*]] = arith.constant 0.0
  %zero = arith.constant 0.0 : f32
  // CHECK-NOT: tile.slot
  // CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[V:.*]] = %[[ZERO]]) -> (f32)
  %s = tile.slot %zero : !tile.slot<f32>
  scf.for %k = %c0 to %n step %c1 {
    // CHECK: %[[NEXT:.*]] = arith.addf %[[V]], %{{.*}}
    %v = tile.get %s : !tile.slot<f32>
    %next = arith.addf %v, %x : f32
    // CHECK: scf.yield %[[NEXT]]
    tile.set %s, %next : !tile.slot<f32>
  // CHECK: tile.stages = 2
  } {tile.stages = 2 : i32}
  // CHECK: tile.splat %[[R]]
  %r = tile.get %s : !tile.slot<f32>
  %t = tile.splat %r : f32 -> tensor<1xf32>
  tile.store %t, %out[%c0] : tensor<1xf32>, !tile.global<1xf32>
  tile.return
}

// -----

// A loop inside a loop carries the variable through both; one that is only read is carried by neither.
// CHECK-LABEL: tile.kernel @nested
tile.kernel @nested(%x: f32, %out: !tile.global<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 8 : index
  %s = tile.slot %x : !tile.slot<f32>
  %only_read = tile.slot %x : !tile.slot<f32>
  // CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[OUTER:.*]] = %[[X:.*]]) -> (f32) {
  scf.for %i = %c0 to %n step %c1 {
    // CHECK: %[[INNER_R:.*]] = scf.for {{.*}} iter_args(%[[INNER:.*]] = %[[OUTER]]) -> (f32) {
    scf.for %j = %c0 to %n step %c1 {
      %v = tile.get %s : !tile.slot<f32>
      %w = tile.get %only_read : !tile.slot<f32>
      // CHECK: %[[NEXT:.*]] = arith.mulf %[[INNER]], %[[X]]
      %next = arith.mulf %v, %w : f32
      tile.set %s, %next : !tile.slot<f32>
      // CHECK: scf.yield %[[NEXT]]
    }
    // CHECK: scf.yield %[[INNER_R]]
  }
  // CHECK: tile.splat %[[R]]
  %r = tile.get %s : !tile.slot<f32>
  %t = tile.splat %r : f32 -> tensor<1xf32>
  tile.store %t, %out[%c0] : tensor<1xf32>, !tile.global<1xf32>
  tile.return
}

// -----

// A branch without an else gets one that yields the old value.
// CHECK-LABEL: tile.kernel @branch
tile.kernel @branch(%p: i1, %x: f32, %y: f32, %out: !tile.global<1xf32>) {
  %c0 = arith.constant 0 : index
  %s = tile.slot %x : !tile.slot<f32>
  // CHECK: %[[R:.*]] = scf.if %{{.*}} -> (f32) {
  scf.if %p {
    // CHECK-NEXT: scf.yield %[[Y:.*]] : f32
    tile.set %s, %y : !tile.slot<f32>
    // CHECK-NEXT: } else {
    // CHECK-NEXT: scf.yield %[[X:.*]] : f32
  }
  // CHECK: %[[Q:.*]] = scf.if %{{.*}} -> (f32) {
  scf.if %p {
    // CHECK: %[[SUM:.*]] = arith.addf %[[R]], %[[Y]]
    %v = tile.get %s : !tile.slot<f32>
    %w = arith.addf %v, %y : f32
    tile.set %s, %w : !tile.slot<f32>
    // CHECK: scf.yield %[[SUM]]
    // CHECK: } else {
  } else {
    // CHECK: %[[DIFFERENCE:.*]] = arith.subf %[[R]], %[[Y]]
    %v = tile.get %s : !tile.slot<f32>
    %w = arith.subf %v, %y : f32
    tile.set %s, %w : !tile.slot<f32>
    // CHECK: scf.yield %[[DIFFERENCE]]
  }
  // CHECK: tile.splat %[[Q]]
  %r = tile.get %s : !tile.slot<f32>
  %t = tile.splat %r : f32 -> tensor<1xf32>
  tile.store %t, %out[%c0] : tensor<1xf32>, !tile.global<1xf32>
  tile.return
}

// -----

// A loop keeps the values it already carries; a branch inside a loop hands on to the loop.
// CHECK-LABEL: tile.kernel @mixed
tile.kernel @mixed(%p: i1, %x: f32, %out: !tile.global<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 8 : index
  %s = tile.slot %x : !tile.slot<f32>
  // CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[OWN:.*]] = %[[X:.*]], %[[V:.*]] = %[[X]]) -> (f32, f32) {
  %own = scf.for %i = %c0 to %n step %c1 iter_args(%o = %x) -> (f32) {
    // CHECK: %[[BRANCH:.*]] = scf.if %{{.*}} -> (f32) {
    scf.if %p {
      // CHECK: arith.addf %[[V]], %[[OWN]]
      %v = tile.get %s : !tile.slot<f32>
      %w = arith.addf %v, %o : f32
      tile.set %s, %w : !tile.slot<f32>
    }
    // CHECK: %[[MORE:.*]] = arith.mulf %[[OWN]], %[[X]]
    %more = arith.mulf %o, %x : f32
    // CHECK: scf.yield %[[MORE]], %[[BRANCH]] : f32, f32
    scf.yield %more : f32
  }
  // CHECK: arith.addf %[[R]]#0, %[[R]]#1
  %r = tile.get %s : !tile.slot<f32>
  %sum = arith.addf %own, %r : f32
  %t = tile.splat %sum : f32 -> tensor<1xf32>
  tile.store %t, %out[%c0] : tensor<1xf32>, !tile.global<1xf32>
  tile.return
}

// -----

// A variable declared inside the loop over blocks is one of its own; two that swap do so at once.
// CHECK-LABEL: tile.kernel @inside_blocks
tile.kernel @inside_blocks(%x: f32, %y: f32, %out: !tile.global<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 8 : index
  // CHECK: tile.blocks
  tile.blocks (%i) in (%n) {
    %a = tile.slot %x : !tile.slot<f32>
    %b = tile.slot %y : !tile.slot<f32>
    // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (f32, f32) {
    scf.for %k = %c0 to %n step %c1 {
      %old_a = tile.get %a : !tile.slot<f32>
      %old_b = tile.get %b : !tile.slot<f32>
      tile.set %a, %old_b : !tile.slot<f32>
      tile.set %b, %old_a : !tile.slot<f32>
      // CHECK-NEXT: scf.yield %[[B]], %[[A]] : f32, f32
    }
    %r = tile.get %a : !tile.slot<f32>
    %t = tile.splat %r : f32 -> tensor<1xf32>
    tile.store %t, %out[%c0] : tensor<1xf32>, !tile.global<1xf32>
  }
  tile.return
}
