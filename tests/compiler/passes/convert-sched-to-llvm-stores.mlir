// Stores by TMA as one thread's view of them.
// RUN: tw-opt %s --pass-pipeline='builtin.module(convert-sched-to-llvm{target=sm_90a})' | FileCheck %s

#warp = #sched.schedule<stages = 1, warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16, swizzle = 128, rasterGroup = 1, producerWarps = 0, persistent = false>
#groups = #sched.schedule<stages = 1, warps = 8, warpsM = 8, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 1, producerWarps = 4, persistent = false>
#part = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 2]>
#rows = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0], [64, 0]], repeat = [1, 4]>

// The whole block meets, its first thread stores.
// CHECK-LABEL: llvm.func @warp
// CHECK-SAME: !llvm.array<128 x i8>
// CHECK: llvm.call_intrinsic "llvm.nvvm.stmatrix.sync.aligned.m8n8.x4.b16"
// CHECK: "fence.proxy.async.shared::cta;"
// CHECK: "llvm.nvvm.barrier.cta.sync.aligned.all"
// CHECK: "@$4 cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [$0, {$1, $2}], [$3];"
// CHECK-NOT: bulk.tensor
// CHECK: "@$0 cp.async.bulk.commit_group;"
// CHECK: "@$0 cp.async.bulk.wait_group.read 0;"
// CHECK: "@$0 cp.async.bulk.wait_group 1;"
tile.kernel @warp(%c: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #warp} {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<16x16xbf16, #part>
  %ring = sched.alloc {offset = 0 : i64} : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <16x16xbf16, <order = [1, 0], swizzle = 128>>>
  sched.write %v, %s : tensor<16x16xbf16, #part>, !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>>
  sched.fence_async
  sched.group_barrier 1
  sched.tma_store %s to %c[%i, %i] at [0, 0] groups 1 : !sched.shared<16x16xbf16, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xbf16, align = 16>
  sched.store_wait 0
  sched.store_wait 1 complete
  tile.return
}

// Warpgroups meet each for itself, and each stores its 64 rows. Lanes of odd rows write 32-bit elements in another order.
// CHECK-LABEL: llvm.func @groups
// CHECK: llvm.select
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 8 : i64} : vector<2xi32>
// CHECK: "fence.proxy.async.shared::cta;"
// CHECK-NEXT: %[[SECOND:.*]] = llvm.mlir.constant(2 : i32)
// CHECK-NEXT: %[[BARRIER:.*]] = llvm.add %{{.*}}, %[[SECOND]] : i32
// CHECK-NEXT: %[[THREADS:.*]] = llvm.mlir.constant(128 : i32)
// CHECK-NEXT: llvm.call_intrinsic "llvm.nvvm.barrier.cta.sync.aligned.count"(%[[BARRIER]], %[[THREADS]])
// CHECK: "@$4 cp.async.bulk.tensor.2d.global.shared::cta.bulk_group
tile.kernel @groups(%c: !tile.global<?x?xf32, align = 16>) attributes {sched.schedule = #groups} {
  %i = arith.constant 0 : index
  %v = arith.constant dense<0.0> : tensor<128x32xf32, #rows>
  %ring = sched.alloc {offset = 0 : i64} : !sched.ring<1 of <128x32xf32, <order = [1, 0], swizzle = 128>>>
  %s = sched.slot %ring : !sched.ring<1 of <128x32xf32, <order = [1, 0], swizzle = 128>>>
  sched.roles producer {
  } consumer {
    sched.write %v, %s : tensor<128x32xf32, #rows>, !sched.shared<128x32xf32, <order = [1, 0], swizzle = 128>>
    sched.fence_async
    sched.group_barrier 2
    sched.tma_store %s to %c[%i, %i] at [0, 0] groups 2 : !sched.shared<128x32xf32, <order = [1, 0], swizzle = 128>> to !tile.global<?x?xf32, align = 16>
    sched.store_wait 0
  }
  tile.return
}
