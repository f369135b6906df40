// Kernels, grids, sizes and variables that are refused.
// RUN: tw-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{name 'a.b' is no PTX identifier}}
tile.kernel @a.b() { tile.return }

// -----

// expected-error@+1 {{name '2d' is no PTX identifier}}
tile.kernel @"2d"() { tile.return }

// -----

// expected-error@+1 {{name '_' is no PTX identifier}}
tile.kernel @_() { tile.return }

// -----

// expected-error@+1 {{a kernel has no results}}
tile.kernel @result() -> f32 { tile.return }

// -----

// expected-error@+1 {{argument x has type 'index'; an argument is a !tile.global or a scalar}}
tile.kernel @argument(%x: index) attributes {argNames = ["x"]} { tile.return }

// -----

// expected-error@+1 {{argument #0 has type 'tensor<4xf32>'}}
tile.kernel @tile_argument(%x: tensor<4xf32>) { tile.return }

// -----

// expected-error@+1 {{2 argument names for 1 arguments}}
tile.kernel @names(%x: f32) attributes {argNames = ["x", "y"]} { tile.return }

// -----

// expected-error@+1 {{must end with tile.return}}
tile.kernel @no_return() {
  %c = arith.constant 1 : index
}

// -----

tile.kernel @two_grids() {
  %c = arith.constant 1 : index
  // expected-note@+1 {{the first is here}}
  tile.blocks (%i) in (%c) {}
  // expected-error@+2 {{a kernel has one grid of blocks, and this is the second}}
  // expected-note@+1 {{fix: give both loops one grid, or make two kernels of them}}
  tile.blocks (%i) in (%c) {}
  tile.return
}

// -----

tile.kernel @nested() {
  %c = arith.constant 1 : index
  scf.for %i = %c to %c step %c {
    // expected-error@+1 {{expects parent op 'tile.kernel'}}
    tile.blocks (%j) in (%c) {}
  }
  tile.return
}

// -----

tile.kernel @no_axis() {
  // expected-error@+1 {{a grid has 1 to 3 axes, not 0}}
  tile.blocks () in () {}
  tile.return
}

// -----

tile.kernel @four_axes() {
  %c = arith.constant 1 : index
  // expected-error@+1 {{a grid has 1 to 3 axes, not 4}}
  tile.blocks (%i, %j, %k, %l) in (%c, %c, %c, %c) {}
  tile.return
}

// -----

tile.kernel @indices() {
  %c = arith.constant 1 : index
  // expected-error@+1 {{2 extents but 1 indices}}
  tile.blocks (%i) in (%c, %c) {}
  tile.return
}

// -----

tile.kernel @index_type() {
  %c = arith.constant 1 : index
  // expected-error@+1 {{indices of blocks have type index}}
  "tile.blocks"(%c) ({
  ^bb0(%i: i32):
    tile.yield
  }) : (index) -> ()
  tile.return
}

// -----

tile.kernel @dim(%x: !tile.global<?xf32>) {
  // expected-error@+1 {{dimension 1 of a tensor of rank 1}}
  %d = tile.dim %x, 1 : !tile.global<?xf32>
  tile.return
}

// -----

tile.kernel @negative_dim(%x: !tile.global<?xf32>) {
  // expected-error@+1 {{of a tensor of rank 1}}
  %d = tile.dim %x, -1 : !tile.global<?xf32>
  tile.return
}

// -----

tile.kernel @slot(%x: f32) {
  // expected-error@+1 {{a slot holds values of the type of its first value}}
  %s = "tile.slot"(%x) : (f32) -> !tile.slot<f64>
  tile.return
}

// -----

tile.kernel @get(%x: f32) {
  %s = tile.slot %x : !tile.slot<f32>
  // expected-error@+1 {{the result has the type the slot holds}}
  %g = "tile.get"(%s) : (!tile.slot<f32>) -> f64
  tile.return
}

// -----

tile.kernel @set(%x: f32, %y: f64) {
  %s = tile.slot %x : !tile.slot<f32>
  // expected-error@+1 {{the value has the type the slot holds}}
  "tile.set"(%s, %y) : (!tile.slot<f32>, f64) -> ()
  tile.return
}

// -----

tile.kernel @stages_value() {
  %c = arith.constant 1 : index
  // expected-error@+1 {{'tile.stages' must be an i32 from 0 (the planner's choice) to 8}}
  scf.for %i = %c to %c step %c {
  } {tile.stages = 9 : i32}
  tile.return
}

// -----

tile.kernel @stages_type() {
  %c = arith.constant 1 : index
  // expected-error@+1 {{'tile.stages' must be an i32 from 0 (the planner's choice) to 8}}
  scf.for %i = %c to %c step %c {
  } {tile.stages = 2 : i64}
  tile.return
}

// -----

tile.kernel @stages_place() {
  // expected-error@+1 {{'tile.stages' belongs on an scf.for, not on arith.constant}}
  %c = arith.constant {tile.stages = 2 : i32} 1 : index
  tile.return
}

// -----

tile.kernel @attribute() {
  // expected-error@+1 {{unknown attribute 'tile.stage'}}
  %c = arith.constant {tile.stage = 2 : i32} 1 : index
  tile.return
}
