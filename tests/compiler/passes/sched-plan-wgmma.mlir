// What keeps a product from wgmma, and what is said where it was asked for.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-plan{target=sm_90a}))' -split-input-file -verify-diagnostics

tile.kernel @unaligned(%a: !tile.global<?x?xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16> -> tensor<64x64xbf16>
      // expected-remark@+1 {{wgmma is not used: an operand is not known to be aligned to 16 bytes}}
      %d = tile.dot %ta, %ta, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @computed(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %ta = arith.addf %t, %t : tensor<64x64xbf16>
      // expected-remark@+1 {{wgmma is not used: an operand is not loaded from a tensor for products alone}}
      %d = tile.dot %ta, %ta, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @written(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      // expected-remark@+1 {{wgmma is not used: the kernel writes the tensor that an operand is loaded from}}
      %d = tile.dot %ta, %ta, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %e = tile.load %a[%k, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      tile.store %e, %a[%i, %i] : tensor<64x64xbf16>, !tile.global<?x?xbf16, align = 16>
    }
  }
  tile.return
}

// -----

tile.kernel @small(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<32x64xbf16>
      %tb = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      %z = arith.constant dense<0.0> : tensor<32x64xf32>
      // expected-remark@+1 {{wgmma is not used: its types, its extents or the order of an operand in memory are none of wgmma's}}
      %d = tile.dot %ta, %tb, %z : tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<32x64xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @no_grid(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  scf.for %k = %c0 to %c1 step %c1 {
    %t = tile.load %a[%k, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
    // expected-remark@+1 {{wgmma is not used: the product is outside blocks()}}
    %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
  }
  tile.return
}

// -----

tile.kernel @elsewhere(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    %s = tile.alloc : !tile.buffer<64x64xbf16, shared>
    scf.for %k = %c0 to %c1 step %c1 {
      tile.copy %a[%i, %k] to %s : !tile.global<?x?xbf16, align = 16> to !tile.buffer<64x64xbf16, shared>
    }
    // expected-remark@+1 {{wgmma is not used: an operand is not loaded on the way to the product}}
    %d = tile.dot %s, %s, %zero : !tile.buffer<64x64xbf16, shared>, !tile.buffer<64x64xbf16, shared>, tensor<64x64xf32>
  }
  tile.return
}

// -----

tile.kernel @counted(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    %r = scf.for %k = %c0 to %c1 step %c1 iter_args(%at = %c0) -> (index) {
      %t = tile.load %a[%i, %at] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
      // expected-remark@+1 {{wgmma is not used: the place of an operand depends on data}}
      %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      %next = arith.addi %at, %k : index
      scf.yield %next : index
    }
  }
  tile.return
}

// -----

tile.kernel @guarded(%a: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    %r = scf.for %j = %c0 to %c1 step %c1 iter_args(%n = %c0) -> (index) {
      scf.for %k = %c0 to %n step %c1 {
        %t = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x64xbf16>
        // expected-remark@+1 {{wgmma is not used: whether the product runs depends on data}}
        %d = tile.dot %t, %t, %zero : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
      }
      %next = arith.addi %n, %c1 : index
      scf.yield %next : index
    }
  }
  tile.return
}

// -----

tile.kernel @cube(%a: !tile.global<?x?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %s = tile.alloc : !tile.buffer<64x64xbf16, shared>
      %t = tile.load %a[%i, %i, %k] : !tile.global<?x?x?xbf16, align = 16> -> tensor<1x64x64xbf16>
      %u = tile.reshape %t : tensor<1x64x64xbf16> -> tensor<64x64xbf16>
      tile.write %u, %s : !tile.buffer<64x64xbf16, shared>
      // expected-remark@+1 {{wgmma is not used: an operand is not loaded from a tensor for products alone}}
      %d = tile.dot %s, %s, %zero : !tile.buffer<64x64xbf16, shared>, !tile.buffer<64x64xbf16, shared>, tensor<64x64xf32>
    }
  }
  tile.return
}

// -----

tile.kernel @tall(%a: !tile.global<?x?xbf16, align = 16>, %b: !tile.global<?x?xbf16, align = 16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  tile.blocks (%i) in (%c1) {
    scf.for %k = %c0 to %c1 step %c1 {
      %ta = tile.load %a[%i, %k] : !tile.global<?x?xbf16, align = 16> -> tensor<64x512xbf16>
      %tb = tile.load %b[%k, %i] : !tile.global<?x?xbf16, align = 16> -> tensor<512x64xbf16>
      // expected-remark@+1 {{wgmma is not used: an operand's tile has more than 256 rows}}
      %d = tile.dot %ta, %tb, %zero : tensor<64x512xbf16>, tensor<512x64xbf16>, tensor<64x64xf32>
    }
  }
  tile.return
}
