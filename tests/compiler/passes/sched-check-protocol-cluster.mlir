// Pipes of clusters that are proved right.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file -verify-diagnostics

// The first tile is that of the cluster, the same for its blocks.
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @multicast(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32, #sums>
  %rank = sched.cluster_rank
  %block = sched.block_number
  %first = arith.divui %block, %c2 : index
  %p = sched.pipe {names = ["a", "b"]} : !pipe
  sched.roles producer {
    scf.for %k = %first to %n step %c1 {
      %s, %t = sched.acquire %p : !pipe -> !a, !b
      sched.tma_load %a[%rank, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !a of !pipe
      sched.tma_load %b[%k, %first] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
    }
  } consumer {
    %r = scf.for %k = %first to %n step %c1 iter_args(%c = %zero) -> (tensor<64x64xf32, #sums>) {
      %s, %t = sched.await %p : !pipe -> !a, !b
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !a, !b, tensor<64x64xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x64xf32, #sums>
      sched.release %p : !pipe
      scf.yield %w : tensor<64x64xf32, #sums>
    }
  }
  sched.cluster_barrier
  tile.return
}

// -----

// Blocks that keep step and load each for itself.
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @alone(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32, #sums>
  %rank = sched.cluster_rank
  %block = sched.block_number
  %first = arith.divui %block, %c2 : index
  %p = sched.pipe {names = ["a", "b"]} : !pipe
  sched.roles producer {
    scf.for %k = %c0 to %n step %c1 {
      %s, %t = sched.acquire %p : !pipe -> !a, !b
      sched.tma_load %a[%rank, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !a of !pipe
      sched.tma_load %b[%k, %k] to %t of %p : !tile.global<?x?xbf16, align = 16> to !b of !pipe
    }
  } consumer {
    %r = scf.for %k = %c0 to %n step %c1 iter_args(%c = %zero) -> (tensor<64x64xf32, #sums>) {
      %s, %t = sched.await %p : !pipe -> !a, !b
      %d = sched.dot %s, %t, %c {atom = #sched.atom<wgmma>, warpsM = 4 : i64, warpsN = 1 : i64} : !a, !b, tensor<64x64xf32, #sums>
      %w = sched.dot_wait %d {pending = 0 : i64} : tensor<64x64xf32, #sums>
      sched.release %p : !pipe
      scf.yield %w : tensor<64x64xf32, #sums>
    }
  }
  sched.cluster_barrier
  tile.return
}
