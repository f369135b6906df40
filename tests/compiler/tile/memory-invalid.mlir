// Loads, stores, buffers and copies that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

tile.kernel @tile_rank(%a: !tile.global<?x?xf32>, %i: i32) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{tile of rank 1 but tensor of rank 2}}
  %t = tile.load %a[%o, %o] : !tile.global<?x?xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @offsets(%a: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{1 offsets for a tensor of rank 2}}
  %t = tile.load %a[%o] : !tile.global<?x?xf32> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @element(%a: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{tile of 'f16' but tensor of 'f32'}}
  %t = tile.load %a[%o] : !tile.global<?xf32> -> tensor<4xf16>
  tile.return
}

// -----

tile.kernel @pad(%a: !tile.global<?xf32>, %p: f16) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{pad of type 'f16' for a tile of 'f32'}}
  %t = tile.load %a[%o] pad %p : !tile.global<?xf32>, f16 -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @dynamic_tile(%a: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{must be statically shaped tensor}}
  %t = tile.load %a[%o] : !tile.global<?xf32> -> tensor<?xf32>
  tile.return
}

// -----

tile.kernel @store(%a: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  %t = arith.constant dense<0> : tensor<4xi32>
  // expected-error@+1 {{tile of 'i32' but tensor of 'f32'}}
  tile.store %t, %a[%o] : tensor<4xi32>, !tile.global<?xf32>
  tile.return
}

// -----

tile.kernel @read() {
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  // expected-error@+1 {{the result is the whole buffer as a tile}}
  %t = "tile.read"(%b) : (!tile.buffer<4xf32, shared>) -> tensor<2xf32>
  tile.return
}

// -----

tile.kernel @write() {
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  %t = arith.constant dense<0.0> : tensor<2xf32>
  // expected-error@+1 {{the value is the whole buffer as a tile}}
  "tile.write"(%t, %b) : (tensor<2xf32>, !tile.buffer<4xf32, shared>) -> ()
  tile.return
}

// -----

tile.kernel @both_global(%a: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  // expected-error@+1 {{copies between global memory and a buffer, or between buffers; both sides are global}}
  tile.copy %a[%o] to %a[%o] : !tile.global<?xf32> to !tile.global<?xf32>
  tile.return
}

// -----

tile.kernel @buffer_offsets() {
  %o = arith.constant 0 : index
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  // expected-error@+1 {{a buffer is copied whole and takes no offsets}}
  tile.copy %b[%o] to %b : !tile.buffer<4xf32, shared> to !tile.buffer<4xf32, shared>
  tile.return
}

// -----

tile.kernel @buffer_side_offsets(%a: !tile.global<?xf32>) {
  %o = arith.constant 0 : index
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  // expected-error@+1 {{a buffer is copied whole and takes no offsets}}
  tile.copy %a[%o] to %b[%o] : !tile.global<?xf32> to !tile.buffer<4xf32, shared>
  tile.return
}

// -----

tile.kernel @buffers() {
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  %c = tile.alloc : !tile.buffer<8xf32, shared>
  // expected-error@+1 {{source is '!tile.buffer<4xf32, shared>' but destination is '!tile.buffer<8xf32, shared>'}}
  tile.copy %b to %c : !tile.buffer<4xf32, shared> to !tile.buffer<8xf32, shared>
  tile.return
}

// -----

tile.kernel @copy_rank(%a: !tile.global<?x?xf32>) {
  %o = arith.constant 0 : index
  %b = tile.alloc : !tile.buffer<4xf32, shared>
  // expected-error@+1 {{tile of rank 1 but tensor of rank 2}}
  tile.copy %b to %a[%o, %o] : !tile.buffer<4xf32, shared> to !tile.global<?x?xf32>
  tile.return
}
