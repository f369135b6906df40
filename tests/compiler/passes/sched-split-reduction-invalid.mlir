// What keeps a sum from being computed in parts, where that is asked for.
// RUN: tw-opt %s --pass-pipeline='builtin.module(sched-split-reduction{splits=4})' --split-input-file --verify-diagnostics
// RUN: not tw-opt %s --pass-pipeline='builtin.module(sched-split-reduction{splits=65})' --split-input-file 2>&1 | FileCheck %s
// CHECK: error: schedule: split_k is 65
// CHECK: note: fix: use 1 to 64

// expected-error @below {{schedule: split_k is 4, but the kernel has no grid of blocks}}
// expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
tile.kernel @no_grid(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.return
}

// -----

// expected-error @below {{schedule: split_k is 4, but the kernel has no product}}
// expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
tile.kernel @no_product(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      scf.yield %sum : tensor<16x32xf32>
    }
    tile.store %r, %c[%i, %i] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}

// -----

tile.kernel @two_loops(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    %s = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %r) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      // expected-error @below {{schedule: split_k is 4, but the products are not all in one loop that blocks() holds itself}}
      // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @no_sum(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but the loop around the product carries no sum}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    scf.for %k = %c0 to %m step %c8 {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %zero : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @counts(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    %first = arith.constant 0 : i32
    %last = arith.constant 9 : i32
    %step = arith.constant 1 : i32
    // expected-error @below {{schedule: split_k is 4, but its loop does not count in Index}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %r = scf.for %n = %first to %last step %step iter_args(%sum = %zero) -> (tensor<16x32xf32>) : i32 {
      %k = arith.index_cast %n : i32 to index
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @other_value(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but it carries a value that is no matrix}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %r, %last = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero, %before = %c0) -> (tensor<16x32xf32>, index) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d, %k : tensor<16x32xf32>, index
    }
  }
  tile.return
}

// -----

tile.kernel @other_type(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %none = arith.constant dense<0.0> : tensor<16x32xf16>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but it carries sums of another type than f32, f64 and i32}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %none) -> (tensor<16x32xf16>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %zero : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      %e = arith.truncf %d : tensor<16x32xf32> to tensor<16x32xf16>
      %s = arith.addf %sum, %e : tensor<16x32xf16>
      scf.yield %s : tensor<16x32xf16>
    }
  }
  tile.return
}

// -----

tile.kernel @scales_the_sum(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but an iteration does more to a value that it carries than add to it}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %t = arith.mulf %sum, %sum : tensor<16x32xf32>
      %d = tile.dot %x, %y, %t : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    tile.store %r, %c[%i, %i] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}

// -----

tile.kernel @reads_the_sum(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but an iteration reads the sum that it adds to}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      %t = arith.mulf %d, %d : tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    tile.store %r, %c[%i, %i] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}

// -----

tile.kernel @writes_early(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but a tensor is written before the sums are complete}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    tile.store %zero, %c[%i, %i] : tensor<16x32xf32>, !tile.global<?x?xf32>
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @keeps_a_buffer(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  tile.blocks (%i) in (%m) {
    // expected-error @below {{schedule: split_k is 4, but a buffer is kept from one iteration to the next, or used outside the loop too}}
    // expected-note @below {{fix: leave it open, or let one loop of blocks() do nothing but add products to matrices}}
    %kept = tile.alloc : !tile.buffer<16x8xbf16, shared>
    %r = scf.for %k = %c0 to %m step %c8 iter_args(%sum = %zero) -> (tensor<16x32xf32>) {
      %x = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<16x8xbf16>
      %old = tile.read %kept : !tile.buffer<16x8xbf16, shared>
      tile.write %x, %kept : !tile.buffer<16x8xbf16, shared>
      %y = tile.load %b[%k, %i] : !tile.global<?x?xbf16> -> tensor<8x32xbf16>
      %d = tile.dot %x, %y, %sum : tensor<16x8xbf16>, tensor<8x32xbf16>, tensor<16x32xf32>
      scf.yield %d : tensor<16x32xf32>
    }
    tile.store %r, %c[%i, %i] : tensor<16x32xf32>, !tile.global<?x?xf32>
  }
  tile.return
}
