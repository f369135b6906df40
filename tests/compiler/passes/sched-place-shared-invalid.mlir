// More shared memory than a block has: the buffers are listed.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-place-shared{target=sm_80}))' -verify-diagnostics

// expected-error@+2 {{needs 393216 bytes of shared memory, but a block on sm_80 has 166912}}
// expected-note@+1 {{fix: use a smaller block, or fewer stages}}
tile.kernel @overflow() {
  // expected-note@+1 {{a: 4 x 65536 bytes}}
  %a = sched.alloc {name = "a"} : !sched.ring<4 of <128x128xf32, <order = [1, 0]>>>
  // expected-note@+1 {{buffer: 2 x 65536 bytes}}
  %b = sched.alloc : !sched.ring<2 of <128x128xf32, <order = [1, 0]>>>
  %sa = sched.slot %a : !sched.ring<4 of <128x128xf32, <order = [1, 0]>>>
  %sb = sched.slot %b : !sched.ring<2 of <128x128xf32, <order = [1, 0]>>>
  %w:2 = sched.wait %sa, %sb {pending = 0 : i64} : !sched.shared<128x128xf32, <order = [1, 0]>>, !sched.shared<128x128xf32, <order = [1, 0]>>
  tile.return
}
