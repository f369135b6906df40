// Kernels, grids, sizes and variables.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @structure(
// CHECK-SAME: attributes {argNames = ["x", "alpha"], members = {b = 256 : i64}}
tile.kernel @structure(%x: !tile.global<?x8xf32>, %alpha: f32) attributes {argNames = ["x", "alpha"], members = {b = 256 : i64}} {
  // CHECK: %[[EXTENT:.*]] = tile.dim %{{.*}}, 0 : <?x8xf32>
  %n = tile.dim %x, 0 : !tile.global<?x8xf32>
  %one = arith.constant 1 : index
  // CHECK: tile.blocks (%{{.*}}, %[[J:.*]]) in (%[[EXTENT]], %{{.*}}) {
  tile.blocks (%i, %j) in (%n, %one) {
    // CHECK: %[[SLOT:.*]] = tile.slot %{{.*}} : <f32>
    %slot = tile.slot %alpha : !tile.slot<f32>
    // CHECK: scf.for
    scf.for %k = %one to %n step %one {
      // CHECK: %[[OLD:.*]] = tile.get %[[SLOT]] : <f32>
      %old = tile.get %slot : !tile.slot<f32>
      %new = arith.addf %old, %alpha : f32
      // CHECK: tile.set %[[SLOT]], %{{.*}} : <f32>
      tile.set %slot, %new : !tile.slot<f32>
    // CHECK: } {tile.stages = 3 : i32}
    } {tile.stages = 3 : i32}
    // CHECK: arith.addi %[[J]]
    %sum = arith.addi %j, %i : index
  }
  // CHECK: tile.return
  tile.return
}

// Without a grid a kernel is one block; the name may hold '_' and '$'.
// CHECK-LABEL: tile.kernel @_scale$2()
tile.kernel @_scale$2() {
  tile.return
}

// CHECK-LABEL: tile.kernel @attributes_of_a_grid
tile.kernel @attributes_of_a_grid() {
  %one = arith.constant 1 : index
  // CHECK: tile.blocks (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}, %{{.*}}) attributes {name = "grid"} {
  tile.blocks (%i, %j, %k) in (%one, %one, %one) attributes {name = "grid"} {
  }
  tile.return
}
