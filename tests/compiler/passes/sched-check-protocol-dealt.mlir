// Both roles go through the tiles that a counter deals out.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -verify-diagnostics

tile.kernel @dealt(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = sched.block_number
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
  %q = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %q : !tile.global<1xi32, strides = [1]>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  sched.roles producer {
    scf.for %t = %b to %n step %next {
      %s = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%t, %t] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
  } consumer {
    scf.for %t = %b to %n step %next {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
  }
  tile.return
}
