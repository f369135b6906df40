// Pipes and roles: round trip, pretty and generic.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @pipe
tile.kernel @pipe(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  // CHECK: %[[PIPE:.*]] = sched.pipe {names = ["a", "b"], offset = 1024 : i64} : <3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
  %pipe = sched.pipe {names = ["a", "b"], offset = 1024 : i64} : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
  // CHECK: sched.roles producer {
  sched.roles producer {
    // CHECK: %[[SLOTS:.*]]:2 = sched.acquire %[[PIPE]] : <3 of
    %s, %t = sched.acquire %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 128>>, !sched.shared<16x8xbf16, <order = [1, 0]>>
    // CHECK: sched.tma_load %{{.*}}[%[[K:.*]], %[[K]]] to %[[SLOTS]]#0 of %[[PIPE]] : <?x?xbf16, align = 16> to <64x16xbf16,
    sched.tma_load %a[%k, %k] to %s of %pipe : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 128>> of !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
    sched.tma_load %b[%k, %k] to %t of %pipe : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0]>> of !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
  // CHECK: } consumer {
  } consumer {
    // CHECK: %[[FULL:.*]]:2 = sched.await %[[PIPE]]
    %s, %t = sched.await %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 128>>, !sched.shared<16x8xbf16, <order = [1, 0]>>
    // CHECK: %[[DOT:.*]] = sched.dot %[[FULL]]#0, %[[FULL]]#1, %{{.*}} {atom = #sched.atom<wgmma>,
    %d = sched.dot %s, %t, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 128>>, !sched.shared<16x8xbf16, <order = [1, 0]>>, tensor<64x8xf32, #sums>
    // CHECK: sched.dot_wait %[[DOT]] {pending = 0 : i64} : tensor<64x8xf32, #{{.*}}>
    %r = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
    // CHECK: sched.release %[[PIPE]] : <3 of
    sched.release %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
    // CHECK: sched.release %[[PIPE]] lag 1 : <3 of
    sched.release %pipe lag 1 : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 128>>, <16x8xbf16, <order = [1, 0]>>>
  }
  tile.return
}

// The pipe of a cluster, and what its blocks tell each other by.
// CHECK-LABEL: tile.kernel @cluster
tile.kernel @cluster(%a: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  // CHECK: %[[PIPE:.*]] = sched.pipe {names = ["a"]} : <3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  %pipe = sched.pipe {names = ["a"]} : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  // CHECK: %[[RANK:.*]] = sched.cluster_rank
  %rank = sched.cluster_rank
  sched.roles producer {
    %s = sched.acquire %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
    // CHECK: sched.tma_load %{{.*}}[%[[RANK]], %{{.*}}] to %{{.*}} of %[[PIPE]] multicast 2 :
    sched.tma_load %a[%rank, %k] to %s of %pipe multicast 2 : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  } consumer {
    %s = sched.await %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
    sched.release %pipe : !sched.pipe<3 of <64x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  }
  // CHECK: sched.cluster_barrier
  sched.cluster_barrier
  tile.return
}

// Tiles that a counter deals out; a kernel of a split reduction.
// CHECK-LABEL: tile.kernel @deal
// CHECK-SAME: sched.split = #sched.split<parts, parts = 3, unordered = true, blocksPerTile = 3, rows = [64, 32]>
tile.kernel @deal(%counter: !tile.global<1xi32>) attributes {sched.split = #sched.split<parts, parts = 3, unordered = true, blocksPerTile = 3, rows = [64, 32]>} {
  // CHECK: %[[PIPE:.*]] = sched.pipe
  %pipe = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  // CHECK: sched.deal %{{.*}} through %[[PIPE]] : <1xi32>, <2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %pipe : !tile.global<1xi32>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  tile.return
}
