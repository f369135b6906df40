// Layouts follow the schedule.
// RUN: tw-opt %s --pass-pipeline='builtin.module(tile.kernel(sched-assign-layouts))' -verify-diagnostics

// expected-error@+1 {{has no schedule; sched-plan runs before sched-assign-layouts}}
tile.kernel @unplanned() {
  tile.return
}
