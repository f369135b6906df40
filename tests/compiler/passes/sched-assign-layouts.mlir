// Tiles get layouts, buffers become rings.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-assign-layouts))' | FileCheck %s

#product = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>
#plain = #sched.schedule<stages = 2, warps = 4, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>
#unswizzled = #sched.schedule<stages = 2, warps = 4, warpsM = 1, warpsN = 1, atom = fma, swizzle = 0, rasterGroup = 8, producerWarps = 0, persistent = false>

// The accumulator has the layout of the instruction (PTX ISA, mma.m16n8k16).
// CHECK-LABEL: tile.kernel @dot
tile.kernel @dot(%x: !tile.global<?x?xbf16, align = 16>, %y: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #product} {
  %o = arith.constant 0 : index
  // CHECK-DAG: %[[RA:.*]] = sched.alloc {name = "a"} : <1 of <16x64xbf16, <order = [1, 0], swizzle = 128>>>
  // CHECK-DAG: %[[A:.*]] = sched.slot %[[RA]]
  // CHECK-DAG: %[[RB:.*]] = sched.alloc {name = "b"} : <1 of <64x8xbf16,
  // CHECK-DAG: %[[B:.*]] = sched.slot %[[RB]]
  %a = tile.alloc {name = "a"} : !tile.buffer<16x64xbf16, shared>
  %b = tile.alloc {name = "b"} : !tile.buffer<64x8xbf16, shared>
  // CHECK: sched.copy %[[X:.*]][%[[O:.*]], %[[O]]] to %[[A]] {async, bytes = 16 : i64, layout = #sched.layout<
  tile.copy %x[%o, %o] to %a : !tile.global<?x?xbf16, align = 16> to !tile.buffer<16x64xbf16, shared>
  // CHECK: sched.copy %[[X]][%[[O]], %[[O]]] to %[[B]] {async, bytes = 16 : i64
  tile.copy %x[%o, %o] to %b : !tile.global<?x?xbf16, align = 16> to !tile.buffer<64x8xbf16, shared>
  // CHECK: %[[C:.*]] = arith.constant dense<0.000000e+00> : tensor<16x8xf32, #[[ACCUMULATOR:sched.layout<reg = \[\[0, 1\], \[8, 0\]\], lane = \[\[0, 2\], \[0, 4\], \[1, 0\], \[2, 0\], \[4, 0\]\], warp = \[\], repeat = \[1, 1\]>]]>
  %c = arith.constant dense<0.0> : tensor<16x8xf32>
  // CHECK: sched.dot %[[A]], %[[B]], %[[C]] {atom = #sched.atom<mma_m16n8k16>, warpsM = 1 : i64, warpsN = 1 : i64} : {{.*}} tensor<16x8xf32, #[[ACCUMULATOR]]>
  %d = tile.dot %a, %b, %c : !tile.buffer<16x64xbf16, shared>, !tile.buffer<64x8xbf16, shared>, tensor<16x8xf32>
  // Elementwise work keeps the layout; narrow results are stored in rows of whole vectors.
  // CHECK: tile.cast {{.*}} -> tensor<16x8xbf16, #[[ACCUMULATOR]]>
  %r = tile.cast %d : tensor<16x8xf32> -> tensor<16x8xbf16>
  // CHECK: %[[ROWS:.*]] = sched.convert {{.*}} : tensor<16x8xbf16, #[[ACCUMULATOR]]> -> tensor<16x8xbf16, #sched.layout<reg = {{\[\[}}0, 1], [0, 2], [0, 4]],
  // CHECK: tile.store %[[ROWS]]
  tile.store %r, %y[%o, %o] : tensor<16x8xbf16>, !tile.global<?x?xbf16, align = 16>
  // A row's maximum lies where the row lay, so that it repeats without moving.
  // CHECK: sched.reduce {{.*}} -> tensor<16x1xf32, #[[COLUMN:.*]]>
  %m = tile.reduce %d {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<16x8xf32> -> tensor<16x1xf32>
  // CHECK-NEXT: tile.broadcast {{.*}} : tensor<16x1xf32, #[[COLUMN]]> -> tensor<16x8xf32, #[[ACCUMULATOR]]>
  %n = tile.broadcast %m : tensor<16x1xf32> -> tensor<16x8xf32>
  // CHECK-NEXT: arith.subf {{.*}} : tensor<16x8xf32, #[[ACCUMULATOR]]>
  %s = arith.subf %d, %n : tensor<16x8xf32>
  %t = tile.cast %s : tensor<16x8xf32> -> tensor<16x8xbf16>
  tile.store %t, %y[%o, %o] : tensor<16x8xbf16>, !tile.global<?x?xbf16, align = 16>
  tile.return
}

// A thread holds the widest vector that any access of the class allows, along its contiguous dimension.
// CHECK-LABEL: tile.kernel @elementwise
tile.kernel @elementwise(%x: !tile.global<?x?xf16, align = 16>, %y: !tile.global<?x?xf16, strides = [1, ?]>) attributes {sched.schedule = #plain} {
  %o = arith.constant 0 : index
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[LAYOUT:sched.layout<reg = \[\[0, 1\], \[0, 2\], \[0, 4\]\].*>]]>
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[LAYOUT]]>
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16, align = 16> -> tensor<32x64xf16>
  %u = tile.load %y[%o, %o] : !tile.global<?x?xf16, strides = [1, ?]> -> tensor<32x64xf16>
  // CHECK: arith.addf {{.*}} : tensor<32x64xf16, #[[LAYOUT]]>
  %v = arith.addf %t, %u : tensor<32x64xf16>
  // CHECK-NOT: sched.convert
  // CHECK: tile.store
  tile.store %v, %x[%o, %o] : tensor<32x64xf16>, !tile.global<?x?xf16, align = 16>
  tile.return
}

// Partial results meet in scratch memory only where an axis is shared by several warps; a constant binds no classes.
// CHECK-LABEL: tile.kernel @reduce
tile.kernel @reduce(%x: !tile.global<?x?xf32, align = 16>, %y: !tile.global<?xf32>) attributes {sched.schedule = #plain} {
  %o = arith.constant 0 : index
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf32, align = 16> -> tensor<8x1024xf32>
  // CHECK: %[[RING:.*]] = sched.alloc {name = "scratch"} : <1 of <32xf32, <order = [0]>>>
  // CHECK-NEXT: %[[SCRATCH:.*]] = sched.slot %[[RING]]
  // CHECK-NEXT: sched.reduce %{{.*}} through %[[SCRATCH]] : {{.*}} {axis = 1 : i64, kind = #tile.reduce_kind<max>}
  %m = tile.reduce %t {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<8x1024xf32> -> tensor<8x1xf32>
  // CHECK-NEXT: tile.reshape
  %q = tile.reshape %m : tensor<8x1xf32> -> tensor<8xf32>
  tile.store %q, %y[%o] : tensor<8xf32>, !tile.global<?xf32>
  // CHECK-NOT: through
  // CHECK: sched.reduce %{{.*}} {axis = 0 : i64, kind = #tile.reduce_kind<sum>}
  %n = tile.reduce %t {axis = 0 : i64, kind = #tile.reduce_kind<sum>} : tensor<8x1024xf32> -> tensor<1x1024xf32>
  tile.store %n, %x[%o, %o] : tensor<1x1024xf32>, !tile.global<?x?xf32, align = 16>
  tile.return
}

// A buffer is laid out as the memory it is filled from; the bytes of a copy follow from alignment and offsets, and
// cp.async takes four at least.
// CHECK-LABEL: tile.kernel @copies
tile.kernel @copies(%x: !tile.global<?x?xbf16, align = 16>, %y: !tile.global<?x?xbf16, strides = [1, ?], align = 16>, %z: !tile.global<?x?xbf16>) attributes {sched.schedule = #plain} {
  %o = arith.constant 0 : index
  %i2 = arith.constant 2 : index
  %i3 = arith.constant 3 : index
  %a = tile.alloc {name = "rows"} : !tile.buffer<64x64xbf16, shared>
  %b = tile.alloc {name = "columns"} : !tile.buffer<64x64xbf16, shared>
  %c = tile.alloc {name = "narrow"} : !tile.buffer<64x64xbf16, shared>
  // CHECK-DAG: sched.alloc {name = "rows"} : <1 of <64x64xbf16, <order = [1, 0], swizzle = 128>>>
  // CHECK-DAG: sched.alloc {name = "columns"} : <1 of <64x64xbf16, <order = [0, 1], swizzle = 128>>>
  // CHECK: sched.copy {{.*}} {async, bytes = 16 : i64
  tile.copy %x[%i3, %o] to %a : !tile.global<?x?xbf16, align = 16> to !tile.buffer<64x64xbf16, shared>
  // CHECK: sched.copy {{.*}} {async, bytes = 16 : i64, layout = #sched.layout<reg = {{\[\[}}1, 0], [2, 0], [4, 0]],
  tile.copy %y[%o, %i3] to %b : !tile.global<?x?xbf16, strides = [1, ?], align = 16> to !tile.buffer<64x64xbf16, shared>
  // CHECK: sched.copy {{.*}} {bytes = 2 : i64
  tile.copy %z[%o, %o] to %c : !tile.global<?x?xbf16> to !tile.buffer<64x64xbf16, shared>
  // CHECK: sched.copy {{.*}} {async, bytes = 4 : i64
  tile.copy %x[%o, %i2] to %c : !tile.global<?x?xbf16, align = 16> to !tile.buffer<64x64xbf16, shared>
  // CHECK: sched.copy {{.*}} {bytes = 2 : i64
  tile.copy %x[%o, %i3] to %c : !tile.global<?x?xbf16, align = 16> to !tile.buffer<64x64xbf16, shared>
  tile.return
}

// Without swizzles rows follow each other; reads, writes and copies out go through registers.
// CHECK-LABEL: tile.kernel @through_registers
tile.kernel @through_registers(%x: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #unswizzled} {
  %o = arith.constant 0 : index
  // CHECK-DAG: %[[RA:.*]] = sched.alloc {name = "a"} : <1 of <16x64xf32, <order = [1, 0]>>>
  // CHECK-DAG: %[[A:.*]] = sched.slot %[[RA]]
  // CHECK-DAG: %[[RB:.*]] = sched.alloc {name = "buffer"} : <1 of <16x64xf32, <order = [1, 0]>>>
  // CHECK-DAG: %[[B:.*]] = sched.slot %[[RB]]
  %a = tile.alloc {name = "a"} : !tile.buffer<16x64xf32, shared>
  %b = tile.alloc : !tile.buffer<16x64xf32, fragment>
  // CHECK: %[[T:.*]] = sched.read %[[A]]
  %t = tile.read %a : !tile.buffer<16x64xf32, shared>
  // CHECK: sched.write %[[T]], %[[B]]
  tile.write %t, %b : !tile.buffer<16x64xf32, fragment>
  // CHECK: %[[U:.*]] = sched.read %[[A]]
  // CHECK-NEXT: sched.write %[[U]], %[[B]]
  tile.copy %a to %b : !tile.buffer<16x64xf32, shared> to !tile.buffer<16x64xf32, fragment>
  // CHECK: %[[V:.*]] = sched.read %[[B]]
  // CHECK-NEXT: tile.store %[[V]], %{{.*}}[%{{.*}}]
  tile.copy %b to %x[%o, %o] : !tile.buffer<16x64xf32, fragment> to !tile.global<?x?xf32, align = 16>
  tile.return
}
