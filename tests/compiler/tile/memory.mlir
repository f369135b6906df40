// Loads, stores, buffers and copies.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @loads
tile.kernel @loads(%a: !tile.global<?x?xbf16>, %u: !tile.global<?xui8>) {
  %o = arith.constant 0 : index
  %pad = arith.constant 1.0 : bf16
  // CHECK: %[[T:.*]] = tile.load %{{.*}}[%[[O:.*]], %[[O]]] : <?x?xbf16> -> tensor<16x8xbf16>
  %t = tile.load %a[%o, %o] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
  // CHECK: tile.load %{{.*}}[%[[O]], %[[O]]] pad %{{.*}} : <?x?xbf16>, bf16 -> tensor<16x8xbf16>
  %p = tile.load %a[%o, %o] pad %pad : !tile.global<?x?xbf16>, bf16 -> tensor<16x8xbf16>
  // The tile of an unsigned tensor is signless.
  // CHECK: tile.load %{{.*}}[%[[O]]] : <?xui8> -> tensor<4xi8>
  %v = tile.load %u[%o] : !tile.global<?xui8> -> tensor<4xi8>
  // CHECK: tile.store %[[T]], %{{.*}}[%[[O]], %[[O]]] : tensor<16x8xbf16>, <?x?xbf16>
  tile.store %t, %a[%o, %o] : tensor<16x8xbf16>, !tile.global<?x?xbf16>
  // CHECK: tile.store %{{.*}}, %{{.*}}[%[[O]]] : tensor<4xi8>, <?xui8>
  tile.store %v, %u[%o] : tensor<4xi8>, !tile.global<?xui8>
  tile.return
}

// CHECK-LABEL: tile.kernel @buffers
tile.kernel @buffers(%a: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  // CHECK: %[[S:.*]] = tile.alloc {name = "staged"} : <16x8xf32, shared>
  %s = tile.alloc {name = "staged"} : !tile.buffer<16x8xf32, shared>
  // CHECK: %[[F:.*]] = tile.alloc : <16x8xf32, fragment>
  %f = tile.alloc : !tile.buffer<16x8xf32, fragment>
  // CHECK: tile.copy %{{.*}}[%[[O:.*]], %[[O]]] to %[[S]] : !tile.global<?x?xf32> to !tile.buffer<16x8xf32, shared>
  tile.copy %a[%o, %o] to %s : !tile.global<?x?xf32> to !tile.buffer<16x8xf32, shared>
  // CHECK: tile.copy %[[S]] to %[[F]] : !tile.buffer<16x8xf32, shared> to !tile.buffer<16x8xf32, fragment>
  tile.copy %s to %f : !tile.buffer<16x8xf32, shared> to !tile.buffer<16x8xf32, fragment>
  // CHECK: tile.copy %[[F]] to %{{.*}}[%[[O]], %[[O]]] : !tile.buffer<16x8xf32, fragment> to !tile.global<?x?xf32>
  tile.copy %f to %a[%o, %o] : !tile.buffer<16x8xf32, fragment> to !tile.global<?x?xf32>
  // CHECK: %[[T:.*]] = tile.read %[[S]] : <16x8xf32, shared>
  %t = tile.read %s : !tile.buffer<16x8xf32, shared>
  // CHECK: tile.write %[[T]], %[[F]] : <16x8xf32, fragment>
  tile.write %t, %f : !tile.buffer<16x8xf32, fragment>
  tile.return
}
