// Every type, attribute and operation of the `sched` dialect, read and written in both forms.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

#accumulator = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[4, 0]], repeat = [2, 1]>
#column = #sched.layout<reg = [[8, 0]], lane = [[0, 0], [0, 0], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>

// CHECK-LABEL: tile.kernel @layouts
// CHECK-SAME: accumulator = #[[ACCUMULATOR:sched.layout<reg = \[\[0, 1\], \[8, 0\]\], lane = \[\[0, 2\], \[0, 4\], \[1, 0\], \[2, 0\], \[4, 0\]\], warp = \[\], repeat = \[1, 1\]>]]
// CHECK-SAME: rows = #[[ROWS:sched.layout<reg = \[\], lane = \[\[0, 1\], \[0, 2\], \[0, 4\], \[1, 0\], \[2, 0\]\], warp = \[\[4, 0\]\], repeat = \[2, 1\]>]]
tile.kernel @layouts() attributes {accumulator = #accumulator, rows = #rows} {
  tile.return
}

// CHECK-LABEL: tile.kernel @attributes
// CHECK-SAME: atom = #sched.atom<mma_m16n8k16>
// CHECK-SAME: memory = #sched.memory<order = [0, 1], swizzle = 128>
// CHECK-SAME: sched.schedule = #sched.schedule<stages = 3, warps = 4, warpsM = 2, warpsN = 2, atom = mma_m16n8k8, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>
tile.kernel @attributes() attributes {
  atom = #sched.atom<mma_m16n8k16>,
  memory = #sched.memory<order = [0, 1], swizzle = 128>,
  sched.schedule = #sched.schedule<stages = 3, warps = 4, warpsM = 2, warpsN = 2, atom = mma_m16n8k8, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>
} {
  tile.return
}

// CHECK-LABEL: tile.kernel @memory
tile.kernel @memory(%x: !tile.global<?x?xf32>, %p: i1) {
  %i = arith.constant 2 : index
  // CHECK: %[[RING:.*]] = sched.alloc {name = "a", offset = 1024 : i64} : <3 of <16x8xf32, <order = [1, 0], swizzle = 128>>>
  %ring = sched.alloc {name = "a", offset = 1024 : i64} : !sched.ring<3 of <16x8xf32, <order = [1, 0], swizzle = 128>>>
  // CHECK: sched.slot %[[RING]] : <3 of
  %fixed = sched.slot %ring : !sched.ring<3 of <16x8xf32, <order = [1, 0], swizzle = 128>>>
  // CHECK: %[[NEXT:.*]] = sched.slot %[[RING]][%{{.*}}] ahead 2 : <3 of
  %next = sched.slot %ring[%i] ahead 2 : !sched.ring<3 of <16x8xf32, <order = [1, 0], swizzle = 128>>>
  // CHECK: sched.copy %{{.*}}[%[[I:.*]], %[[I]]] to %[[NEXT]] when %{{.*}} {async, bytes = 4 : i64, layout = #[[ROWS]]} : <?x?xf32> to <16x8xf32, <order = [1, 0], swizzle = 128>>
  sched.copy %x[%i, %i] to %next when %p {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>
  // CHECK: sched.commit
  sched.commit
  // CHECK: %[[READY:.*]]:2 = sched.wait %[[NEXT]], %{{.*}} {pending = 1 : i64} : !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>, !sched.shared<16x8xf32,
  %ready:2 = sched.wait %next, %fixed {pending = 1 : i64} : !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>, !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>
  // CHECK: sched.wait {pending = 0 : i64}
  sched.wait {pending = 0 : i64}
  // CHECK: sched.barrier
  sched.barrier
  // CHECK: %[[TILE:.*]] = sched.read %[[READY]]#0 : <16x8xf32, <order = [1, 0], swizzle = 128>> -> tensor<16x8xf32, #[[ACCUMULATOR]]>
  %t = sched.read %ready#0 : !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>> -> tensor<16x8xf32, #accumulator>
  // CHECK: sched.write %[[TILE]], %{{.*}} : tensor<16x8xf32, #[[ACCUMULATOR]]>, <16x8xf32, <order = [1, 0], swizzle = 128>>
  sched.write %t, %fixed : tensor<16x8xf32, #accumulator>, !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>
  // A copy through registers, without a predicate.
  // CHECK: sched.copy %{{.*}}[%{{.*}}] to %{{.*}} {bytes = 2 : i64, layout = #{{.*}}} : <?x?xf32> to
  sched.copy %x[%i, %i] to %fixed {bytes = 2 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<16x8xf32, <order = [1, 0], swizzle = 128>>
  tile.return
}

// CHECK-LABEL: tile.kernel @arithmetic
tile.kernel @arithmetic() {
  %ra = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0]>>>
  %rb = sched.alloc : !sched.ring<1 of <8x16xbf16, <order = [1, 0]>>>
  %rs = sched.alloc : !sched.ring<1 of <128xf32, <order = [0]>>>
  %a = sched.slot %ra : !sched.ring<1 of <16x16xbf16, <order = [1, 0]>>>
  %b = sched.slot %rb : !sched.ring<1 of <8x16xbf16, <order = [1, 0]>>>
  %s = sched.slot %rs : !sched.ring<1 of <128xf32, <order = [0]>>>
  %c = arith.constant dense<0.0> : tensor<16x8xf32, #accumulator>
  // CHECK: %[[D:.*]] = sched.dot %{{.*}}, %{{.*}}, %{{.*}} {atom = #sched.atom<mma_m16n8k16>, transpose_b, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<16x16xbf16, <order = [1, 0]>>, <8x16xbf16, <order = [1, 0]>>, tensor<16x8xf32, #[[ACCUMULATOR]]>
  %d = sched.dot %a, %b, %c {atom = #sched.atom<mma_m16n8k16>, transpose_b, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<16x16xbf16, <order = [1, 0]>>, !sched.shared<8x16xbf16, <order = [1, 0]>>, tensor<16x8xf32, #accumulator>
  // CHECK: %[[E:.*]] = sched.convert %[[D]] through %[[S:.*]] : !sched.shared<128xf32, <order = [0]>> : tensor<16x8xf32, #[[ACCUMULATOR]]> -> tensor<16x8xf32, #[[ROWS]]>
  %e = sched.convert %d through %s : !sched.shared<128xf32, <order = [0]>> : tensor<16x8xf32, #accumulator> -> tensor<16x8xf32, #rows>
  // CHECK: sched.convert %[[E]] : tensor<16x8xf32, #[[ROWS]]> -> tensor<16x8xf32, #[[ACCUMULATOR]]>
  %f = sched.convert %e : tensor<16x8xf32, #rows> -> tensor<16x8xf32, #accumulator>
  // CHECK: sched.reduce %{{.*}} {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<16x8xf32, #[[ACCUMULATOR]]> -> tensor<16x1xf32, #{{.*}}>
  %g = sched.reduce %f {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<16x8xf32, #accumulator> -> tensor<16x1xf32, #column>
  // CHECK: sched.reduce %{{.*}} through %[[S]] : !sched.shared<128xf32, <order = [0]>> {axis = 1 : i64, kind = #tile.reduce_kind<max>}
  %h = sched.reduce %f through %s : !sched.shared<128xf32, <order = [0]>> {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<16x8xf32, #accumulator> -> tensor<16x1xf32, #column>
  tile.return
}
