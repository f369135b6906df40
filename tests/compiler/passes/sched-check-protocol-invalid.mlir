// Uses of pipes that are refused: each breaks the protocol in one place, or is outside what the check decides.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file 2>&1 | FileCheck %s

// The stage of the product under way is given back.
// CHECK: error: breaks the protocol of a pipe: gives back a stage that a product may still read (in iteration 0 of its loop)
// CHECK: note: the product is here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @early_release(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 1 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
    %f = sched.dot_wait %r {pending = 0 : i64} : tensor<64x8xf32, #sums>
  }
  tile.return
}

// -----

// Nothing is given back: the third wait is for ever.
// CHECK: error: breaks the protocol of a pipe: waits for a stage while it holds all 2: none can be filled (in iteration 2 of its loop)
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @no_release(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// The stage is read after it was given back.
// CHECK: error: breaks the protocol of a pipe: reads a stage that was given back (in iteration 0 of its loop)
// CHECK: note: the stage was waited for here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @read_after_release(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// The consumer waits twice where the producer fills once.
// CHECK: error: breaks the protocol of a pipe: the consumer waits here for a stage that the producer never fills
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @two_awaits(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      %s2, %t2 = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// The producer fills one stage more after the loop.
// CHECK: error: breaks the protocol of a pipe: the producer fills a stage here that the consumer never waits for
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @one_more(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
    %k = arith.constant 0 : index
    %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
    sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// One slot is never filled.
// CHECK: error: breaks the protocol of a pipe: nothing fills 'b' of the stage acquired here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @unfilled(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// One slot is filled twice.
// CHECK: error: breaks the protocol of a pipe: 'a' of one stage is filled more than once
// CHECK: note: the stage is acquired here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @filled_twice(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// The loops run a different number of times.
// CHECK: error: breaks the protocol of a pipe: the consumer's loop has another trip count than the producer's
// CHECK: note: the producer's is here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @counts(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %c5 step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %c3 step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// Nothing says that the loops run equally often.
// CHECK: error: is not proved to keep the protocol of a pipe: the consumer's loop is not known to have the trip count of the producer's
// CHECK: note: the producer's is here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @unknown_counts(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %c3 step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// The product is used while it is under way.
// CHECK: error: breaks the protocol of a pipe: uses a product that is under way (in iteration 0 of its loop)
// CHECK: note: it is started here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @used(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      %e = arith.addf %d, %w : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// A wait that leaves one product is taken for one that leaves none.
// CHECK: error: breaks the protocol of a pipe: uses a product that may be under way (in iteration 0 of its loop)
// CHECK: note: this wait leaves 1
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @used_early(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %v = sched.dot_wait %d {pending = 1 : i64} : tensor<64x8xf32, #sums>
      %w = arith.addf %v, %v : tensor<64x8xf32, #sums>
      sched.release %p lag 1 : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
    %f = sched.dot_wait %r {pending = 0 : i64} : tensor<64x8xf32, #sums>
    sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  }
  tile.return
}

// -----

// The last product is never waited for.
// CHECK: error: breaks the protocol of a pipe: this product is still under way when the kernel ends
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @no_wait(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 1 : i64} : tensor<64x8xf32, #sums>
      sched.release %p lag 1 : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// Something else than a product reads a stage.
// CHECK: error: is not proved to keep the protocol of a pipe: a stage of a pipe is read by something else than a product
// CHECK: note: fix: if the compiler made this code
#b = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[0, 0], [0, 0]], repeat = [1, 1]>
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @read(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %x = sched.read %t : !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> -> tensor<16x8xbf16, #b>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

// Only one side is guarded.
// CHECK: error: is not proved to keep the protocol of a pipe: producer and consumer go through their pipes in different loops or branches
// CHECK: note: the producer is here
// CHECK: note: fix: if the compiler made this code
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @one_guard(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.if %q {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}
