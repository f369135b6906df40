// What has no lowering.
// RUN: tw-opt %s --convert-sched-to-llvm -verify-diagnostics -split-input-file

#lanes = #sched.layout<reg = [], lane = [[1], [2], [0], [0], [0]], warp = [], repeat = [1]>
#schedule = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>

tile.kernel @constant(%x: !tile.global<?xf32>) attributes {sched.schedule = #schedule, sched.shared_bytes = 0 : i64} {
  %o = arith.constant 0 : index
  // expected-error@+1 {{a constant tile has one value for all elements}}
  %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32, #lanes>
  tile.store %t, %x[%o] : tensor<4xf32, #lanes>, !tile.global<?xf32>
  tile.return
}

// -----

#accumulator = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
#schedule = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>

tile.kernel @depth(%x: !tile.global<?x?xf32>) attributes {sched.schedule = #schedule, sched.shared_bytes = 4096 : i64} {
  %o = arith.constant 0 : index
  %ra = sched.alloc {offset = 0 : i64} : !sched.ring<1 of <16x24xbf16, <order = [1, 0]>>>
  %rb = sched.alloc {offset = 1024 : i64} : !sched.ring<1 of <24x8xbf16, <order = [1, 0]>>>
  %a = sched.slot %ra : !sched.ring<1 of <16x24xbf16, <order = [1, 0]>>>
  %b = sched.slot %rb : !sched.ring<1 of <24x8xbf16, <order = [1, 0]>>>
  %c = arith.constant dense<0.0> : tensor<16x8xf32, #accumulator>
  // expected-error@+1 {{a product of 16 x 8 x 24 is not made of whole mma.sync instructions}}
  %d = sched.dot %a, %b, %c {atom = #sched.atom<mma_m16n8k16>, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<16x24xbf16, <order = [1, 0]>>, !sched.shared<24x8xbf16, <order = [1, 0]>>, tensor<16x8xf32, #accumulator>
  tile.return
}
