// Uses of pipes that are proved right.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file -verify-diagnostics

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @late_release(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
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
    %f = sched.dot_wait %r {pending = 0 : i64} : tensor<64x8xf32, #sums>
    sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  }
  tile.return
}

// -----

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @waits_at_once(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
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
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
  }
  tile.return
}

// -----

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @twice(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
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
    scf.for %k = %c0 to %c5 step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x8xf32, #sums>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
    %r2 = scf.for %k = %c0 to %c5 step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
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

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @guarded(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
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
    scf.if %q {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 1 : i64} : tensor<64x8xf32, #sums>
      sched.release %p lag 1 : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
    %f = sched.dot_wait %r {pending = 0 : i64} : tensor<64x8xf32, #sums>
    sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  }
  tile.return
}

// -----

#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @nested(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<64x8xf32, #sums>
  %p = sched.pipe {names = ["a", "b"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %j = %c0 to %n step %c1 {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%k, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
    }
  } consumer {
    scf.for %j = %c0 to %n step %c1 {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x8xf32, #sums>) {
      %s, %t = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #sums>
      %w = sched.dot_wait %d {pending = 1 : i64} : tensor<64x8xf32, #sums>
      sched.release %p lag 1 : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %w : tensor<64x8xf32, #sums>
    }
    %f = sched.dot_wait %r {pending = 0 : i64} : tensor<64x8xf32, #sums>
    sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  }
  tile.return
}
