// Stores by TMA: round trip, pretty and generic.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>

// CHECK-LABEL: tile.kernel @stores
tile.kernel @stores(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<2 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // CHECK: %[[SLOT:.*]] = sched.slot
  %s = sched.slot %ring : !sched.ring<2 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // CHECK: %[[PART:.*]] = sched.part %{{.*}} at [0, 16] : tensor<16x32xbf16, #[[TILE:.*]]> -> tensor<16x16xbf16, #[[LAYOUT:.*]]>
  %p = sched.part %v at [0, 16] : tensor<16x32xbf16, #tile> -> tensor<16x16xbf16, #part>
  // CHECK: sched.write %[[PART]], %[[SLOT]]
  sched.write %p, %s : tensor<16x16xbf16, #part>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>>
  // CHECK: sched.fence_async
  sched.fence_async
  // CHECK: sched.group_barrier 1
  sched.group_barrier 1
  // CHECK: sched.tma_store %[[SLOT]] to %{{.*}}[%[[I:.*]], %[[I]]] at [0, 16] groups 1 : <16x16xbf16, <order = [1, 0], swizzle = 128>> to <?x?xbf16, align = 16>
  sched.tma_store %s to %c[%i, %i] at [0, 16] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  %yes = arith.constant true
  // CHECK: sched.tma_store {{.*}} groups 1 when %{{.*}} : <16x16xbf16,
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 when %yes : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  // CHECK: sched.store_wait 0 complete
  sched.store_wait 0 complete
  // CHECK: sched.store_wait 1
  sched.store_wait 1
  tile.return
}
