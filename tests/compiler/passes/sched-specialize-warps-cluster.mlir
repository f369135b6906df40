// The blocks of a cluster load an operand together: its pipe is theirs in common, and they end together.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2},sched-stage-operands,sched-assign-layouts{target=sm_90a},sched-specialize-warps,canonicalize))' | FileCheck %s

// CHECK-LABEL: tile.kernel @product
// CHECK: %[[PIPE:.*]] = sched.pipe {names = ["a", "b"]} : <6 of <64x64xbf16, {{.*}}>>, <64x128xbf16, {{.*}}>> cluster 2>
// CHECK: sched.roles producer {
// CHECK: %[[SLOTS:.*]]:2 = sched.acquire %[[PIPE]]
// CHECK-NEXT: sched.tma_load %{{.*}} to %[[SLOTS]]#0 of %[[PIPE]] :
// CHECK-NEXT: sched.tma_load %{{.*}} to %[[SLOTS]]#1 of %[[PIPE]] multicast 2 :
// CHECK: } consumer {
// CHECK: sched.release %[[PIPE]] lag 1
// CHECK: sched.tma_store
// CHECK: }
// CHECK-NEXT: sched.cluster_barrier
tile.kernel @product(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x128xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x128xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x128xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x128xbf16>, tensor<64x128xf32>
      scf.yield %d : tensor<64x128xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x128xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// What a tile loads once each block loads for itself, and what it has a loop for with its neighbours.
// CHECK-LABEL: tile.kernel @two
// CHECK-DAG: %[[Q:.*]] = sched.pipe {names = ["a"]} : <2 of <64x64xbf16, {{[^c]*}}>>>
// CHECK-DAG: %[[V:.*]] = sched.pipe {names = ["b"]} : <{{.*}} cluster 2>
// CHECK: sched.tma_load %{{.*}} of %[[Q]] :
// CHECK: sched.tma_load %{{.*}} of %[[V]] multicast 2 :
tile.kernel @two(%q: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %v, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tv = tile.load %v[%k, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %tq, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
