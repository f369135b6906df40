// Loads of products go to producer warps.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a},sched-stage-operands,sched-assign-layouts{target=sm_90a},sched-specialize-warps,canonicalize))' -split-input-file | FileCheck %s

// A product that only adds up: it is waited for when the next one is under way, and a stage is given back one late.
// CHECK-LABEL: tile.kernel @sum
// CHECK-SAME: stages = 6, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true
tile.kernel @sum(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  // CHECK: tile.blocks (%[[I:.*]]) in
  tile.blocks (%i) in (%n) {
    // CHECK: %[[PIPE:.*]] = sched.pipe {names = ["a", "b"]} : <6 of
    // CHECK: sched.roles producer {
    // CHECK-NEXT: scf.for %[[K:.*]] = %{{.*}} to %{{.*}} step %{{.*}} {
    // CHECK-NEXT: %[[SLOTS:.*]]:2 = sched.acquire %[[PIPE]]
    // CHECK-NEXT: sched.tma_load %{{.*}}[%[[I]], %[[K]]] to %[[SLOTS]]#0 of %[[PIPE]]
    // CHECK-NEXT: sched.tma_load %{{.*}}[%[[K]], %[[I]]] to %[[SLOTS]]#1 of %[[PIPE]]
    // CHECK-NEXT: }
    // CHECK-NEXT: } consumer {
    // CHECK-NEXT: %[[LOOP:.*]] = scf.for %{{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
    // CHECK-NEXT: %[[FULL:.*]]:2 = sched.await %[[PIPE]]
    // CHECK-NEXT: %[[DOT:.*]] = sched.dot %[[FULL]]#0, %[[FULL]]#1, %[[ACC]]
    // CHECK-NEXT: %[[NEXT:.*]] = sched.dot_wait %[[DOT]] {pending = 1 : i64}
    // CHECK-NEXT: sched.release %[[PIPE]] lag 1
    // CHECK-NEXT: scf.yield %[[NEXT]]
    // CHECK: %[[SUM:.*]] = sched.dot_wait %[[LOOP]] {pending = 0 : i64}
    // CHECK-NEXT: sched.release %[[PIPE]] :
    // CHECK-NEXT: sched.part %[[SUM]] at [0, 0]
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %i] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %i] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// -----

// A product that the iteration itself uses is complete before that, and the stage with it. The producer keeps the branch
// around the loop, and nothing of what only the consumer needs.
// CHECK-LABEL: tile.kernel @used
tile.kernel @used(%a: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>, %p: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    // CHECK: sched.roles producer {
    // CHECK-NEXT: scf.if %[[P:.*]] {
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: sched.acquire
    // CHECK-NEXT: sched.tma_load
    // CHECK-NEXT: }
    // CHECK-NEXT: }
    // CHECK-NEXT: } consumer {
    // CHECK-NEXT: scf.if %[[P]] {
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: %[[FULL:.*]] = sched.await
    // CHECK-NEXT: %[[DOT:.*]] = sched.dot %[[FULL]], %[[FULL]]
    // CHECK-NEXT: %[[DONE:.*]] = sched.dot_wait %[[DOT]] {pending = 0 : i64}
    // CHECK-NEXT: sched.part %[[DONE]] at [0, 0]
    // CHECK: sched.tma_store {{.*}} at [0, 32]
    // CHECK-NEXT: sched.release %{{[0-9]+}} :
    scf.if %p {
      scf.for %k = %c0 to %n step %c1 {
        %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
        %d = tile.dot %ta, %ta, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
        tile.store %d, %c[%i, %k] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
      }
    }
  }
  tile.return
}

// -----

// What a tile loads once has a pipe of its own, given back at its end; a computed first operand stays in registers.
// CHECK-LABEL: tile.kernel @two
tile.kernel @two(%q: !tile.global<?x?xbf16, align = 16>, %v: !tile.global<?x?xbf16, align = 16>, %o: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %v, 0 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    // CHECK-DAG: %[[Q:.*]] = sched.pipe {names = ["a"]} : <2 of
    // CHECK-DAG: %[[V:.*]] = sched.pipe {names = ["b"]} : <6 of
    // CHECK: sched.roles producer {
    // CHECK: sched.acquire %[[Q]]
    // CHECK: scf.for
    // CHECK-NEXT: sched.acquire %[[V]]
    // CHECK: } consumer {
    // CHECK: %[[HELD:.*]] = sched.await %[[Q]]
    // CHECK: scf.for %{{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
    // CHECK-NEXT: %[[FULL:.*]] = sched.await %[[V]]
    // CHECK-NEXT: %[[S:.*]] = sched.dot %[[HELD]], %[[FULL]]
    // CHECK-NEXT: %[[DONE:.*]] = sched.dot_wait %[[S]] {pending = 0 : i64}
    // CHECK-NEXT: %[[P:.*]] = arith.truncf %[[DONE]]
    // CHECK-NEXT: %[[NEXT:.*]] = sched.dot %[[P]], %[[FULL]], %[[ACC]]
    // CHECK-NEXT: sched.dot_wait %[[NEXT]] keeping %[[P]] : {{.*}} {pending = 0 : i64}
    // CHECK-NEXT: sched.release %[[V]] :
    // CHECK: sched.tma_store {{.*}} at [0, 32]
    // CHECK-NEXT: sched.release %[[Q]] :
    %tq = tile.load %q[%i, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %tv = tile.load %v[%k, %c0] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %s = tile.dot %tq, %tv, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %p = arith.truncf %s : tensor<64x64xf32> to tensor<64x64xbf16>
      %d = tile.dot %p, %tv, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %o[%i, %c0] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
