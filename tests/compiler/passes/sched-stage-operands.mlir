// Operands of products go through shared buffers.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-stage-operands))' -split-input-file | FileCheck %s

// CHECK-LABEL: tile.kernel @loads
tile.kernel @loads(%x: !tile.global<?x?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 8 : index
  // CHECK: tile.blocks
  tile.blocks (%i) in (%n) {
    // CHECK-DAG: %[[A:.*]] = tile.alloc {name = "a"} : <16x32xbf16, shared>
    // CHECK-DAG: %[[B:.*]] = tile.alloc {name = "b"} : <32x8xbf16, shared>
    // CHECK: scf.for
    %zero = arith.constant dense<0.0> : tensor<16x8xf32>
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x8xf32>) {
      // CHECK-NOT: tile.load
      // CHECK: tile.copy %{{.*}}[%{{.*}}, %[[K:.*]]] to %[[A]]
      // CHECK: tile.copy %{{.*}}[%[[K]], %{{.*}}] to %[[B]]
      %a = tile.load %x[%c0, %k] : !tile.global<?x?xbf16> -> tensor<16x32xbf16>
      %b = tile.load %x[%k, %c0] : !tile.global<?x?xbf16> -> tensor<32x8xbf16>
      // CHECK: tile.dot %[[A]], %[[B]], %{{.*}} : !tile.buffer<16x32xbf16, shared>, !tile.buffer<32x8xbf16, shared>, tensor<16x8xf32>
      %d = tile.dot %a, %b, %acc : tensor<16x32xbf16>, tensor<32x8xbf16>, tensor<16x8xf32>
      scf.yield %d : tensor<16x8xf32>
    // A loop that fills buffers is a pipelined one; without a schedule it has one stage.
    // CHECK: } {tile.stages = 1 : i32}
    }
    %r = tile.cast %sum : tensor<16x8xf32> -> tensor<16x8xbf16>
    tile.store %r, %x[%c0, %c0] : tensor<16x8xbf16>, !tile.global<?x?xbf16>
  }
  tile.return
}

// -----

// What is computed is written; a pad that a copy cannot make is loaded and written, a pad of zero is copied.
// CHECK-LABEL: tile.kernel @computed
tile.kernel @computed(%x: !tile.global<?x?xf16>, %y: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  %one = arith.constant 1.0 : f16
  %none = arith.constant 0.0 : f16
  %acc = tile.load %y[%o, %o] : !tile.global<?x?xf32> -> tensor<8x8xf32>
  // CHECK: %[[T:.*]] = tile.load
  %t = tile.load %x[%o, %o] : !tile.global<?x?xf16> -> tensor<8x8xf16>
  // CHECK: %[[E:.*]] = arith.negf %{{.*}} : tensor<8x8xf16>
  // CHECK-NEXT: tile.write %[[E]], %[[EB:.*]] : <8x8xf16, shared>
  %e = arith.negf %t : tensor<8x8xf16>
  // CHECK: %[[P:.*]] = tile.load {{.*}} pad
  // CHECK-NEXT: tile.write %[[P]], %[[PB:.*]] : <8x8xf16, shared>
  %p = tile.load %x[%o, %o] pad %one : !tile.global<?x?xf16>, f16 -> tensor<8x8xf16>
  // CHECK: tile.dot %[[EB]], %[[PB]]
  %d = tile.dot %e, %p, %acc : tensor<8x8xf16>, tensor<8x8xf16>, tensor<8x8xf32>
  // CHECK: tile.copy %{{.*}} to %[[ZB:.*]] :
  %z = tile.load %x[%o, %o] pad %none : !tile.global<?x?xf16>, f16 -> tensor<8x8xf16>
  // An operand that is used twice is staged once.
  // CHECK: tile.dot %[[ZB]], %[[ZB]]
  %f = tile.dot %z, %z, %d : tensor<8x8xf16>, tensor<8x8xf16>, tensor<8x8xf32>
  tile.store %f, %y[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  tile.return
}

// -----

// A load that is also used elsewhere stays beside the copy; a buffer stays what it is; a loop keeps the stages it names,
// and one that leaves them open, or fills a buffer itself, takes those of the schedule.
// CHECK-LABEL: tile.kernel @mixed
tile.kernel @mixed(%x: !tile.global<?x?xf16>, %y: !tile.global<?x?xf32>)
    attributes {sched.schedule = #sched.schedule<stages = 4, warps = 4, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>} {
  %o = arith.constant 0 : index
  %one = arith.constant 1 : index
  %acc = tile.load %y[%o, %o] : !tile.global<?x?xf32> -> tensor<8x8xf32>
  // CHECK: %[[S:.*]] = tile.alloc {name = "mine"}
  %s = tile.alloc {name = "mine"} : !tile.buffer<8x8xf16, shared>
  // CHECK: tile.copy %{{.*}} to %[[AB:.*]] :
  // CHECK: %[[A:.*]] = tile.load
  %a = tile.load %x[%o, %o] : !tile.global<?x?xf16> -> tensor<8x8xf16>
  // CHECK: tile.dot %[[AB]], %[[S]]
  %d = tile.dot %a, %s, %acc : tensor<8x8xf16>, !tile.buffer<8x8xf16, shared>, tensor<8x8xf32>
  // CHECK: tile.store %[[A]]
  tile.store %a, %x[%o, %o] : tensor<8x8xf16>, !tile.global<?x?xf16>
  scf.for %i = %o to %one step %one {
    tile.copy %x[%i, %o] to %s : !tile.global<?x?xf16> to !tile.buffer<8x8xf16, shared>
  // CHECK: tile.stages = 2
  } {tile.stages = 2 : i32}
  scf.for %i = %o to %one step %one {
  // CHECK: tile.stages = 4
  } {tile.stages = 0 : i32}
  scf.for %i = %o to %one step %one {
    tile.copy %x[%i, %o] to %s : !tile.global<?x?xf16> to !tile.buffer<8x8xf16, shared>
  // CHECK: tile.stages = 4
  }
  // CHECK: scf.for
  // CHECK-NOT: tile.stages
  // CHECK: tile.return
  scf.for %i = %o to %one step %one {
    tile.store %d, %y[%i, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  }
  tile.return
}
