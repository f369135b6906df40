// Blocks ask a counter for their next tile; the producer hands its number on.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-make-persistent))' | FileCheck %s

#dynamic = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = fma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, dynamic = true>

// CHECK-LABEL: tile.kernel @dealt
// CHECK-SAME: %[[COUNTER:[a-z0-9]+]]: !tile.global<1xi32>
// CHECK-SAME: argNames = ["x", "counter"]
// CHECK-SAME: sched.counter
// CHECK: %[[N:.*]] = tile.dim
// CHECK: %[[NUMBERS:.*]] = sched.pipe {names = ["tile"]} : <2 of <1xi32, <order = [0]>>>
// CHECK: %[[NEXT:.*]] = sched.deal %[[COUNTER]] through %[[NUMBERS]]
// CHECK: sched.roles producer {
// CHECK: %[[B:.*]] = sched.block_number
// CHECK: scf.for %{{.*}} = %[[B]] to %[[N]] step %[[NEXT]] {
// CHECK: } consumer {
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]] step %[[NEXT]] {
tile.kernel @dealt(%x: !tile.global<?x?xf32>) attributes {argNames = ["x"], sched.schedule = #dynamic} {
  %m = tile.dim %x, 0 : !tile.global<?x?xf32>
  tile.blocks (%i) in (%m) {
    %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>>
    sched.roles producer {
      %s = sched.acquire %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
    } consumer {
      %s = sched.await %p : !sched.pipe<2 of <8x16xbf16, <order = [1, 0]>>> -> !sched.shared<8x16xbf16, <order = [1, 0]>>
    }
  }
  tile.return
}
