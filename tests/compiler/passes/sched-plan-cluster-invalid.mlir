// Clusters asked for that cannot be: what, why, fix.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_80 cluster=2}))' 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=3}))' 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=16}))' 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2 atom=mma_m16n8k16}))' 2>&1 | FileCheck %s --check-prefix=ATOM
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2}))' 2>&1 | FileCheck %s --check-prefix=ALIKE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2 multicast=b}))' 2>&1 | FileCheck %s --check-prefix=ASKED
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=8}))' 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a multicast=a}))' 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a cluster=2 multicast=c}))' 2>&1 | FileCheck %s --check-prefix=NAME
// TARGET: error: schedule: cluster is 2, but sm_80 has no clusters of blocks
// TARGET: note: fix: leave it open, or compile for sm_90a
// SIZE: error: schedule: cluster is 3, but a cluster on sm_90a has 1, 2, 4 or 8 blocks
// SIZE: note: fix: use one of these
// LARGE: error: schedule: cluster is 16, but a cluster on sm_90a has 1, 2, 4 or 8 blocks
// ATOM: error: schedule: cluster is 2, but no product of this kernel is computed by wgmma, whose operands alone are sent to several blocks
// ATOM: note: fix: leave it open, or see the remarks for what stands against wgmma
// ALIKE: error: schedule: cluster is 2, but no operand is the same tile for blocks that are neighbours in the grid
// ALIKE: note: fix: leave it open
// ASKED: error: schedule: cluster is 2, but no neighbours in the grid have exactly multicast 'b' in common
// ROWS: error: schedule: cluster is 8, but a tile of 16 rows cannot be cut into 8 parts of whole groups of 8 rows
// ALONE: error: schedule: multicast is 'a', but blocks that run alone share nothing
// ALONE: fix: state the blocks of a cluster too
// NAME: error: schedule: multicast is 'c'
// NAME: fix: use a, b or both

tile.kernel @alike(%a: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%n) {
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %t, %t, %acc : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %i] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}

tile.kernel @short(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%n, %n) {
    %sum = scf.for %k = %c0 to %j step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x16xbf16>
      %tb = tile.load %b[%k, %j] : !tile.global<?x?xbf16, align = 16> -> tensor<16x64xbf16>
      %d = tile.dot %ta, %tb, %acc : tensor<64x16xbf16>, tensor<16x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %sum, %c[%i, %j] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
