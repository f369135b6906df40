// Arithmetic on whole tiles.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @dot
tile.kernel @dot(%a: !tile.global<?x?xbf16>) {
  %x = arith.constant dense<1.0> : tensor<16x32xbf16>
  %y = tile.alloc : !tile.buffer<8x32xbf16, shared>
  %c = arith.constant dense<0.0> : tensor<16x8xf32>
  // CHECK: tile.dot %{{.*}}, %{{.*}}, %{{.*}} {transpose_b} : tensor<16x32xbf16>, !tile.buffer<8x32xbf16, shared>, tensor<16x8xf32>
  %d = tile.dot %x, %y, %c {transpose_b} : tensor<16x32xbf16>, !tile.buffer<8x32xbf16, shared>, tensor<16x8xf32>
  %e4m3 = arith.constant dense<1.0> : tensor<4x4xf8E4M3FN>
  %e5m2 = arith.constant dense<1.0> : tensor<4x4xf8E5M2>
  %f32 = arith.constant dense<1.0> : tensor<4x4xf32>
  %f64 = arith.constant dense<1.0> : tensor<4x4xf64>
  %i8 = arith.constant dense<1> : tensor<4x4xi8>
  %i32 = arith.constant dense<1> : tensor<4x4xi32>
  // CHECK: tile.dot {{.*}} : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E5M2>, tensor<4x4xf32>
  %0 = tile.dot %e4m3, %e5m2, %f32 : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E5M2>, tensor<4x4xf32>
  // CHECK: tile.dot {{.*}} {tf32, transpose_a} : tensor<4x4xf32>
  %1 = tile.dot %f32, %f32, %f32 {tf32, transpose_a} : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  // CHECK: tile.dot {{.*}} : tensor<4x4xf64>
  %2 = tile.dot %f64, %f64, %f64 : tensor<4x4xf64>, tensor<4x4xf64>, tensor<4x4xf64>
  // CHECK: tile.dot {{.*}} {unsigned_a, unsigned_b} : tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi32>
  %3 = tile.dot %i8, %i8, %i32 {unsigned_a, unsigned_b} : tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi32>
  tile.return
}

// CHECK-LABEL: tile.kernel @shapes
tile.kernel @shapes(%s: f32) {
  // CHECK: tile.splat %{{.*}} : f32 -> tensor<4x8xf32>
  %x = tile.splat %s : f32 -> tensor<4x8xf32>
  // CHECK: tile.reduce %{{.*}} {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<4x8xf32> -> tensor<4x1xf32>
  %m = tile.reduce %x {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: tile.broadcast %{{.*}} : tensor<4x1xf32> -> tensor<4x8xf32>
  %b = tile.broadcast %m : tensor<4x1xf32> -> tensor<4x8xf32>
  // CHECK: tile.reshape %{{.*}} : tensor<4x1xf32> -> tensor<1x4xf32>
  %r = tile.reshape %m : tensor<4x1xf32> -> tensor<1x4xf32>
  // CHECK: tile.transpose %{{.*}} {permutation = array<i64: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  %t = tile.transpose %b {permutation = array<i64: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK: tile.iota {axis = 0 : i64} : tensor<4x8xi32>
  %i = tile.iota {axis = 0 : i64} : tensor<4x8xi32>
  // CHECK: tile.reduce %{{.*}} {axis = 0 : i64, is_unsigned, kind = #tile.reduce_kind<min>} : tensor<4x8xi32> -> tensor<1x8xi32>
  %n = tile.reduce %i {axis = 0 : i64, is_unsigned, kind = #tile.reduce_kind<min>} : tensor<4x8xi32> -> tensor<1x8xi32>
  // CHECK: tile.cast %{{.*}} {from_unsigned} : tensor<4x8xi32> -> tensor<4x8xf16>
  %c = tile.cast %i {from_unsigned} : tensor<4x8xi32> -> tensor<4x8xf16>
  // CHECK: tile.cast %{{.*}} {to_unsigned} : f32 -> i8
  %d = tile.cast %s {to_unsigned} : f32 -> i8
  tile.return
}
