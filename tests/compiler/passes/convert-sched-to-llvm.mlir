// One thread's view of kernels with a fixed schedule.
// RUN: tw-opt %s --convert-sched-to-llvm | FileCheck %s

#lanes = #sched.layout<reg = [], lane = [[1], [2], [4], [8], [16]], warp = [], repeat = [1]>
#accumulator = #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>
#rows = #sched.layout<reg = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [], repeat = [1, 1]>
#schedule = #sched.schedule<stages = 2, warps = 1, warpsM = 1, warpsN = 1, atom = mma_m16n8k16, swizzle = 128, rasterGroup = 8, producerWarps = 0, persistent = false>

// Shared memory is one dynamic array; what is no kernel any more is not left behind.
// CHECK: llvm.mlir.global external @tilewright_shared() {addr_space = 3 : i32, alignment = 1024 : i64}
// CHECK-NOT: tile.
// CHECK-NOT: sched.

// A tensor is its address, its symbolic extents in i32, its symbolic strides in i64. Accesses are predicated.
// CHECK-LABEL: llvm.func @elementwise
// CHECK-SAME: (%{{.*}}: !llvm.ptr<1>, %{{.*}}: i32, %{{.*}}: f32) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32, 1, 1>, sched.bank_conflicts = 0 : i64}
tile.kernel @elementwise(%x: !tile.global<?xf32>, %alpha: f32) attributes {sched.schedule = #schedule, sched.shared_bytes = 0 : i64} {
  %n = tile.dim %x, 0 : !tile.global<?xf32>
  // CHECK-DAG: llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.tid.x"
  // CHECK-DAG: llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.ctaid.x"
  tile.blocks (%i) in (%n) {
    // CHECK: llvm.inline_asm has_side_effects "mov.b32 $0, 0; @$2 ld.global.b32 $0, [$1];"
    %t = tile.load %x[%i] : !tile.global<?xf32> -> tensor<32xf32, #lanes>
    // CHECK: arith.addf %{{.*}}, %{{.*}} : f32
    %u = arith.addf %t, %t : tensor<32xf32, #lanes>
    // CHECK: llvm.inline_asm has_side_effects "@$2 st.global.b32 [$1], $0;"
    tile.store %u, %x[%i] : tensor<32xf32, #lanes>, !tile.global<?xf32>
  }
  // CHECK: llvm.return
  tile.return
}

// CHECK-LABEL: llvm.func @memory
// CHECK-SAME: (%{{.*}}: !llvm.ptr<1>, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i64, %{{.*}}: i1)
tile.kernel @memory(%x: !tile.global<?x?xf32>, %p: i1) attributes {sched.schedule = #schedule, sched.shared_bytes = 256 : i64} {
  %o = arith.constant 0 : index
  %ring = sched.alloc {offset = 0 : i64} : !sched.ring<2 of <4x8xf32, <order = [1, 0]>>>
  %s = sched.slot %ring ahead 1 : !sched.ring<2 of <4x8xf32, <order = [1, 0]>>>
  // CHECK: llvm.inline_asm has_side_effects "@$3 cp.async.ca.shared.global [$0], [$1], 4, $2;"
  sched.copy %x[%o, %o] to %s when %p {async, bytes = 4 : i64, layout = #rows} : !tile.global<?x?xf32> to !sched.shared<4x8xf32, <order = [1, 0]>>
  // CHECK: "llvm.nvvm.cp.async.commit.group"
  sched.commit
  // CHECK: "llvm.nvvm.cp.async.wait.group"
  %r = sched.wait %s {pending = 1 : i64} : !sched.shared<4x8xf32, <order = [1, 0]>>
  // CHECK: "llvm.nvvm.barrier.cta.sync.aligned.all"
  sched.barrier
  // CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> i32
  %t = sched.read %r : !sched.shared<4x8xf32, <order = [1, 0]>> -> tensor<4x8xf32, #rows>
  // CHECK: llvm.store %{{.*}} : i32, !llvm.ptr<3>
  sched.write %t, %r : tensor<4x8xf32, #rows>, !sched.shared<4x8xf32, <order = [1, 0]>>
  tile.return
}

// Operands come by ldmatrix, four and two matrices of 8 x 8 at once.
// CHECK-LABEL: llvm.func @dot
tile.kernel @dot(%x: !tile.global<?x?xf32>) attributes {sched.schedule = #schedule, sched.shared_bytes = 4096 : i64} {
  %o = arith.constant 0 : index
  %ra = sched.alloc {offset = 0 : i64} : !sched.ring<1 of <16x16xbf16, <order = [1, 0]>>>
  %rb = sched.alloc {offset = 1024 : i64} : !sched.ring<1 of <8x16xbf16, <order = [1, 0]>>>
  %a = sched.slot %ra : !sched.ring<1 of <16x16xbf16, <order = [1, 0]>>>
  %b = sched.slot %rb : !sched.ring<1 of <8x16xbf16, <order = [1, 0]>>>
  %c = arith.constant dense<0.0> : tensor<16x8xf32, #accumulator>
  // CHECK-DAG: "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16"
  // CHECK-DAG: "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x2.b16"
  // CHECK: "llvm.nvvm.mma.m16n8k16.row.col.bf16"
  // CHECK-NOT: "llvm.nvvm.mma
  // CHECK-COUNT-4: st.global.b32
  %d = sched.dot %a, %b, %c {atom = #sched.atom<mma_m16n8k16>, transpose_b, warpsM = 1 : i64, warpsN = 1 : i64} : !sched.shared<16x16xbf16, <order = [1, 0]>>, !sched.shared<8x16xbf16, <order = [1, 0]>>, tensor<16x8xf32, #accumulator>
  tile.store %d, %x[%o, %o] : tensor<16x8xf32, #accumulator>, !tile.global<?x?xf32>
  tile.return
}

// Neighbours of 16 bits in memory that is not known to be aligned: one word, two stores, each with its own predicate.
// CHECK-LABEL: llvm.func @halves
tile.kernel @halves(%x: !tile.global<?x?xbf16>) attributes {sched.schedule = #schedule, sched.shared_bytes = 0 : i64} {
  %o = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<16x8xbf16, #accumulator>
  // CHECK-COUNT-2: "{ .reg .b16 lo, hi; mov.b32 {lo, hi}, $0; @$2 st.global.b16 [$1], lo; @$3 st.global.b16 [$1+2], hi; }", "r,l,b,b"
  // CHECK-NOT: st.global
  tile.store %t, %x[%o, %o] : tensor<16x8xbf16, #accumulator>, !tile.global<?x?xbf16>
  tile.return
}
