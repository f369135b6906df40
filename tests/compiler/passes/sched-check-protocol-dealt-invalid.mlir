// Loops over dealt tiles that are refused.
// RUN: not tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-check-protocol))' -split-input-file 2>&1 | FileCheck %s

// CHECK: error: breaks the protocol of a pipe: the numbers of this counter are asked for by 1 loops of the producer and taken by no loop of the consumer
tile.kernel @not_taken(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
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
    scf.for %t = %b to %n step %c1 {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
  }
  tile.return
}

// -----

// CHECK: error: breaks the protocol of a pipe: the numbers of this counter are asked for by no loop of the producer and taken by 1 loops of the consumer
tile.kernel @not_asked(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = sched.block_number
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
  %q = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %q : !tile.global<1xi32, strides = [1]>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  sched.roles producer {
    scf.for %t = %b to %n step %c1 {
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

// -----

// CHECK: error: breaks the protocol of a pipe: a loop over dealt tiles is not one that a role runs once
// CHECK: note: the counter is here
tile.kernel @often(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = sched.block_number
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
  %q = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %q : !tile.global<1xi32, strides = [1]>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  sched.roles producer {
    scf.for %i = %c0 to %n step %c1 {
    scf.for %t = %b to %n step %next {
      %s = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%t, %t] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
    }
  } consumer {
    scf.for %i = %c0 to %n step %c1 {
    scf.for %t = %b to %n step %next {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
    }
  }
  tile.return
}

// -----

// CHECK: error: breaks the protocol of a pipe: uses the next number of a counter as something else than a step
tile.kernel @added(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = sched.block_number
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
  %q = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %q : !tile.global<1xi32, strides = [1]>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  %x = arith.addi %next, %c1 : index
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

// -----

// CHECK: error: breaks the protocol of a pipe: a loop over dealt tiles carries values from one to the next
tile.kernel @carried(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
  %n = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = sched.block_number
  %p = sched.pipe {names = ["a"]} : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
  %q = sched.pipe {names = ["tile"]} : !sched.pipe<2 of <1xi32, <order = [0]>>>
  %next = sched.deal %counter through %q : !tile.global<1xi32, strides = [1]>, !sched.pipe<2 of <1xi32, <order = [0]>>>
  sched.roles producer {
    %r = scf.for %t = %b to %n step %next iter_args(%x = %c0) -> (index) {
      %s = sched.acquire %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.tma_load %a[%t, %t] to %s of %p : !tile.global<?x?xbf16, align = 16> to !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>> of !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
      scf.yield %t : index
    }
  } consumer {
    %r = scf.for %t = %b to %n step %next iter_args(%x = %c0) -> (index) {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
      scf.yield %t : index
    }
  }
  tile.return
}

// -----

// CHECK: error: breaks the protocol of a pipe: goes through the pipe of a counter's numbers
tile.kernel @other_use(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
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
    %z = sched.await %q : !sched.pipe<2 of <1xi32, <order = [0]>>> -> !sched.shared<1xi32, <order = [0]>>
    scf.for %t = %b to %n step %next {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
  }
  tile.return
}

// -----

// CHECK: error: is not proved to keep the protocol of a pipe: the consumer's loop is not known to have the trip count of the producer's
tile.kernel @other_bound(%a: !tile.global<?x?xbf16, align = 16>, %counter: !tile.global<1xi32, strides = [1]>) {
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
    scf.for %t = %b to %b step %next {
      %s = sched.await %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>> -> !sched.shared<64x16xbf16, <order = [1, 0], swizzle = 32>>
      sched.release %p : !sched.pipe<2 of <64x16xbf16, <order = [1, 0], swizzle = 32>>>
    }
  }
  tile.return
}
