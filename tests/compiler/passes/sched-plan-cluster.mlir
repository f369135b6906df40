// Clusters that are asked for: along which dimension of the grid, and what their blocks load together.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2}))' | FileCheck %s
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2 multicast=a}))' | FileCheck %s --check-prefix=ASKED

// The larger operand is the one to share.
// CHECK: tile.kernel @wide({{.*}} cluster = 2, multicast = b>
// ASKED: tile.kernel @wide({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
tile.kernel @wide(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x128xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x128xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x128xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x128xbf16>, tensor<64x128xf32>
      scf.yield %d : tensor<64x128xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x128xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// CHECK: tile.kernel @high({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
// ASKED: tile.kernel @high({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
tile.kernel @high(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<128x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<128x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<128x64xbf16>, tensor<64x64xbf16>, tensor<128x64xf32>
      scf.yield %d : tensor<128x64xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<128x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// Of equals, that of blocks which run next to each other.
// CHECK: tile.kernel @square({{.*}} cluster = 2, multicast = b>
// ASKED: tile.kernel @square({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
tile.kernel @square(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// Blocks of a column have loops of different lengths.
// CHECK: tile.kernel @triangle({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
// ASKED: tile.kernel @triangle({{.*}} cluster = 2, clusterAxis = 1, multicast = a>
tile.kernel @triangle(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %i step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

// The variant for unaligned memory has no clusters.
// CHECK: tile.kernel @f_general({{.*}} persistent = {{false|true}}>}
// ASKED: tile.kernel @f_general({{.*}} persistent = {{false|true}}>}
tile.kernel @f_general(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
