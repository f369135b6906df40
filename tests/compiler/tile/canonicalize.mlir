// Folds of the dialect's operations.
// RUN: tw-opt %s -canonicalize | FileCheck %s

// A static extent is a constant, a symbolic one is not.
// CHECK-LABEL: tile.kernel @dim
tile.kernel @dim(%x: !tile.global<64x?xi32>) {
  // CHECK-DAG: %[[STATIC:.*]] = arith.constant 64 : index
  // CHECK-DAG: %[[SYMBOLIC:.*]] = tile.dim %{{.*}}, 1
  %m = tile.dim %x, 0 : !tile.global<64x?xi32>
  %n = tile.dim %x, 1 : !tile.global<64x?xi32>
  // CHECK: tile.load %{{.*}}[%[[STATIC]], %[[SYMBOLIC]]]
  %t = tile.load %x[%m, %n] : !tile.global<64x?xi32> -> tensor<1x1xi32>
  tile.store %t, %x[%m, %n] : tensor<1x1xi32>, !tile.global<64x?xi32>
  tile.return
}

// Splats of constants, repeated and reshaped, are constants.
// CHECK-LABEL: tile.kernel @constants
tile.kernel @constants(%x: !tile.global<?x?xf32>) {
  // CHECK: %[[TILE:.*]] = arith.constant dense<2.000000e+00> : tensor<4x8xf32>
  // CHECK-NOT: tile.splat
  // CHECK-NOT: tile.reshape
  // CHECK-NOT: tile.broadcast
  %o = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %a = tile.splat %two : f32 -> tensor<4xf32>
  %b = tile.reshape %a : tensor<4xf32> -> tensor<4x1xf32>
  %c = tile.broadcast %b : tensor<4x1xf32> -> tensor<4x8xf32>
  // CHECK: tile.store %[[TILE]]
  tile.store %c, %x[%o, %o] : tensor<4x8xf32>, !tile.global<?x?xf32>
  tile.return
}

// Changes of nothing vanish; two reshapes are one.
// CHECK-LABEL: tile.kernel @identities
tile.kernel @identities(%x: !tile.global<?xf32>, %y: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  // CHECK: %[[LOADED:.*]] = tile.load
  %t = tile.load %x[%o] : !tile.global<?xf32> -> tensor<4xf32>
  %a = tile.cast %t : tensor<4xf32> -> tensor<4xf32>
  %b = tile.broadcast %a : tensor<4xf32> -> tensor<4xf32>
  %c = tile.reshape %b : tensor<4xf32> -> tensor<4xf32>
  // CHECK-NEXT: %[[RESHAPED:.*]] = tile.reshape %[[LOADED]] : tensor<4xf32> -> tensor<4x1xf32>
  %d = tile.reshape %c : tensor<4xf32> -> tensor<1x4xf32>
  %e = tile.reshape %d : tensor<1x4xf32> -> tensor<4x1xf32>
  // There and back is nothing.
  %f = tile.reshape %e : tensor<4x1xf32> -> tensor<4xf32>
  // CHECK-NEXT: tile.store %[[RESHAPED]]
  tile.store %e, %y[%o, %o] : tensor<4x1xf32>, !tile.global<?x?xf32>
  // CHECK-NEXT: tile.store %[[LOADED]]
  tile.store %f, %x[%o] : tensor<4xf32>, !tile.global<?xf32>
  tile.return
}

// A cast that changes the type stays, and so does every store; unused loads and buffers go.
// CHECK-LABEL: tile.kernel @effects
tile.kernel @effects(%x: !tile.global<?xf32>, %y: !tile.global<?xf16>) {
  %o = arith.constant 0 : index
  // CHECK: %[[LOADED:.*]] = tile.load
  %t = tile.load %x[%o] : !tile.global<?xf32> -> tensor<4xf32>
  // CHECK-NEXT: %[[CAST:.*]] = tile.cast %[[LOADED]]
  %a = tile.cast %t : tensor<4xf32> -> tensor<4xf16>
  %unused = tile.load %x[%o] : !tile.global<?xf32> -> tensor<4xf32>
  %buffer = tile.alloc : !tile.buffer<4xf32, shared>
  // CHECK-NEXT: tile.store %[[CAST]]
  // CHECK-NEXT: tile.store %[[CAST]]
  tile.store %a, %y[%o] : tensor<4xf16>, !tile.global<?xf16>
  tile.store %a, %y[%o] : tensor<4xf16>, !tile.global<?xf16>
  // CHECK-NEXT: tile.return
  tile.return
}
