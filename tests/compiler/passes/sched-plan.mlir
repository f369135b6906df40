// The schedule that is chosen, and what a given one fixes.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan))' | FileCheck %s

// CHECK: tile.kernel @elementwise({{.*}}) attributes {sched.schedule = #sched.schedule<stages = 3, warps = 4, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>}
tile.kernel @elementwise(%x: !tile.global<?xf32>) {
  tile.return
}

// A product takes the deepest instruction that divides it; four warps share a square two by two.
// CHECK: tile.kernel @bf16({{.*}} warps = 4, warpsM = 2, warpsN = 2, atom = mma_m16n8k16,
tile.kernel @bf16() {
  %a = arith.constant dense<1.0> : tensor<64x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x64xbf16>
  %c = arith.constant dense<0.0> : tensor<64x64xf32>
  %d = tile.dot %a, %b, %c : tensor<64x32xbf16>, tensor<32x64xbf16>, tensor<64x64xf32>
  tile.return
}

// A depth that no instruction divides is multiplied and added; so are f32 without tf32, and f64.
// CHECK: tile.kernel @shallow({{.*}} atom = fma,
tile.kernel @shallow() {
  %a = arith.constant dense<1.0> : tensor<64x8xbf16>
  %b = arith.constant dense<1.0> : tensor<8x64xbf16>
  %c = arith.constant dense<0.0> : tensor<64x64xf32>
  %d = tile.dot %a, %b, %c : tensor<64x8xbf16>, tensor<8x64xbf16>, tensor<64x64xf32>
  tile.return
}
// CHECK: tile.kernel @f32({{.*}} atom = fma,
tile.kernel @f32() {
  %a = arith.constant dense<1.0> : tensor<64x64xf32>
  %d = tile.dot %a, %a, %a : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>
  tile.return
}
// CHECK: tile.kernel @tf32({{.*}} atom = mma_m16n8k8,
tile.kernel @tf32() {
  %a = arith.constant dense<1.0> : tensor<64x64xf32>
  %d = tile.dot %a, %a, %a {tf32} : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>
  tile.return
}
// CHECK: tile.kernel @f64({{.*}} atom = fma,
tile.kernel @f64() {
  %a = arith.constant dense<1.0> : tensor<16x16xf64>
  %d = tile.dot %a, %a, %a : tensor<16x16xf64>, tensor<16x16xf64>, tensor<16x16xf64>
  tile.return
}
// CHECK: tile.kernel @i8({{.*}} atom = mma_m16n8k32,
tile.kernel @i8() {
  %a = arith.constant dense<1> : tensor<64x64xi8>
  %c = arith.constant dense<0> : tensor<64x64xi32>
  %d = tile.dot %a, %a, %c {unsigned_a} : tensor<64x64xi8>, tensor<64x64xi8>, tensor<64x64xi32>
  tile.return
}

// Rows that do not divide by 16 fall back to multiply-add.
// CHECK: tile.kernel @odd({{.*}} atom = fma,
tile.kernel @odd() {
  %a = arith.constant dense<1.0> : tensor<24x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x64xbf16>
  %c = arith.constant dense<0.0> : tensor<24x64xf32>
  %d = tile.dot %a, %b, %c : tensor<24x32xbf16>, tensor<32x64xbf16>, tensor<24x64xf32>
  tile.return
}

// One row of instructions: all warps side by side, fewer when each would hold next to nothing.
// CHECK: tile.kernel @flat({{.*}} warps = 4, warpsM = 1, warpsN = 4, atom = mma_m16n8k16,
tile.kernel @flat() {
  %a = arith.constant dense<1.0> : tensor<16x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x128xbf16>
  %c = arith.constant dense<0.0> : tensor<16x128xf32>
  %d = tile.dot %a, %b, %c : tensor<16x32xbf16>, tensor<32x128xbf16>, tensor<16x128xf32>
  tile.return
}
// CHECK: tile.kernel @small({{.*}} warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16,
tile.kernel @small() {
  %a = arith.constant dense<1.0> : tensor<16x16xbf16>
  %b = arith.constant dense<1.0> : tensor<16x16xbf16>
  %c = arith.constant dense<0.0> : tensor<16x16xf32>
  %d = tile.dot %a, %b, %c : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>
  tile.return
}

// The largest product decides; a large one gets more warps.
// CHECK: tile.kernel @two({{.*}} warps = 8, {{.*}} atom = mma_m16n8k16,
tile.kernel @two() {
  %f = arith.constant dense<1.0> : tensor<16x16xf32>
  %e = tile.dot %f, %f, %f : tensor<16x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>
  %a = arith.constant dense<1.0> : tensor<128x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x256xbf16>
  %c = arith.constant dense<0.0> : tensor<128x256xf32>
  %d = tile.dot %a, %b, %c : tensor<128x32xbf16>, tensor<32x256xbf16>, tensor<128x256xf32>
  tile.return
}
