// Products of two iterations overlap where one of them is made from registers that another gave.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a},sched-stage-operands,sched-assign-layouts{target=sm_90a},sched-specialize-warps,sched-overlap-products,canonicalize,cse,sched-wait-for-stores,sched-check-protocol))' -split-input-file -verify-diagnostics | FileCheck %s

// K and V have pipes of their own. The product with K runs an iteration ahead; the operand of the product with V crosses
// to the next iteration, and is made only when the registers of this one's are free.
// CHECK-LABEL: tile.kernel @chain
tile.kernel @chain(%q: !tile.global<?x?xbf16, align = 16>, %k: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %k, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    // CHECK-DAG: %[[K:.*]] = sched.pipe {names = ["b"]}
    // CHECK-DAG: %[[V:.*]] = sched.pipe {names = ["b"]}
    // CHECK: } consumer {
    // CHECK: %[[HELD:.*]] = sched.await
    // CHECK: %[[ANY:.*]] = arith.cmpi sgt, %[[N:.*]], %c0
    // CHECK-NEXT: scf.if %[[ANY]] -> (tensor<64x64xf32
    // CHECK-NEXT: %[[K0:.*]] = sched.await %[[FIRST:.*]] :
    // CHECK-NEXT: %[[S0:.*]] = sched.dot %[[HELD]], %[[K0]]
    // CHECK-NEXT: %[[D0:.*]] = sched.dot_wait %[[S0]] {pending = 0 : i64}
    // CHECK-NEXT: sched.release %[[FIRST]]
    // CHECK-NEXT: %[[P0:.*]] = arith.truncf %[[D0]]
    // CHECK-NEXT: %[[LOOP:.*]]:2 = scf.for %{{.*}} = %c1 to %[[N]] step %c1 iter_args(%[[ACC:.*]] = %{{.*}}, %[[P:.*]] = %[[P0]])
    // CHECK-NEXT: %[[KJ:.*]] = sched.await %[[FIRST]]
    // CHECK-NEXT: %[[SJ:.*]] = sched.dot %[[HELD]], %[[KJ]]
    // CHECK-NEXT: %[[VJ:.*]] = sched.await %[[SECOND:.*]] :
    // CHECK-NEXT: %[[OJ:.*]] = sched.dot %[[P]], %[[VJ]], %[[ACC]]
    // CHECK-NEXT: %[[DJ:.*]] = sched.dot_wait %[[SJ]] {pending = 1 : i64}
    // CHECK-NEXT: sched.release %[[FIRST]]
    // CHECK-NEXT: %[[NEXT:.*]] = sched.dot_wait %[[OJ]] keeping %[[P]] : {{.*}} {pending = 0 : i64}
    // CHECK-NEXT: sched.release %[[SECOND]]
    // CHECK-NEXT: %[[PJ:.*]] = arith.truncf %[[DJ]]
    // CHECK-NEXT: scf.yield %[[NEXT]], %[[PJ]]
    // CHECK: %[[VN:.*]] = sched.await %[[SECOND]]
    // CHECK-NEXT: %[[ON:.*]] = sched.dot %[[LOOP]]#1, %[[VN]], %[[LOOP]]#0
    // CHECK-NEXT: %[[SUM:.*]] = sched.dot_wait %[[ON]] keeping %[[LOOP]]#1
    // CHECK-NEXT: sched.release %[[SECOND]]
    // CHECK-NEXT: scf.yield %[[SUM]]
    // CHECK-NEXT: } else {
    // CHECK-NEXT: scf.yield %{{.*}} : tensor<64x64xf32
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    %sum = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tk = tile.load %k[%c0, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tk, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// What both products read cannot run ahead for one of them.
// CHECK-LABEL: tile.kernel @shared_load
// CHECK: consumer
// CHECK: scf.for
// CHECK-NEXT: %[[T:.*]] = sched.await
// CHECK-NEXT: sched.dot %{{.*}}, %[[T]]
tile.kernel @shared_load(%q: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %v, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    // expected-remark@+1 {{products of this loop do not overlap across iterations: products of both parts of the loop read the same load}}
    %sum = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tv, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// The first product needs what the second gave an iteration before, by way of the value that scales it.
// CHECK-LABEL: tile.kernel @circle
tile.kernel @circle(%q: !tile.global<?x?xbf16, align = 16>, %k: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %k, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    // expected-remark@+1 {{do not overlap across iterations: every product needs what the iteration before it gave}}
    %sum = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tk = tile.load %k[%c0, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tk, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// Two iterations are not worth a loop that begins before itself.
// CHECK-LABEL: tile.kernel @short
tile.kernel @short(%q: !tile.global<?x?xbf16, align = 16>, %k: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = tile.dim %k, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    // expected-remark@+1 {{do not overlap across iterations: it has only 2 iterations}}
    %sum = scf.for %j = %c0 to %c2 step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tk = tile.load %k[%c0, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tk, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// Of a loop of known length no branch is needed.
// CHECK-LABEL: tile.kernel @known
// CHECK: consumer
// CHECK-NOT: scf.if
// CHECK: scf.for %{{.*}} = %c1 to %c5 step %c1
tile.kernel @known(%q: !tile.global<?x?xbf16, align = 16>, %k: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %n = tile.dim %k, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    %sum = scf.for %j = %c0 to %c5 step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tk = tile.load %k[%c0, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tk, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// Sums of 128 columns and weights of 176 fit 240 registers; of 256 they do not.
// CHECK-LABEL: tile.kernel @wide
tile.kernel @wide(%q: !tile.global<?x?xbf16, align = 16>, %k: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %k, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %scores = arith.constant dense<0.0> : tensor<64x256xf32>
  tile.blocks (%i) in (%n) {
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    // expected-remark@+1 {{do not overlap across iterations: a thread would hold 224 values at once, of 200 that fit its registers}}
    %sum = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tk = tile.load %k[%c0, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x256xbf16>
      %tv = tile.load %v[%j, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<256x64xbf16>
      %s = tile.dot %tq, %tk, %scores : tensor<64x64xbf16>, tensor<64x256xbf16>, tensor<64x256xf32>
      %p = arith.truncf %s : tensor<64x256xf32> to tensor<64x256xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x256xbf16>, tensor<256x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
