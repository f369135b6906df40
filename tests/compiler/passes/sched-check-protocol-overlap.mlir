// Loops of which the consumer runs parts of two iterations together, with all that the check wants of them.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file | FileCheck %s

// Both pipes have two stages.
// CHECK: tile.kernel @two_stages
#s16 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 2]>
#s8 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @two_stages(%a: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant dense<0.0> : tensor<64x16xf32, #s16>
  %none = arith.constant dense<0.0> : tensor<64x8xf32, #s8>
  %p = sched.pipe {names = ["q", "k"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
  %v = sched.pipe {names = ["v"]} : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %j = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%j, %j] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      sched.tma_load %a[%j, %j] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %u = sched.acquire %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%j, %j] to %u of %v : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %any = arith.cmpi slt, %c0, %n : index
    %r = scf.if %any -> (tensor<64x8xf32, #s8>) {
      %s0, %t0 = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      %d0 = sched.dot %s0, %t0, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
      %w0 = sched.dot_wait %d0 {pending = 0 : i64} : tensor<64x16xf32, #s16>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %b0 = arith.truncf %w0 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
      %l:2 = scf.for %j = %c1 to %n step %c1 iter_args(%c = %none, %e = %b0) -> (tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>) {
        %s1, %t1 = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
        %d1 = sched.dot %s1, %t1, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
        %u1 = sched.await %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
        %o1 = sched.dot %e, %u1, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
        %w1 = sched.dot_wait %d1 {pending = 1 : i64} : tensor<64x16xf32, #s16>
        sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
        %f1 = sched.dot_wait %o1 keeping %e : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
        sched.release %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
        %b1 = arith.truncf %w1 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
        scf.yield %f1, %b1 : tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>
      }
      %u2 = sched.await %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %o2 = sched.dot %l#1, %u2, %l#0 {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
      %f2 = sched.dot_wait %o2 keeping %l#1 : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
      sched.release %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %f2 : tensor<64x8xf32, #s8>
    } else {
      scf.yield %none : tensor<64x8xf32, #s8>
    }
  }
  tile.return
}

// -----

// One stage each is enough: each is given back before the next is waited for.
// CHECK: tile.kernel @one_stage
#s16 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 2]>
#s8 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @one_stage(%a: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant dense<0.0> : tensor<64x16xf32, #s16>
  %none = arith.constant dense<0.0> : tensor<64x8xf32, #s8>
  %p = sched.pipe {names = ["q", "k"]} : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
  %v = sched.pipe {names = ["v"]} : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %j = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%j, %j] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      sched.tma_load %a[%j, %j] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %u = sched.acquire %v : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%j, %j] to %u of %v : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %any = arith.cmpi slt, %c0, %n : index
    %r = scf.if %any -> (tensor<64x8xf32, #s8>) {
      %s0, %t0 = sched.await %p : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      %d0 = sched.dot %s0, %t0, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
      %w0 = sched.dot_wait %d0 {pending = 0 : i64} : tensor<64x16xf32, #s16>
      sched.release %p : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %b0 = arith.truncf %w0 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
      %l:2 = scf.for %j = %c1 to %n step %c1 iter_args(%c = %none, %e = %b0) -> (tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>) {
        %s1, %t1 = sched.await %p : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
        %d1 = sched.dot %s1, %t1, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
        %u1 = sched.await %v : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
        %o1 = sched.dot %e, %u1, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
        %w1 = sched.dot_wait %d1 {pending = 1 : i64} : tensor<64x16xf32, #s16>
        sched.release %p : !sched.pipe<1 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
        %f1 = sched.dot_wait %o1 keeping %e : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
        sched.release %v : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
        %b1 = arith.truncf %w1 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
        scf.yield %f1, %b1 : tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>
      }
      %u2 = sched.await %v : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %o2 = sched.dot %l#1, %u2, %l#0 {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
      %f2 = sched.dot_wait %o2 keeping %l#1 : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
      sched.release %v : !sched.pipe<1 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %f2 : tensor<64x8xf32, #s8>
    } else {
      scf.yield %none : tensor<64x8xf32, #s8>
    }
  }
  tile.return
}

// -----

// The branch says the same the other way round.
// CHECK: tile.kernel @greater
#s16 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 2]>
#s8 = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 1]>
tile.kernel @greater(%a: !tile.global<?x?xbf16, align = 16>, %q: i1) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant dense<0.0> : tensor<64x16xf32, #s16>
  %none = arith.constant dense<0.0> : tensor<64x8xf32, #s8>
  %p = sched.pipe {names = ["q", "k"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
  %v = sched.pipe {names = ["v"]} : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
  sched.roles producer {
    scf.for %j = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%j, %j] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      sched.tma_load %a[%j, %j] to %t of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %u = sched.acquire %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      sched.tma_load %a[%j, %j] to %u of %v : !tile.global<?x?xbf16, align = 16> to !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>> of !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
    }
  } consumer {
    %any = arith.cmpi sgt, %n, %c0 : index
    %r = scf.if %any -> (tensor<64x8xf32, #s8>) {
      %s0, %t0 = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
      %d0 = sched.dot %s0, %t0, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
      %w0 = sched.dot_wait %d0 {pending = 0 : i64} : tensor<64x16xf32, #s16>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
      %b0 = arith.truncf %w0 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
      %l:2 = scf.for %j = %c1 to %n step %c1 iter_args(%c = %none, %e = %b0) -> (tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>) {
        %s1, %t1 = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>
        %d1 = sched.dot %s1, %t1, %zero {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 32>>, tensor<64x16xf32, #s16>
        %u1 = sched.await %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
        %o1 = sched.dot %e, %u1, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
        %w1 = sched.dot_wait %d1 {pending = 1 : i64} : tensor<64x16xf32, #s16>
        sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x16xbf16, <order = [1, 0], swizzle = 32>>>
        %f1 = sched.dot_wait %o1 keeping %e : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
        sched.release %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
        %b1 = arith.truncf %w1 : tensor<64x16xf32, #s16> to tensor<64x16xbf16, #s16>
        scf.yield %f1, %b1 : tensor<64x8xf32, #s8>, tensor<64x16xbf16, #s16>
      }
      %u2 = sched.await %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>> -> !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>
      %o2 = sched.dot %l#1, %u2, %l#0 {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : tensor<64x16xbf16, #s16>, !sched.shared<16x8xbf16, <order = [1, 0], swizzle = 16>>, tensor<64x8xf32, #s8>
      %f2 = sched.dot_wait %o2 keeping %l#1 : tensor<64x16xbf16, #s16> {pending = 0 : i64} : tensor<64x8xf32, #s8>
      sched.release %v : !sched.pipe<2 of <16x8xbf16, <order = [1, 0], swizzle = 16>>>
      scf.yield %f2 : tensor<64x8xf32, #s8>
    } else {
      scf.yield %none : tensor<64x8xf32, #s8>
    }
  }
  tile.return
}
