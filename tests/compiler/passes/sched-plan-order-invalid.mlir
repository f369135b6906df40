// Orders of tiles asked for that cannot be: what, why, fix.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a order=spiral}))' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a order=hilbert raster-group=6}))' 2>&1 | FileCheck %s --check-prefix=SQUARE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_80 dynamic=true}))' 2>&1 | FileCheck %s --check-prefix=ROLES
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a dynamic=true persistent=0}))' 2>&1 | FileCheck %s --check-prefix=ONCE
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a dynamic=true cluster=2}))' 2>&1 | FileCheck %s --check-prefix=CLUSTER
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a order=hilbert reversed=true dynamic=true}))' 2>&1 | FileCheck %s
// NAME: error: schedule: raster_order is 'spiral'
// NAME: note: fix: use grouped or hilbert
// SQUARE: error: schedule: raster_order is 'hilbert', but raster_group is 6, and the curve runs through squares of as many tiles on each side
// SQUARE: note: fix: use a raster_group of 2, 4, 8, 16, 32 or 64
// ROLES: error: schedule: dynamic is true, but this kernel has no warps that load by TMA, which ask for the next tile
// ROLES: note: fix: leave it open, or see the remarks for what stands against wgmma
// ONCE: error: schedule: dynamic is true, but blocks do not go on to further tiles
// ONCE: note: fix: leave persistent open
// CLUSTER: error: schedule: dynamic is true, but the blocks of a cluster take their tiles together
// CLUSTER: note: fix: leave one of them open
// CHECK: persistent = true, order = hilbert, reversed = true, dynamic = true

tile.kernel @product(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %c: !tile.global<?x?xf32, align = 16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %m = tile.dim %c, 0 : !tile.global<?x?xf32, align = 16>
  %n = tile.dim %c, 1 : !tile.global<?x?xf32, align = 16>
  %depth = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%m, %n) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %x, %y, %sum : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<?x?xf32, align = 16>
  }
  tile.return
}
