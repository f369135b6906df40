// Arithmetic on whole tiles that is refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

tile.kernel @dot_rank(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4xf32>
  %y = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{operands are matrices, not 'tensor<4xf32>'}}
  %d = tile.dot %x, %y, %y : tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @dot_fragment(%s: f32) {
  %f = tile.alloc : !tile.buffer<4x4xf32, fragment>
  %y = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{a buffer operand is in shared memory; read a fragment first}}
  %d = tile.dot %y, %f, %y : tensor<4x4xf32>, !tile.buffer<4x4xf32, fragment>, tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @dot_k(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x8xf32>
  %y = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{K of a is 8 but K of b is 4}}
  %d = tile.dot %x, %y, %y : tensor<4x8xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @dot_k_transposed(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{K of a is 4 but K of b is 8}}
  %d = tile.dot %x, %x, %x {transpose_a, transpose_b} : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @dot_accumulator(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{the product is 4 x 4 but the accumulator is 'tensor<4x8xf32>'}}
  %d = tile.dot %x, %x, %x {transpose_b} : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @dot_types(%s: f16, %t: bf16, %u: f32) {
  %x = tile.splat %s : f16 -> tensor<4x4xf16>
  %y = tile.splat %t : bf16 -> tensor<4x4xbf16>
  %c = tile.splat %u : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{no product of 'f16' and 'bf16'}}
  %d = tile.dot %x, %y, %c : tensor<4x4xf16>, tensor<4x4xbf16>, tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @dot_integers(%s: i32) {
  %x = tile.splat %s : i32 -> tensor<4x4xi32>
  // expected-error@+1 {{no product of 'i32' and 'i32'}}
  %d = tile.dot %x, %x, %x : tensor<4x4xi32>, tensor<4x4xi32>, tensor<4x4xi32>
  tile.return
}

// -----

tile.kernel @dot_sum_type(%s: f16) {
  %x = tile.splat %s : f16 -> tensor<4x4xf16>
  // expected-error@+1 {{'f16' x 'f16' accumulates in 'f32', not 'f16'}}
  %d = tile.dot %x, %x, %x : tensor<4x4xf16>, tensor<4x4xf16>, tensor<4x4xf16>
  tile.return
}

// -----

tile.kernel @dot_tf32(%s: f64) {
  %x = tile.splat %s : f64 -> tensor<4x4xf64>
  // expected-error@+1 {{'tf32' applies to f32 operands only}}
  %d = tile.dot %x, %x, %x {tf32} : tensor<4x4xf64>, tensor<4x4xf64>, tensor<4x4xf64>
  tile.return
}

// -----

tile.kernel @dot_unsigned(%s: f64) {
  %x = tile.splat %s : f64 -> tensor<4x4xf64>
  // expected-error@+1 {{'unsigned_a' and 'unsigned_b' apply to i8 operands only}}
  %d = tile.dot %x, %x, %x {unsigned_b} : tensor<4x4xf64>, tensor<4x4xf64>, tensor<4x4xf64>
  tile.return
}

// -----

tile.kernel @reduce_axis(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{axis 2 of a tile of rank 2}}
  %r = tile.reduce %x {axis = 2 : i64, kind = #tile.reduce_kind<sum>} : tensor<4x4xf32> -> tensor<4x1xf32>
  tile.return
}

// -----

tile.kernel @reduce_negative_axis(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{axis -1 of a tile of rank 2}}
  %r = tile.reduce %x {axis = -1 : i64, kind = #tile.reduce_kind<sum>} : tensor<4x4xf32> -> tensor<4x1xf32>
  tile.return
}

// -----

tile.kernel @reduce_shape(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4x4xf32>
  // expected-error@+1 {{result must be 'tensor<4x1xf32>', not 'tensor<4xf32>'}}
  %r = tile.reduce %x {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<4x4xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @reduce_element(%s: f16) {
  %x = tile.splat %s : f16 -> tensor<4x4xf16>
  // expected-error@+1 {{result must be 'tensor<4x1xf16>', not 'tensor<4x1xf32>'}}
  %r = tile.reduce %x {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<4x4xf16> -> tensor<4x1xf32>
  tile.return
}

// -----

tile.kernel @reduce_kind(%s: f16) {
  %x = tile.splat %s : f16 -> tensor<4x4xf16>
  // expected-error@+2 {{expected ::tilewright::tile::ReduceKind to be one of: sum, max, min}}
  // expected-error@+1 {{failed to parse Tile_ReduceKindAttr parameter 'value'}}
  %r = tile.reduce %x {axis = 1 : i64, kind = #tile.reduce_kind<mean>} : tensor<4x4xf16> -> tensor<4x1xf16>
  tile.return
}

// -----

tile.kernel @broadcast_element(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<1xf32>
  // expected-error@+1 {{changes the element type}}
  %b = tile.broadcast %x : tensor<1xf32> -> tensor<4xf16>
  tile.return
}

// -----

tile.kernel @broadcast_rank(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<4xf32>
  // expected-error@+1 {{ranks differ; tile.reshape adds axes of extent one}}
  %b = tile.broadcast %x : tensor<4xf32> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @broadcast_extent(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2xf32>
  // expected-error@+1 {{extent 2 does not repeat to 4}}
  %b = tile.broadcast %x : tensor<2xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @reshape_element(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2xf32>
  // expected-error@+1 {{changes the element type}}
  %b = tile.reshape %x : tensor<2xf32> -> tensor<2x1xf16>
  tile.return
}

// -----

tile.kernel @reshape_extents(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2x4xf32>
  // expected-error@+1 {{'tensor<2x4xf32>' and 'tensor<4x2xf32>' differ in more than axes of extent one}}
  %b = tile.reshape %x : tensor<2x4xf32> -> tensor<4x2xf32>
  tile.return
}

// -----

tile.kernel @transpose_rank(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2x4xf32>
  // expected-error@+1 {{permutation of 1 axes for rank 2}}
  %b = tile.transpose %x {permutation = array<i64: 0>} : tensor<2x4xf32> -> tensor<4x2xf32>
  tile.return
}

// -----

tile.kernel @transpose_twice(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2x4xf32>
  // expected-error@+1 {{not a permutation of the axes}}
  %b = tile.transpose %x {permutation = array<i64: 1, 1>} : tensor<2x4xf32> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @transpose_result(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2x4xf32>
  // expected-error@+1 {{result must be 'tensor<4x2xf32>', not 'tensor<2x4xf32>'}}
  %b = tile.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x4xf32> -> tensor<2x4xf32>
  tile.return
}

// -----

tile.kernel @splat(%s: f32) {
  // expected-error@+1 {{a scalar of 'f32' for a tile of 'f16'}}
  %x = tile.splat %s : f32 -> tensor<2x4xf16>
  tile.return
}

// -----

tile.kernel @iota() {
  // expected-error@+1 {{axis 1 is out of range}}
  %x = tile.iota {axis = 1 : i64} : tensor<4xi32>
  tile.return
}

// -----

tile.kernel @cast_shape(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2xf32>
  // expected-error@+1 {{'tensor<2xf32>' and 'f16' differ in shape}}
  %y = tile.cast %x : tensor<2xf32> -> f16
  tile.return
}

// -----

tile.kernel @cast_extents(%s: f32) {
  %x = tile.splat %s : f32 -> tensor<2xf32>
  // expected-error@+1 {{'tensor<2xf32>' and 'tensor<4xf16>' differ in shape}}
  %y = tile.cast %x : tensor<2xf32> -> tensor<4xf16>
  tile.return
}

// -----

tile.kernel @cast_from(%s: f32) {
  // expected-error@+1 {{'from_unsigned' needs an integer source}}
  %y = tile.cast %s {from_unsigned} : f32 -> i32
  tile.return
}

// -----

tile.kernel @cast_to(%s: i32) {
  // expected-error@+1 {{'to_unsigned' needs an integer result}}
  %y = tile.cast %s {to_unsigned} : i32 -> f32
  tile.return
}
