// Pipes and roles that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

tile.kernel @f() {
  // expected-error@+1 {{a pipe has 1 to 8 stages, not 9}}
  %p = sched.pipe {names = ["a"]} : !sched.pipe<9 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f() {
  // expected-error@+1 {{has 2 names for}}
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f() {
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  sched.roles producer {
    // expected-error@+1 {{stands in the region of the producer}}
    %s = sched.await %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  } consumer {
  }
  tile.return
}

// -----

tile.kernel @f() {
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  sched.roles producer {
  } consumer {
    // expected-error@+1 {{stands in the region of the consumer}}
    %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  }
  tile.return
}

// -----

tile.kernel @f() {
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  sched.roles producer {
    // expected-error@+1 {{gives other slots than}}
    %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x8xbf16, <order = [1, 0]>>
  } consumer {
  }
  tile.return
}

// -----

tile.kernel @f() {
  sched.roles producer {
    // expected-error@+1 {{stands in another one}}
    sched.roles producer {
    } consumer {
    }
  } consumer {
  }
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xbf16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  // expected-error@+1 {{the tensor is not known to be aligned to 16 bytes}}
  sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16> to !sched.shared<8x16xbf16, <order = [1, 0]>> of !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xf16, align = 16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  // expected-error@+1 {{copies 'f16' to 'bf16'}}
  sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xf16, align = 16> to !sched.shared<8x16xbf16, <order = [1, 0]>> of !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  // expected-error@+1 {{1 offsets for a tensor of rank 2; both are 2}}
  sched.tma_load %a[%k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<8x16xbf16, <order = [1, 0]>> of !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [0, 1]>>>
  %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [0, 1]>>> -> !sched.shared<8x16xbf16, <order = [0, 1]>>
  // expected-error@+1 {{contiguous along different dimensions}}
  sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<8x16xbf16, <order = [0, 1]>> of !sched.pipe<2 of <8x16xbf16, <order = [0, 1]>>>
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  %s = sched.await %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
  // expected-error@+1 {{the destination is no slot acquired from the pipe}}
  sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<8x16xbf16, <order = [1, 0]>> of !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
  tile.return
}

// -----

tile.kernel @f(%n: !tile.global<?xf32>) {
  %e = tile.dim %n, 0 : !tile.global<?xf32>
  // expected-error@+1 {{gives 2 indices for 1 extents}}
  %i, %j = sched.tile_indices %e in (%e) : index, index
  tile.return
}

// -----

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 2]>
tile.kernel @f(%t: !tile.global<?xf32>) {
  %a = arith.constant dense<0.0> : tensor<64x16xf32, #sums>
  %p = sched.alloc : !sched.ring<1 of <16x16xf32, <order = [1, 0]>>>
  %b = sched.slot %p : !sched.ring<1 of <16x16xf32, <order = [1, 0]>>>
  // expected-error@+1 {{only wgmma takes an operand from registers: the first, not transposed, of 16-bit elements}}
  %d = sched.dot %a, %b, %a {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xf32, #sums>, !sched.shared<16x16xf32, <order = [1, 0]>>, tensor<64x16xf32, #sums>
  tile.return
}

// -----

tile.kernel @f() {
  // expected-error@+1 {{a cluster has 1, 2, 4, 8 or 16 blocks, not 3}}
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>> cluster 3>
  tile.return
}

// -----

tile.kernel @f() {
  sched.roles producer {
  } consumer {
    // expected-error@+1 {{stands in a role: the threads of the other never meet it}}
    sched.cluster_barrier
  }
  tile.return
}

// -----

tile.kernel @f(%a: !tile.global<?x?xbf16, align = 16>) {
  %k = arith.constant 0 : index
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <24x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  %s = sched.acquire %p : !sched.pipe<2 of <24x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2> -> !sched.shared<24x16xbf16, <order = [1, 0], swizzle = 32>>
  // expected-error@+1 {{cannot be cut into 2 parts of whole groups of 8 rows}}
  sched.tma_load %a[%k, %k] to %s of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !sched.shared<24x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <24x16xbf16, <order = [1, 0], swizzle = 32>> cluster 2>
  tile.return
}

// -----

tile.kernel @f(%counter: !tile.global<1xi32>) {
  %p = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <2xi32, <order = [0]>>>
  // expected-error@+1 {{hands numbers on through a pipe of one element of type i32}}
  %next = sched.deal %counter through %p : !tile.global<1xi32>, !sched.pipe<2 of <2xi32, <order = [0]>>>
  tile.return
}

// -----

tile.kernel @f(%counter: !tile.global<1xi64>) {
  %p = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  // expected-error@+1 {{the counter is of type i32, as the numbers are}}
  %next = sched.deal %counter through %p : !tile.global<1xi64>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  tile.return
}
