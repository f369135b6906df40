// Blocks that go on to further tiles.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-make-persistent))' | FileCheck %s

#persistent = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = true>
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>
#row = #sched.layout<reg = [], lane = [[1], [2], [4], [0], [0]], warp = [], repeat = [1]>

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

#clustered = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = true, cluster = 2, clusterAxis = 1, multicast = a>
#once = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false, cluster = 2, multicast = b>

// A cluster takes neighbouring tiles; over the edge of the grid its last block repeats the last tile and stores nothing.
// CHECK-LABEL: tile.kernel @clusters
tile.kernel @clusters(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) attributes {sched.schedule = #clustered} {
  %m = tile.dim %x, 0 : !tile.global<?x?xf32>
  %n = tile.dim %x, 1 : !tile.global<?x?xf32>
  // CHECK: tile.blocks (%{{.*}}, %{{.*}}) in (%[[M:.*]], %[[N:.*]]) {
  tile.blocks (%i, %j) in (%m, %n) {
    // CHECK: %[[TWO:.*]] = arith.constant 2 : index
    // CHECK: %[[WIDE:.*]] = arith.ceildivui %[[N]], %[[TWO]]
    // CHECK: %[[COUNT:.*]] = arith.muli %[[M]], %[[WIDE]]
    // CHECK: %[[BLOCK:.*]] = sched.block_number
    // CHECK: %[[FIRST:.*]] = arith.divui %[[BLOCK]], %{{.*}}
    // CHECK: %[[BLOCKS:.*]] = sched.block_count
    // CHECK: %[[STEP:.*]] = arith.divui %[[BLOCKS]], %{{.*}}
    // CHECK: scf.for %[[T:.*]] = %[[FIRST]] to %[[COUNT]] step %[[STEP]] {
    // CHECK-NEXT: %[[INDICES:.*]]:2 = sched.tile_indices %[[T]] in(%[[M]], %[[WIDE]]) : index, index
    // CHECK: %[[BASE:.*]] = arith.muli %[[INDICES]]#1, %{{.*}}
    // CHECK: %[[RANK:.*]] = sched.cluster_rank
    // CHECK: %[[MINE:.*]] = arith.addi %[[BASE]], %[[RANK]]
    // CHECK: %[[LAST:.*]] = arith.subi %[[N]], %{{.*}}
    // CHECK: %[[INSIDE:.*]] = arith.cmpi ule, %[[MINE]], %[[LAST]]
    // CHECK: %[[J:.*]] = arith.minui %[[MINE]], %[[LAST]]
    // CHECK: %[[TILE:.*]] = tile.load %{{.*}}[%[[INDICES]]#0, %[[J]]]
    // CHECK: scf.if %[[INSIDE]] {
    // CHECK-NEXT: tile.store %[[TILE]], %{{.*}}[%[[INDICES]]#0, %[[J]]]
    %t = tile.load %x[%i, %j] : !tile.global<?x?xf32> -> tensor<4x8xf32, #rows>
    tile.store %t, %y[%i, %j] : tensor<4x8xf32, #rows>, !tile.global<?x?xf32>
  }
  tile.return
}

// Blocks of one tile find it by the number of their cluster.
// CHECK-LABEL: tile.kernel @once
tile.kernel @once(%x: !tile.global<?xf32>, %y: !tile.global<?xf32>) attributes {sched.schedule = #once} {
  %m = tile.dim %x, 0 : !tile.global<?xf32>
  tile.blocks (%i) in (%m) {
    // CHECK-NOT: scf.for
    // CHECK: %[[NUMBER:.*]] = arith.divui
    // CHECK: sched.tile_indices %[[NUMBER]] in
    // CHECK: scf.if
    // CHECK-NEXT: tile.store
    %t = tile.load %x[%i] : !tile.global<?xf32> -> tensor<8xf32, #row>
    tile.store %t, %y[%i] : tensor<8xf32, #row>, !tile.global<?xf32>
  }
  tile.return
}

// Stores by TMA count their groups also where a block stands over the edge.
// CHECK-LABEL: tile.kernel @bulk
tile.kernel @bulk(%y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #once} {
  %m = tile.dim %y, 0 : !tile.global<?x?xf32, align = 16>
  %zero = arith.constant 0 : index
  tile.blocks (%i) in (%m) {
    %ring = sched.alloc : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
    %s = sched.slot %ring : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
    // CHECK: %[[INSIDE:.*]] = arith.cmpi ule
    // CHECK-NOT: scf.if
    // CHECK: sched.tma_store {{.*}} groups 1 when %[[INSIDE]] :
    sched.tma_store %s to %y[%i, %zero] at [0, 0] groups 1 : !sched.shared<8x8xf32, <order = [1, 0]>> to !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
