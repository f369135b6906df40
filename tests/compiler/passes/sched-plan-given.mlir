// What a given schedule fixes.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{stages=2 warps=2 atom=fma swizzle=0 raster-group=4}))' | FileCheck %s

// CHECK: tile.kernel @elementwise({{.*}}) attributes {sched.schedule = #sched.schedule<stages = 2, warps = 2, warpsM = 1, warpsN = 1, atom = fma, swizzle = 0, rasterGroup = 4, producerWarps = 0, persistent = false>}
tile.kernel @elementwise(%x: !tile.global<?xf32>) {
  tile.return
}

// CHECK: tile.kernel @product({{.*}}) attributes {sched.schedule = #sched.schedule<stages = 2, warps = 2, warpsM = 1, warpsN = 1, atom = fma, swizzle = 0, rasterGroup = 4, producerWarps = 0, persistent = false>}
tile.kernel @product() {
  %a = arith.constant dense<1.0> : tensor<64x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x64xbf16>
  %c = arith.constant dense<0.0> : tensor<64x64xf32>
  %d = tile.dot %a, %b, %c : tensor<64x32xbf16>, tensor<32x64xbf16>, tensor<64x64xf32>
  tile.return
}
