// Types that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{unsupported element type 'i4'; use f64, f32, f16, bf16, f8E4M3FN, f8E5M2, i1, i8..i64 or ui8..ui64}}
tile.kernel @element(%a: !tile.global<?xi4>) { tile.return }

// -----

// expected-error@+1 {{unsupported element type 'si8'}}
tile.kernel @signed(%a: !tile.global<?xsi8>) { tile.return }

// -----

// expected-error@+1 {{unsupported element type 'ui1'}}
tile.kernel @unsigned_bool(%a: !tile.global<?xui1>) { tile.return }

// -----

// expected-error@+1 {{unsupported element type 'index'}}
tile.kernel @index(%a: !tile.global<?xindex>) { tile.return }

// -----

// expected-error@+1 {{a global tensor has 1 to 5 dimensions, not 0}}
tile.kernel @rank_zero(%a: !tile.global<f32>) { tile.return }

// -----

// expected-error@+1 {{a global tensor has 1 to 5 dimensions, not 6}}
tile.kernel @rank_six(%a: !tile.global<1x1x1x1x1x1xf32>) { tile.return }

// -----

// expected-error@+1 {{2 extents but 1 strides}}
tile.kernel @strides(%a: !tile.global<?x?xf32, strides = [1]>) { tile.return }

// -----

// expected-error@+1 {{negative stride -1}}
tile.kernel @negative(%a: !tile.global<?xf32, strides = [-1]>) { tile.return }

// -----

// expected-error@+1 {{alignment 2 is not a power of two from the element size to 128}}
tile.kernel @align_small(%a: !tile.global<?xf32, align = 2>) { tile.return }

// -----

// expected-error@+1 {{alignment 24 is not a power of two from the element size to 128}}
tile.kernel @align_odd(%a: !tile.global<?xf32, align = 24>) { tile.return }

// -----

// expected-error@+1 {{alignment 256 is not a power of two from the element size to 128}}
tile.kernel @align_large(%a: !tile.global<?xf32, align = 256>) { tile.return }

// -----

// expected-error@+1 {{expected 'align'}}
tile.kernel @key(%a: !tile.global<?xf32, pitch = 2>) { tile.return }

// -----

tile.kernel @buffer_element() {
  // expected-error@+1 {{unsupported element type 'i4'}}
  %b = tile.alloc : !tile.buffer<4xi4, shared>
  tile.return
}

// -----

tile.kernel @buffer_sign() {
  // expected-error@+1 {{a buffer holds signless integers, not 'ui8'}}
  %b = tile.alloc : !tile.buffer<4xui8, shared>
  tile.return
}

// -----

tile.kernel @buffer_rank() {
  // expected-error@+1 {{a buffer has at least one dimension}}
  %b = tile.alloc : !tile.buffer<f32, shared>
  tile.return
}

// -----

tile.kernel @buffer_empty() {
  // expected-error@+1 {{extent 0 of a buffer is not positive}}
  %b = tile.alloc : !tile.buffer<4x0xf32, shared>
  tile.return
}

// -----

tile.kernel @buffer_space() {
  // expected-error@+1 {{a buffer is 'shared' or 'fragment', not 'local'}}
  %b = tile.alloc : !tile.buffer<4xf32, local>
  tile.return
}
