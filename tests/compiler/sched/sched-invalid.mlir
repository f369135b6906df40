// Layouts, rings and operations that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{a layout has 1 to 8 dimensions, not 0}}
#layout = #sched.layout<reg = [], lane = [], warp = [], repeat = []>

// -----

// expected-error@+1 {{a basis is no coordinate of rank 2}}
#layout = #sched.layout<reg = [[1]], lane = [], warp = [], repeat = [1, 1]>

// -----

// expected-error@+1 {{a warp has 5 lane bits, but 1 lane bases are given}}
#layout = #sched.layout<reg = [], lane = [[1]], warp = [], repeat = [1]>

// -----

// expected-error@+1 {{dimension 0 is repeated 0 times, must be >= 1}}
#layout = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [0]>

// -----

// expected-error@+1 {{along dimension 0 no basis takes step 16, but a larger step is taken}}
#layout = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [32]], warp = [], repeat = [1]>

// -----

// expected-error@+1 {{register basis 0 [0] is zero, but a thread holds an element once only}}
#layout = #sched.layout<reg = [[0]], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

// -----

// expected-error@+1 {{moves along more than one dimension}}
#layout = #sched.layout<reg = [[1, 1]], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

// -----

// expected-error@+1 {{is not a power of two}}
#layout = #sched.layout<reg = [[3]], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

// -----

// expected-error@+1 {{repeats a step that another basis takes}}
#layout = #sched.layout<reg = [[1]], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

// -----

// expected-error@+1 {{a swizzle spans 16, 32, 64 or 128 bytes, not 48}}
#memory = #sched.memory<order = [1, 0], swizzle = 48>

// -----

tile.kernel @stages() {
  // expected-error@+1 {{a ring has 1 to 8 stages, not 9}}
  %r = sched.alloc : !sched.ring<9 of <32xf32, <order = [0]>>>
  tile.return
}

// -----

tile.kernel @slot_of_another_ring() {
  %r = sched.alloc : !sched.ring<2 of <32xf32, <order = [0]>>>
  // expected-error@+1 {{the result is a slot of the ring}}
  %s = "sched.slot"(%r) {ahead = 0 : i64} : (!sched.ring<2 of <32xf32, <order = [0]>>>) -> !sched.shared<64xf32, <order = [0]>>
  tile.return
}

// -----

tile.kernel @negative_ahead() {
  %r = sched.alloc : !sched.ring<2 of <32xf32, <order = [0]>>>
  // expected-error@+1 {{'ahead' is negative}}
  %s = sched.slot %r ahead -1 : !sched.ring<2 of <32xf32, <order = [0]>>>
  tile.return
}

// -----

tile.kernel @read_without_layout() {
  %r = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf32, <order = [0]>>>
  // expected-error@+1 {{tile 'tensor<32xf32>' has no layout}}
  %t = sched.read %s : !sched.shared<32xf32, <order = [0]>> -> tensor<32xf32>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @read_of_another_shape() {
  %r = sched.alloc : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // expected-error@+1 {{does not fit}}
  %t = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<32xf32, #lanes>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @layout_of_another_shape() {
  %r = sched.alloc : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // expected-error@+1 {{the layout covers}}
  %t = sched.read %s : !sched.shared<64xf32, <order = [0]>> -> tensor<64xf32, #lanes>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @write_of_another_type(%t: !tile.global<?xf16>) {
  %r = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf32, <order = [0]>>>
  %v = arith.constant dense<0.0> : tensor<32xf16, #lanes>
  // expected-error@+1 {{does not fit}}
  sched.write %v, %s : tensor<32xf16, #lanes>, !sched.shared<32xf32, <order = [0]>>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @copy_offsets(%x: !tile.global<?x?xf32>) {
  %i = arith.constant 0 : index
  %r = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf32, <order = [0]>>>
  // expected-error@+1 {{1 offsets for a tensor of rank 2}}
  sched.copy %x[%i] to %s {bytes = 4 : i64, layout = #lanes} : !tile.global<?x?xf32> to !sched.shared<32xf32, <order = [0]>>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @copy_type(%x: !tile.global<?xf16>) {
  %i = arith.constant 0 : index
  %r = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf32, <order = [0]>>>
  // expected-error@+1 {{copies 'f16' to 'f32'}}
  sched.copy %x[%i] to %s {bytes = 4 : i64, layout = #lanes} : !tile.global<?xf16> to !sched.shared<32xf32, <order = [0]>>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @copy_layout(%x: !tile.global<?xf32>) {
  %i = arith.constant 0 : index
  %r = sched.alloc : !sched.ring<1 of <64xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <64xf32, <order = [0]>>>
  // expected-error@+1 {{the layout does not cover the tile}}
  sched.copy %x[%i] to %s {bytes = 4 : i64, layout = #lanes} : !tile.global<?xf32> to !sched.shared<64xf32, <order = [0]>>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @copy_bytes(%x: !tile.global<?xf16>) {
  %i = arith.constant 0 : index
  %r = sched.alloc : !sched.ring<1 of <32xf16, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf16, <order = [0]>>>
  // expected-error@+1 {{cp.async copies 4, 8 or 16 bytes, not 2}}
  sched.copy %x[%i] to %s {async, bytes = 2 : i64, layout = #lanes} : !tile.global<?xf16> to !sched.shared<32xf16, <order = [0]>>
  tile.return
}

// -----

#column = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @dot_rank() {
  %r = sched.alloc : !sched.ring<1 of <32xf32, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf32, <order = [0]>>>
  %c = arith.constant dense<0.0> : tensor<32xf32, #column>
  // expected-error@+1 {{operands are matrices}}
  %d = sched.dot %s, %s, %c {atom = #sched.atom<fma>, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<32xf32, <order = [0]>>, !sched.shared<32xf32, <order = [0]>>, tensor<32xf32, #column>
  tile.return
}

// -----

#tile = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @dot_depth() {
  %r = sched.alloc : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %r : !sched.ring<1 of <4x8xf32, <order = [1, 0]>>>
  %c = arith.constant dense<0.0> : tensor<4x8xf32, #tile>
  // expected-error@+1 {{K of a is 8 but K of b is 4}}
  %d = sched.dot %s, %s, %c {atom = #sched.atom<fma>, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<4x8xf32, <order = [1, 0]>>, !sched.shared<4x8xf32, <order = [1, 0]>>, tensor<4x8xf32, #tile>
  tile.return
}

// -----

#tile = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>

tile.kernel @dot_accumulator() {
  %r = sched.alloc : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %s = sched.slot %r : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %c = arith.constant dense<0.0> : tensor<4x8xf32, #tile>
  // expected-error@+1 {{the product is 8 x 8 but the accumulator is}}
  %d = sched.dot %s, %s, %c {atom = #sched.atom<fma>, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<8x8xf32, <order = [1, 0]>>, !sched.shared<8x8xf32, <order = [1, 0]>>, tensor<4x8xf32, #tile>
  tile.return
}

// -----

tile.kernel @dot_layout() {
  %r = sched.alloc : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %s = sched.slot %r : !sched.ring<1 of <8x8xf32, <order = [1, 0]>>>
  %c = arith.constant dense<0.0> : tensor<8x8xf32>
  // expected-error@+1 {{tile 'tensor<8x8xf32>' has no layout}}
  %d = sched.dot %s, %s, %c {atom = #sched.atom<fma>, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<8x8xf32, <order = [1, 0]>>, !sched.shared<8x8xf32, <order = [1, 0]>>, tensor<8x8xf32>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @convert_type() {
  %v = arith.constant dense<0.0> : tensor<32xf16, #lanes>
  // expected-error@+1 {{changes more than the layout}}
  %w = sched.convert %v : tensor<32xf16, #lanes> -> tensor<32xf32, #lanes>
  tile.return
}

// -----

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>

tile.kernel @convert_layout() {
  %v = arith.constant dense<0.0> : tensor<32xf16, #lanes>
  // expected-error@+1 {{tile 'tensor<32xf16>' has no layout}}
  %w = sched.convert %v : tensor<32xf16, #lanes> -> tensor<32xf16>
  tile.return
}

// -----

tile.kernel @wait_types() {
  %r = sched.alloc : !sched.ring<1 of <32xf16, <order = [0]>>>
  %s = sched.slot %r : !sched.ring<1 of <32xf16, <order = [0]>>>
  // expected-error@+1 {{all of {slots, results} have same type}}
  %w = "sched.wait"(%s) {pending = 0 : i64} : (!sched.shared<32xf16, <order = [0]>>) -> !sched.shared<16xf16, <order = [0]>>
  tile.return
}
