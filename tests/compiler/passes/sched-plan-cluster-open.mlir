// Clusters that are left open: two blocks where the second-level cache is what a product waits for, and they divide the grid.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a}))' | FileCheck %s
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=1}))' | FileCheck %s --check-prefix=ALONE

// ALONE-NOT: cluster

// CHECK: tile.kernel @fed_slowly({{.*}} cluster = 2, multicast = b>
tile.kernel @fed_slowly(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<128x128xf32>
  tile.blocks (%i, %j) in (%c8, %c8) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<128x128xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<128x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x128xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
      scf.yield %d : tensor<128x128xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<128x128xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// CHECK: tile.kernel @fed_fast({{.*}} persistent = true>
tile.kernel @fed_fast(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<128x256xf32>
  tile.blocks (%i, %j) in (%c8, %c8) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<128x256xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<128x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x256xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<128x64xbf16>, tensor<64x256xbf16>, tensor<128x256xf32>
      scf.yield %d : tensor<128x256xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<128x256xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// CHECK: tile.kernel @odd({{.*}} persistent = true>
tile.kernel @odd(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<128x128xf32>
  tile.blocks (%i, %j) in (%c7, %c8) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<128x128xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<128x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x128xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
      scf.yield %d : tensor<128x128xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<128x128xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// CHECK: tile.kernel @unknown({{.*}} persistent = true>
tile.kernel @unknown(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<128x128xf32>
  tile.blocks (%i, %j) in (%n, %c8) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<128x128xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<128x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x128xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
      scf.yield %d : tensor<128x128xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<128x128xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
