// Blocks that go on to further tiles.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-make-persistent))' | FileCheck %s

#persistent = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = true>
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// Memory is declared once.
// CHECK-LABEL: tile.kernel @plain
tile.kernel @plain(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) attributes {sched.schedule = #persistent} {
  %m = tile.dim %x, 0 : !tile.global<?x?xf32>
  %n = tile.dim %x, 1 : !tile.global<?x?xf32>
  // CHECK: tile.blocks (%{{.*}}, %{{.*}}) in (%[[M:.*]], %[[N:.*]]) {
  tile.blocks (%i, %j) in (%m, %n) {
    // CHECK-NEXT: sched.alloc
    %ring = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
    // CHECK-NEXT: %[[COUNT:.*]] = arith.muli %[[M]], %[[N]]
    // CHECK-NEXT: %[[FIRST:.*]] = sched.block_number
    // CHECK-NEXT: %[[STEP:.*]] = sched.block_count
    // CHECK-NEXT: scf.for %[[T:.*]] = %[[FIRST]] to %[[COUNT]] step %[[STEP]] {
    // CHECK-NEXT: %[[INDICES:.*]]:2 = sched.tile_indices %[[T]] in(%[[M]], %[[N]]) : index, index
    // CHECK-NEXT: %[[TILE:.*]] = tile.load %{{.*}}[%[[INDICES]]#0, %[[INDICES]]#1]
    // CHECK-NEXT: tile.store %[[TILE]], %{{.*}}[%[[INDICES]]#0, %[[INDICES]]#1]
    %t = tile.load %x[%i, %j] : !tile.global<?x?xf32> -> tensor<4x8xf32, #rows>
    tile.store %t, %y[%i, %j] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  }
  tile.return
}

// Each role has the loop of its own.
// CHECK-LABEL: tile.kernel @roles
tile.kernel @roles(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) attributes {sched.schedule = #persistent} {
  %m = tile.dim %x, 0 : !tile.global<?x?xf32>
  tile.blocks (%i) in (%m) {
    // CHECK: sched.pipe
    // CHECK-NEXT: sched.roles producer {
    // CHECK: scf.for
    // CHECK: sched.acquire
    // CHECK: } consumer {
    // CHECK: scf.for
    // CHECK: sched.await
    %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
    sched.roles producer {
      %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
    } consumer {
      %s = sched.await %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
    }
  }
  tile.return
}
