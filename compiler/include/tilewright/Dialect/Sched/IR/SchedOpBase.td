// What every operation file of the `sched` dialect includes.

#ifndef TILEWRIGHT_SCHED_OP_BASE_TD
#define TILEWRIGHT_SCHED_OP_BASE_TD

include "tilewright/Dialect/Sched/IR/SchedTypes.td"
include "tilewright/Dialect/Tile/IR/TileOpBase.td"

class Sched_Op<string mnemonic, list<Trait> traits = []> : Op<Sched_Dialect, mnemonic, traits>;

def Sched_SharedMemory : Resource<"::tilewright::sched::SharedMemory">;
def Sched_AsyncGroups : Resource<"::tilewright::sched::AsyncGroups">;

#endif // TILEWRIGHT_SCHED_OP_BASE_TD
