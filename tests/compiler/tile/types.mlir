// Types of the `tile` dialect, in the form they are printed.
// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s --mlir-print-op-generic | tw-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @globals
tile.kernel @globals(
    // CHECK-SAME: !tile.global<?x?xbf16>
    %a: !tile.global<?x?xbf16>,
    // Default strides and alignment are not printed.
    // CHECK-SAME: !tile.global<?x8xf32>,
    %b: !tile.global<?x8xf32, strides = [?, 1], align = 4>,
    // CHECK-SAME: !tile.global<512x?xf32, strides = [1, ?], align = 16>
    %c: !tile.global<512x?xf32, align = 16, strides = [1, ?]>,
    // CHECK-SAME: !tile.global<0xi1>
    %d: !tile.global<0xi1>,
    // CHECK-SAME: !tile.global<2x2x2x2x2xui8, strides = [0, 8, 4, 2, 1]>
    %e: !tile.global<2x2x2x2x2xui8, strides = [0, 8, 4, 2, 1]>,
    // CHECK-SAME: !tile.global<?xf64>, %{{[^:]+}}: !tile.global<?xf16>, %{{[^:]+}}: !tile.global<?xf8E4M3FN>
    %f: !tile.global<?xf64>, %g: !tile.global<?xf16>, %h: !tile.global<?xf8E4M3FN>,
    // CHECK-SAME: !tile.global<?xf8E5M2>, %{{[^:]+}}: !tile.global<?xi64>, %{{[^:]+}}: !tile.global<?xui16>
    %i: !tile.global<?xf8E5M2>, %j: !tile.global<?xi64>, %k: !tile.global<?xui16>) {
  tile.return
}

// CHECK-LABEL: tile.kernel @buffers
tile.kernel @buffers() {
  // CHECK: tile.alloc {name = "As"} : <128x64xbf16, shared>
  %0 = tile.alloc {name = "As"} : !tile.buffer<128x64xbf16, shared>
  // CHECK: tile.alloc : <1xi1, fragment>
  %1 = tile.alloc : !tile.buffer<1xi1, fragment>
  tile.return
}

// CHECK-LABEL: tile.kernel @slots
tile.kernel @slots(%x: f32) {
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  // CHECK: tile.slot {{.*}} : <tensor<4x8xf32>>
  %0 = tile.slot %zero : !tile.slot<tensor<4x8xf32>>
  // CHECK: tile.slot {{.*}} : <f32>
  %1 = tile.slot %x : !tile.slot<f32>
  tile.return
}
