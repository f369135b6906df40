// Results that leave by TMA, and what keeps others from it.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-assign-layouts{target=sm_90a}))' 2>&1 | FileCheck %s

#schedule = #sched.schedule<stages = 1, warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16, swizzle = 128, rasterGroup = 1, producerWarps = 0, persistent = false>
#groups = #sched.schedule<stages = 1, warps = 8, warpsM = 8, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 1, producerWarps = 4, persistent = false>

// CHECK: remark: this store is not by TMA: the tensor has 3 dimensions, not 2
// CHECK: remark: this store is not by TMA: the kernel reads or writes the tensor elsewhere too
// CHECK: remark: this store is not by TMA: tensor maps do not have its element type
// CHECK: remark: this store is not by TMA: rows of the tile are no multiple of 16 bytes
// CHECK: remark: this store is not by TMA: several threads hold the same elements
// CHECK: remark: this store is not by TMA: a sub-tile would have more than 256 rows
// CHECK: remark: this store is not by TMA: in no swizzle would its elements be written to different banks

// Two sub-tiles of 64 columns.
// CHECK-LABEL: tile.kernel @columns
tile.kernel @columns(%y: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %s = tile.alloc {name = "a"} : !tile.buffer<16x16xbf16, shared>
  %t = tile.alloc {name = "b"} : !tile.buffer<16x128xbf16, shared>
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  // CHECK: %[[RING:.*]] = sched.alloc {name = "{{.*}}"} : <2 of <16x64xbf16, <order = [1, 0], swizzle = 128>>>
  // CHECK-DAG: %[[FIRST:.*]] = sched.slot %[[RING]] : <2 of
  // CHECK-DAG: %[[SECOND:.*]] = sched.slot %[[RING]] ahead 1 : <2 of
  %d = tile.dot %s, %t, %zero : !tile.buffer<16x16xbf16, shared>, !tile.buffer<16x128xbf16, shared>, tensor<16x128xf32>
  %r = tile.cast %d : tensor<16x128xf32> -> tensor<16x128xbf16>
  // CHECK: %[[TILE:.*]] = tile.cast
  // CHECK-NEXT: %[[LEFT:.*]] = sched.part %[[TILE]] at [0, 0] : tensor<16x128xbf16, #{{.*}}> -> tensor<16x64xbf16, #{{.*}}>
  // CHECK-NEXT: sched.write %[[LEFT]], %[[FIRST]]
  // CHECK-NEXT: sched.fence_async
  // CHECK-NEXT: sched.group_barrier 1
  // CHECK-NEXT: sched.tma_store %[[FIRST]] to %{{.*}}[%{{.*}}, %{{.*}}] at [0, 0] groups 1
  // CHECK-NEXT: %[[RIGHT:.*]] = sched.part %[[TILE]] at [0, 64]
  // CHECK-NEXT: sched.write %[[RIGHT]], %[[SECOND]]
  // CHECK: sched.tma_store %[[SECOND]] to %{{.*}}[%{{.*}}, %{{.*}}] at [0, 64] groups 1
  tile.store %r, %y[%o, %o] : tensor<16x128xbf16>, !tile.global<?x?xbf16, align = 16>
  tile.return
}

// Warpgroups that share rows store each for itself; rows beyond those of all are further sub-tiles.
// CHECK-LABEL: tile.kernel @warpgroups
tile.kernel @warpgroups(%y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #groups} {
  %o = arith.constant 0 : index
  %s = tile.alloc {name = "a"} : !tile.buffer<256x16xbf16, shared>
  %t = tile.alloc {name = "b"} : !tile.buffer<16x32xbf16, shared>
  %zero = arith.constant dense<0.0> : tensor<256x32xf32>
  // CHECK: sched.alloc {name = "{{.*}}"} : <2 of <128x32xf32, <order = [1, 0], swizzle = 128>>>
  // CHECK: sched.tma_store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] at [0, 0] groups 2
  // CHECK: sched.tma_store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] at [128, 0] groups 2
  %d = tile.dot %s, %t, %zero : !tile.buffer<256x16xbf16, shared>, !tile.buffer<16x32xbf16, shared>, tensor<256x32xf32>
  tile.store %d, %y[%o, %o] : tensor<256x32xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}

// Rows of whole vectors need no way through shared memory.
// CHECK-LABEL: tile.kernel @vectors
tile.kernel @vectors(%x: !tile.global<?x?xf16, align = 16>, %y: !tile.global<?x?xf16, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16, align = 16> -> tensor<32x64xf16>
  // CHECK: tile.store
  tile.store %t, %y[%o, %o] : tensor<32x64xf16>, !tile.global<?x?xf16, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @rank
tile.kernel @rank(%x: !tile.global<?x?x?xf16, strides = [?, 1, ?], align = 16>, %y: !tile.global<?x?x?xf32, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o, %o] : !tile.global<?x?x?xf16, strides = [?, 1, ?], align = 16> -> tensor<2x32x8xf16>
  %u = tile.cast %t : tensor<2x32x8xf16> -> tensor<2x32x8xf32>
  tile.store %u, %y[%o, %o, %o] : tensor<2x32x8xf32>, !tile.global<?x?x?xf32, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @read_too
tile.kernel @read_too(%y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %s = tile.alloc {name = "a"} : !tile.buffer<16x16xbf16, shared>
  %t = tile.alloc {name = "b"} : !tile.buffer<16x32xbf16, shared>
  %c = tile.load %y[%o, %o] : !tile.global<?x?xf32, align = 16> -> tensor<16x32xf32>
  %d = tile.dot %s, %t, %c : !tile.buffer<16x16xbf16, shared>, !tile.buffer<16x32xbf16, shared>, tensor<16x32xf32>
  tile.store %d, %y[%o, %o] : tensor<16x32xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @truth
tile.kernel @truth(%y: !tile.global<?x?xi1, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %s = tile.alloc {name = "a"} : !tile.buffer<16x16xbf16, shared>
  %t = tile.alloc {name = "b"} : !tile.buffer<16x32xbf16, shared>
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %d = tile.dot %s, %t, %zero : !tile.buffer<16x16xbf16, shared>, !tile.buffer<16x32xbf16, shared>, tensor<16x32xf32>
  %b = arith.cmpf ogt, %d, %zero : tensor<16x32xf32>
  tile.store %b, %y[%o, %o] : tensor<16x32xi1>, !tile.global<?x?xi1, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @narrow
tile.kernel @narrow(%y: !tile.global<?x?xi8, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %s = tile.alloc {name = "a"} : !tile.buffer<16x16xbf16, shared>
  %t = tile.alloc {name = "b"} : !tile.buffer<16x8xbf16, shared>
  %zero = arith.constant dense<0.0> : tensor<16x8xf32>
  %d = tile.dot %s, %t, %zero : !tile.buffer<16x16xbf16, shared>, !tile.buffer<16x8xbf16, shared>, tensor<16x8xf32>
  %i = arith.fptosi %d : tensor<16x8xf32> to tensor<16x8xi8>
  tile.store %i, %y[%o, %o] : tensor<16x8xi8>, !tile.global<?x?xi8, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @copies
tile.kernel @copies(%x: !tile.global<?x?xf16, strides = [1, ?], align = 16>, %y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16, strides = [1, ?], align = 16> -> tensor<4x8xf16>
  %u = tile.cast %t : tensor<4x8xf16> -> tensor<4x8xf32>
  tile.store %u, %y[%o, %o] : tensor<4x8xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @tall
tile.kernel @tall(%x: !tile.global<?x?xf16, strides = [1, ?], align = 16>, %y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #groups} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16, strides = [1, ?], align = 16> -> tensor<2048x8xf16>
  %u = tile.cast %t : tensor<2048x8xf16> -> tensor<2048x8xf32>
  tile.store %u, %y[%o, %o] : tensor<2048x8xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}

// CHECK-LABEL: tile.kernel @conflicts
tile.kernel @conflicts(%x: !tile.global<?x?xf16, strides = [1, ?], align = 16>, %y: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #schedule} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16, strides = [1, ?], align = 16> -> tensor<128x8xf16>
  %u = tile.cast %t : tensor<128x8xf16> -> tensor<128x8xf32>
  tile.store %u, %y[%o, %o] : tensor<128x8xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}
