// Uses of pipes of clusters that are refused: each breaks the protocol in one place, or is outside what the check decides.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file 2>&1 | FileCheck %s

// The neighbour may still read the stage that is refilled in it.
// CHECK: error: breaks the protocol of a pipe: fills a stage in 2 blocks that the consumers of 1 block have given back
// CHECK: note: the pipe is here
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>>>
tile.kernel @early(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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

// -----

// Four quarters are needed, and two blocks send one each.
// CHECK: error: breaks the protocol of a pipe: the full barrier waits for other bytes than 4 blocks send, each 1/2 of the tile
// CHECK: note: the pipe is here
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 4, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 4>
tile.kernel @bytes(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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

// -----

// A stage waits for blocks that are not there.
// CHECK: error: breaks the protocol of a pipe: blocks go through this pipe in clusters of 2, but they are launched in clusters of 1
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 1, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @launched(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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

// -----

// Each block would get a half of the other's tile.
// CHECK: error: breaks the protocol of a pipe: the blocks of a cluster load parts of different tiles
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @apart(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %rank] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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

// -----

// The number of a block is its own, too.
// CHECK: error: breaks the protocol of a pipe: the blocks of a cluster load parts of different tiles
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @apart_by_number(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %block] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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

// -----

// One block waits for what its neighbour never sends.
// CHECK: error: breaks the protocol of a pipe: the blocks of a cluster may go through it a different number of times
// CHECK: note: the pipe is here
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @steps(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
    scf.for %k = %rank to %n step %c1 {
      %s, %t = sched.acquire %p : !pipe -> !a, !b
      sched.tma_load %a[%rank, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !a of !pipe
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
    }
  } consumer {
    %r = scf.for %k = %rank to %n step %c1 iter_args(%c = %zero) -> (tensor<64x64xf32, #sums>) {
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

// Whether the blocks begin alike takes more than the check decides.
// CHECK: error: is not proved to keep the protocol of a pipe: the blocks of a cluster may go through it a different number of times
// CHECK: note: the pipe is here
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @undecided(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
    scf.for %k = %block to %n step %c1 {
      %s, %t = sched.acquire %p : !pipe -> !a, !b
      sched.tma_load %a[%rank, %k] to %s of %p : !tile.global<?x?xbf16, align = 16> to !a of !pipe
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
    }
  } consumer {
    %r = scf.for %k = %block to %n step %c1 iter_args(%c = %zero) -> (tensor<64x64xf32, #sums>) {
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

// A block ends, and its neighbour gives a stage back to it.
// CHECK: error: breaks the protocol of a pipe: a block may end while its neighbours still give stages back to it
// CHECK: note: the pipe that they share is here
#sums = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], repeat = [1, 8]>
#cluster = #sched.schedule<stages = 2, warps = 4, warpsM = 4, warpsN = 1, atom = wgmma, swizzle = 128, rasterGroup = 8, producerWarps = 4, persistent = true, cluster = 2, multicast = b>
!a = !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
!b = !sched.shared<16x64xbf16, <order = [1, 0], swizzle = 128>>
!pipe = !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>, <16x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
tile.kernel @end(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) attributes {sched.schedule = #cluster} {
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
      sched.tma_load %b[%k, %k] to %t of %p multicast 2 : !tile.global<?x?xbf16, align = 16> to !b of !pipe
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
  tile.return
}
