// Where the schedule leaves it open, sums are split if few multiprocessors have a tile and the sums are long.
// RUN: tw-opt %s --pass-pipeline='builtin.module(sched-split-reduction{target=sm_90a})' --split-input-file --verify-diagnostics | FileCheck %s

// 64 x 2112 x 7168: 33 tiles on 132 multiprocessors.
// CHECK-LABEL: tile.kernel @few
// CHECK-SAME: #sched.split<parts, parts = 4,
// CHECK: tile.kernel @few_whole
tile.kernel @few(%a: !tile.global<64x7168xbf16, align = 16>, %b: !tile.global<7168x2112xbf16, align = 16>, %c: !tile.global<64x2112xf32, align = 16>) {
  %rows = arith.constant 1 : index
  %columns = arith.constant 33 : index
  %depth = arith.constant 7168 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%rows, %columns) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<64x7168xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<7168x2112xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %x, %y, %sum : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<64x2112xf32, align = 16>
  }
  tile.return
}

// -----

// Every multiprocessor has tiles; or the sums are short; or only a launch knows how long they are.
// CHECK-LABEL: tile.kernel @many
// CHECK-NOT: sched.split
tile.kernel @many(%a: !tile.global<2048x7168xbf16, align = 16>, %b: !tile.global<7168x2112xbf16, align = 16>, %c: !tile.global<2048x2112xf32, align = 16>) {
  %rows = arith.constant 32 : index
  %columns = arith.constant 33 : index
  %depth = arith.constant 7168 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%rows, %columns) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<2048x7168xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<7168x2112xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %x, %y, %sum : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<2048x2112xf32, align = 16>
  }
  tile.return
}

// -----

// CHECK-LABEL: tile.kernel @short
// CHECK-NOT: sched.split
tile.kernel @short(%a: !tile.global<64x256xbf16, align = 16>, %b: !tile.global<256x2112xbf16, align = 16>, %c: !tile.global<64x2112xf32, align = 16>) {
  %rows = arith.constant 1 : index
  %columns = arith.constant 33 : index
  %depth = arith.constant 256 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%rows, %columns) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<64x256xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<256x2112xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %x, %y, %sum : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<64x2112xf32, align = 16>
  }
  tile.return
}

// -----

// CHECK-LABEL: tile.kernel @unknown
// CHECK-NOT: sched.split
tile.kernel @unknown(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<7168x2112xbf16, align = 16>, %c: !tile.global<64x2112xf32, align = 16>) {
  %rows = arith.constant 1 : index
  %columns = arith.constant 33 : index
  %depth = tile.dim %a, 1 : !tile.global<?x?xbf16, align = 16>
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%rows, %columns) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<7168x2112xbf16, align = 16> -> tensor<64x64xbf16>
      %d = tile.dot %x, %y, %sum : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<64x2112xf32, align = 16>
  }
  tile.return
}

// -----

// CHECK-LABEL: tile.kernel @declined
// CHECK-NOT: sched.split
tile.kernel @declined(%a: !tile.global<64x7168xbf16, align = 16>, %b: !tile.global<7168x2112xbf16, align = 16>, %c: !tile.global<64x2112xf32, align = 16>) {
  %rows = arith.constant 1 : index
  %columns = arith.constant 33 : index
  %depth = arith.constant 7168 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i, %j) in (%rows, %columns) {
    %row = arith.muli %i, %c64 : index
    %column = arith.muli %j, %c64 : index
    // expected-remark @below {{sums are not split among 4 blocks for each tile, which would pay: an iteration does more to a value that it carries than add to it}}
    %r = scf.for %k = %c0 to %depth step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) {
      %x = tile.load %a[%row, %k] : !tile.global<64x7168xbf16, align = 16> -> tensor<64x64xbf16>
      %y = tile.load %b[%k, %column] : !tile.global<7168x2112xbf16, align = 16> -> tensor<64x64xbf16>
      %t = arith.mulf %sum, %sum : tensor<64x64xf32>
      %d = tile.dot %x, %y, %t : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    tile.store %r, %c[%row, %column] : tensor<64x64xf32>, !tile.global<64x2112xf32, align = 16>
  }
  tile.return
}
