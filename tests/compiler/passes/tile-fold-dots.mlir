// Sums and transposes around products become part of them.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-fold-dots))' -split-input-file | FileCheck %s

// CHECK-LABEL: tile.kernel @first
tile.kernel @first(%x: !tile.global<?x?xbf16>, %y: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<16x8xf32>
  // CHECK: %[[A:.*]] = tile.load
  %a = tile.load %x[%o, %o] : !tile.global<?x?xbf16> -> tensor<16x32xbf16>
  // CHECK: %[[B:.*]] = tile.load
  %b = tile.load %x[%o, %o] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
  // CHECK: %[[ACC:.*]] = tile.load
  %acc = tile.load %y[%o, %o] : !tile.global<?x?xf32> -> tensor<16x8xf32>
  // CHECK-NOT: tile.transpose
  %t = tile.transpose %b {permutation = array<i64: 1, 0>} : tensor<8x32xbf16> -> tensor<32x8xbf16>
  %d = tile.dot %a, %t, %zero : tensor<16x32xbf16>, tensor<32x8xbf16>, tensor<16x8xf32>
  // CHECK: %[[D:.*]] = tile.dot %[[A]], %[[B]], %[[ACC]] {transpose_b}
  // CHECK-NOT: arith.addf
  %s = arith.addf %acc, %d : tensor<16x8xf32>
  // CHECK: tile.store %[[D]]
  tile.store %s, %y[%o, %o] : tensor<16x8xf32>, !tile.global<?x?xf32>
  tile.return
}

// -----

// Two transposes cancel; the product may stand on the left of the sum; integers too.
// CHECK-LABEL: tile.kernel @variants
tile.kernel @variants(%x: !tile.global<?x?xi8>, %y: !tile.global<?x?xi32>) {
  %o = arith.constant 0 : index
  %zero = arith.constant dense<0> : tensor<16x8xi32>
  // CHECK: %[[A:.*]] = tile.load
  %a = tile.load %x[%o, %o] : !tile.global<?x?xi8> -> tensor<16x32xi8>
  // CHECK: %[[B:.*]] = tile.load
  %b = tile.load %x[%o, %o] : !tile.global<?x?xi8> -> tensor<32x8xi8>
  %acc = tile.load %y[%o, %o] : !tile.global<?x?xi32> -> tensor<16x8xi32>
  %t = tile.transpose %a {permutation = array<i64: 1, 0>} : tensor<16x32xi8> -> tensor<32x16xi8>
  // CHECK: tile.dot %[[A]], %[[B]], %{{.*}} : tensor<16x32xi8>, tensor<32x8xi8>
  %d = tile.dot %t, %b, %zero {transpose_a} : tensor<32x16xi8>, tensor<32x8xi8>, tensor<16x8xi32>
  // CHECK-NOT: arith.addi
  %s = arith.addi %d, %acc : tensor<16x8xi32>
  tile.store %s, %y[%o, %o] : tensor<16x8xi32>, !tile.global<?x?xi32>
  tile.return
}

// -----

// What is used elsewhere, already accumulates, or stands outside the loop of the sum, stays.
// CHECK-LABEL: tile.kernel @declined
tile.kernel @declined(%x: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = arith.constant 4 : index
  %zero = arith.constant dense<0.0> : tensor<8x8xf32>
  %a = tile.load %x[%o, %o] : !tile.global<?x?xf32> -> tensor<8x8xf32>
  // CHECK: %[[USED_TWICE:.*]] = tile.dot
  %used_twice = tile.dot %a, %a, %zero : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  tile.store %used_twice, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  // CHECK: arith.addf %{{.*}}, %[[USED_TWICE]]
  %s0 = arith.addf %a, %used_twice : tensor<8x8xf32>
  tile.store %s0, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  // CHECK: %[[ACCUMULATES:.*]] = tile.dot
  %accumulates = tile.dot %a, %a, %a : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  // CHECK: arith.addf %{{.*}}, %[[ACCUMULATES]]
  %s1 = arith.addf %a, %accumulates : tensor<8x8xf32>
  tile.store %s1, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  // CHECK: %[[OUTSIDE:.*]] = tile.dot
  %outside = tile.dot %a, %a, %zero : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  // CHECK: scf.for
  %sum = scf.for %i = %o to %n step %one iter_args(%v = %zero) -> (tensor<8x8xf32>) {
    // CHECK: arith.addf %{{.*}}, %[[OUTSIDE]]
    %w = arith.addf %v, %outside : tensor<8x8xf32>
    scf.yield %w : tensor<8x8xf32>
  }
  tile.store %sum, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  tile.return
}

// -----

// A permutation that exchanges nothing is no transpose; a product of buffers does not move behind what may write them.
// CHECK-LABEL: tile.kernel @kept
tile.kernel @kept(%x: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<8x8xf32>
  %a = tile.load %x[%o, %o] : !tile.global<?x?xf32> -> tensor<8x8xf32>
  // CHECK: %[[SAME:.*]] = tile.transpose
  %same = tile.transpose %a {permutation = array<i64: 0, 1>} : tensor<8x8xf32> -> tensor<8x8xf32>
  // CHECK: tile.dot %[[SAME]], %[[SAME]], %{{.*}} : tensor
  %d = tile.dot %same, %same, %a : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  tile.store %d, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  %s = tile.alloc : !tile.buffer<8x8xf32, shared>
  // CHECK: %[[D:.*]] = tile.dot
  %e = tile.dot %s, %s, %zero : !tile.buffer<8x8xf32, shared>, !tile.buffer<8x8xf32, shared>, tensor<8x8xf32>
  // CHECK: tile.write
  tile.write %a, %s : !tile.buffer<8x8xf32, shared>
  // CHECK: %[[LATER:.*]] = tile.read
  %later = tile.read %s : !tile.buffer<8x8xf32, shared>
  // CHECK: arith.addf %[[LATER]], %[[D]]
  %f = arith.addf %later, %e : tensor<8x8xf32>
  tile.store %f, %x[%o, %o] : tensor<8x8xf32>, !tile.global<?x?xf32>
  tile.return
}
