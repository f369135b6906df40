// The iterations of a loop that sums products, dealt out to several blocks.
// RUN: tw-opt %s --pass-pipeline='builtin.module(sched-split-reduction{splits=4})' --split-input-file | FileCheck %s
// RUN: tw-opt %s --pass-pipeline='builtin.module(sched-split-reduction{splits=4 unordered=true})' --split-input-file | FileCheck %s --check-prefix=ADD

// Each part of the loop is as long as any other, or longer by one iteration; its sum begins at zero and goes to the
// workspace. What follows the loop is done by the second kernel, on the sum of the parts in their order; as all of it is
// done row by row, two blocks share each tile.
// CHECK-LABEL: tile.kernel @product(
// CHECK-SAME: %[[PARTS:[a-z0-9]+]]: !tile.global<?x32xf32, strides = [32, 1], align = 16>
// CHECK-SAME: argNames = ["a", "b", "c", "parts"]
// CHECK-SAME: sched.split = #sched.split<parts, parts = 4, unordered = false, blocksPerTile = 4, rows = [64]>
// CHECK: %[[M:.*]] = tile.dim
// CHECK: %[[N:.*]] = tile.dim
// CHECK: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK: tile.blocks (%[[I:.*]], %[[J:.*]], %[[S:.*]]) in (%[[M]], %[[N]], %[[FOUR]]) {
// CHECK: %[[ITERATIONS:.*]] = arith.ceildivui
// CHECK: %[[EACH:.*]] = arith.divui %[[ITERATIONS]], %[[COUNT:.*]] : index
// CHECK: %[[REST:.*]] = arith.remui %[[ITERATIONS]], %[[COUNT]] : index
// CHECK: %[[LONGER:.*]] = arith.minui %[[S]], %[[REST]]
// CHECK: %[[WHOLE:.*]] = arith.muli %[[S]], %[[EACH]]
// CHECK: arith.addi %[[WHOLE]], %[[LONGER]]
// CHECK: %[[SUM:.*]] = scf.for
// CHECK-NOT: arith.truncf
// CHECK: tile.store %[[SUM]], %[[PARTS]][%{{.*}}, %{{.*}}] : tensor<16x32xf32>
// CHECK-NEXT: }
// ADD-LABEL: tile.kernel @product(
// ADD-SAME: sched.split = #sched.split<parts, parts = 4, unordered = true, blocksPerTile = 4, rows = [16]>
// ADD: tile.store {{.*}} {sched.adds} : tensor<16x32xf32>

// CHECK-LABEL: tile.kernel @product_whole
// CHECK-SAME: sched.split = #sched.split<whole, parts = 4, unordered = false, blocksPerTile = 2, rows = [64]>
// CHECK: tile.blocks (%{{.*}}, %{{.*}}, %[[HALF:.*]]) in (%{{.*}}, %{{.*}}, %{{.*}}) {
// CHECK: %[[FIRST:.*]] = arith.muli %[[HALF]], %c8
// CHECK-NOT: scf.for
// CHECK: %[[P0:.*]] = tile.load %[[PARTS:[a-z0-9]+]][
// CHECK: %[[P1:.*]] = tile.load %[[PARTS]][
// CHECK-NEXT: %[[S1:.*]] = arith.addf %[[P0]], %[[P1]]
// CHECK: %[[P2:.*]] = tile.load %[[PARTS]][
// CHECK-NEXT: %[[S2:.*]] = arith.addf %[[S1]], %[[P2]]
// CHECK: %[[P3:.*]] = tile.load %[[PARTS]][
// CHECK-NEXT: %[[S3:.*]] = arith.addf %[[S2]], %[[P3]]
// CHECK: %[[RESULT:.*]] = arith.truncf %[[S3]]
// CHECK: %[[ROW:.*]] = arith.addi %{{.*}}, %[[FIRST]]
// CHECK: tile.store %[[RESULT]], %{{.*}}[%[[ROW]], %{{.*}}] : tensor<8x32xbf16>
// ADD-LABEL: tile.kernel @product_whole
// ADD: %[[SUM:.*]] = tile.load
// ADD-NOT: arith.addf
// ADD: arith.truncf %[[SUM]]
tile.kernel @product(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xbf16>) attributes {argNames = ["a", "b", "c"]} {
  %m = tile.dim %c, 0 : !tile.global<?x?xbf16>
  %n = tile.dim %c, 1 : !tile.global<?x?xbf16>
  %depth = tile.dim %a, 1 : !tile.global<?x?xbf16>
  tile.blocks (%i, %j) in (%m, %n) {
    %zero = arith.constant dense<0.0> : tensor<16x32xf32>
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %r = scf.for %k = %c0 to %depth step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %j] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    %t = arith.truncf %r : tensor<16x32xf32> to tensor<16x32xbf16>
    tile.store %t, %c[%i, %j] : tensor<16x32xbf16>, !tile.global<?x?xbf16>
  }
  tile.return
}

// -----

// A sum that does not begin at zero has its first value added once, before the parts; products may be scaled. Three
// dimensions of blocks are all there are: parts share the last one with tiles.
// CHECK-LABEL: tile.kernel @scaled(
// CHECK-SAME: rows = [64]
// CHECK: %[[EXTENT:.*]] = arith.muli %{{.*}}, %[[FOUR:.*]] : index
// CHECK: tile.blocks (%{{.*}}, %{{.*}}, %[[L:.*]]) in (%{{.*}}, %{{.*}}, %[[EXTENT]]) {
// CHECK-NEXT: arith.divui %[[L]], %[[FOUR]]
// CHECK-NEXT: arith.remui %[[L]], %[[FOUR]]
// CHECK: arith.minui
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<16x32xf32>
// CHECK-NEXT: scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]])
// CHECK-LABEL: tile.kernel @scaled_whole
// CHECK: %[[ONE:.*]] = arith.constant dense<1.000000e+00>
// CHECK: %[[P0:.*]] = tile.load
// CHECK-NEXT: arith.addf %[[ONE]], %[[P0]]
tile.kernel @scaled(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %depth = tile.dim %a, 1 : !tile.global<?x?xbf16>
  tile.blocks (%i, %j, %l) in (%m, %m, %m) {
    %one = arith.constant dense<1.0> : tensor<16x32xf32>
    %zero = arith.constant dense<0.0> : tensor<16x32xf32>
    %scale = arith.constant dense<3.0> : tensor<16x32xf32>
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %r = scf.for %k = %c0 to %depth step %c8 iter_args(%sum = %one) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %l] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %zero : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      %e = arith.mulf %d, %scale : tensor<16x32xf32>
      %s = arith.addf %sum, %e : tensor<16x32xf32>
      scf.yield %s : tensor<16x32xf32>
    }
    tile.store %r, %c[%i, %j] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}

// -----

// What a column is scaled by depends on all of its rows: one block does it for the whole tile.
// CHECK-LABEL: tile.kernel @by_column_whole
// CHECK-SAME: blocksPerTile = 1
// CHECK: tile.reduce %{{.*}} : tensor<16x32xf32> -> tensor<1x32xf32>
// A bias, the same for all columns, is loaded row by row; each row is scaled by its own sum.
// CHECK-LABEL: tile.kernel @by_row_whole
// CHECK-SAME: blocksPerTile = 2
// CHECK: tile.load %{{.*}} : <?x1xf32> -> tensor<8x1xf32>
// CHECK: tile.broadcast %{{.*}} : tensor<8x1xf32> -> tensor<8x32xf32>
// CHECK: tile.reduce %{{.*}} : tensor<8x32xf32> -> tensor<8x1xf32>
tile.kernel @by_column(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %bias: !tile.global<?x1xf32>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  tile.blocks (%i) in (%m) {
    %zero = arith.constant dense<0.0> : tensor<16x32xf32>
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    %t = tile.reduce %r {axis = 0 : i64, kind = #tile.reduce_kind<sum>} : tensor<16x32xf32> -> tensor<1x32xf32>
    %u = tile.broadcast %t : tensor<1x32xf32> -> tensor<16x32xf32>
    %s = arith.mulf %r, %u : tensor<16x32xf32>
    tile.store %s, %c[%i, %c0] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}
tile.kernel @by_row(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %bias: !tile.global<?x1xf32>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  tile.blocks (%i) in (%m) {
    %zero = arith.constant dense<0.0> : tensor<16x32xf32>
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    %l = tile.load %bias[%i, %c0] : !tile.global<?x1xf32> -> tensor<16x1xf32>
    %v = tile.broadcast %l : tensor<16x1xf32> -> tensor<16x32xf32>
    %w = arith.addf %r, %v : tensor<16x32xf32>
    %t = tile.reduce %w {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<16x32xf32> -> tensor<16x1xf32>
    %u = tile.broadcast %t : tensor<16x1xf32> -> tensor<16x32xf32>
    %s = arith.mulf %w, %u : tensor<16x32xf32>
    tile.store %s, %c[%i, %c0] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}
