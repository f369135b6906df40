// Warps that cannot share a product in pieces of 64 rows.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a warps=2}))' -verify-diagnostics

tile.kernel @f(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      // expected-remark@+1 {{wgmma is not used: its warps cannot share it in pieces of 64 rows}}
      %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}
