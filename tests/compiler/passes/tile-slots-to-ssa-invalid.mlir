// Assignments that no value can stand for.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-slots-to-ssa))' -verify-diagnostics

tile.kernel @assigned_in_blocks(%x: f32) {
  %n = arith.constant 8 : index
  // expected-note@+1 {{the variable is declared here}}
  %s = tile.slot %x : !tile.slot<f32>
  // expected-error@+2 {{a variable declared outside blocks() is assigned inside}}
  // expected-note@+1 {{fix: declare it inside the loop over blocks}}
  tile.blocks (%i) in (%n) {
    tile.set %s, %x : !tile.slot<f32>
  }
  tile.return
}
