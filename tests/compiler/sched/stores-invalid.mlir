// Stores by TMA that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{takes}}
  %p = sched.part %v at [0, 0] : tensor<16x32xbf16, #tile> -> tensor<16x16xf32, #part>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{1 offsets for a tile of rank 2}}
  %p = sched.part %v at [0] : tensor<16x32xbf16, #tile> -> tensor<16x16xbf16, #part>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{some thread does not hold its part of the result}}
  %p = sched.part %v at [0, 0] : tensor<16x32xbf16, #tile> -> tensor<16x16xbf16, #other>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{some thread does not hold its part of the result}}
  %p = sched.part %v at [0, 24] : tensor<16x32xbf16, #tile> -> tensor<16x16xbf16, #part>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{has 0 groups}}
  sched.group_barrier 0
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{'pending' is negative}}
  sched.store_wait -1
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{2 offsets and 1 positions for a tensor of rank 2; all are 2}}
  sched.tma_store %s to %c[%i, %i] at [0] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{copies 'bf16' to 'f16'}}
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xf16, align = 16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{the tensor is not known to be aligned to 16 bytes}}
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [0, 1], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [0, 1], swizzle = 128>>>
  // expected-error@+1 {{the tensor and the tile are contiguous along different dimensions}}
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x16xbf16, <order = [0, 1], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{3 groups cannot share 16 rows}}
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 3 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <512x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <512x16xbf16, <order = [1, 0], swizzle = 128>>>
  // expected-error@+1 {{a box of 512 rows; 256 are possible}}
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<512x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}

// -----

#tile = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 4]>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#other = #sched.layout<reg = [[8, 0], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [0, 2], [0, 4]], warp = [], repeat = [1, 2]>
tile.kernel @f(%c: !tile.global<?x?xbf16, align = 16>) {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x32xbf16, #tile>
  %ring = sched.alloc : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %pipe = sched.pipe {names = ["a"]} : !sched.pipe<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %q = sched.await %pipe : !sched.pipe<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>> -> !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>>
  // expected-error@+1 {{the source is no slot of a ring}}
  sched.tma_store %q to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  tile.return
}
