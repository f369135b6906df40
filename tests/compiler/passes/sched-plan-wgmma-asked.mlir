// wgmma asked for where it cannot be: an error, but not for the variant that serves unaligned memory.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a atom=wgmma}))' -split-input-file -verify-diagnostics
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_80 atom=wgmma}))' -split-input-file 2>&1 | FileCheck %s
// CHECK: schedule: atom wgmma does not fit this product: sm_80 has no such instruction

tile.kernel @unaligned(%a: !tile.global<?x?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<64x64xbf16>
      // expected-error@+2 {{schedule: atom wgmma does not fit this product: an operand is not known to be aligned to 16 bytes}}
      // expected-note@+1 {{fix: leave the atom open, or change what stands against it}}
      %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @f_general(%a: !tile.global<?x?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<64x64xbf16>
      %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}
