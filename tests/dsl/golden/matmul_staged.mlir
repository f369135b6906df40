module {
  tile.kernel @MatmulStaged(%0: !tile.global<?x?xbf16>, %1: !tile.global<?x?xbf16>, %2: !tile.global<?x?xbf16>) attributes {argNames = ["a", "b", "c"], members = {bm = 128 : i64, bn = 128 : i64, bk = 64 : i64, depth = 3 : i64}} {
    %3 = tile.dim %2, 0 : !tile.global<?x?xbf16>
    %4 = arith.constant 128 : index
    %5 = arith.ceildivui %3, %4 : index
    %6 = tile.dim %2, 1 : !tile.global<?x?xbf16>
    %7 = arith.constant 128 : index
    %8 = arith.ceildivui %6, %7 : index
    tile.blocks (%9, %10) in (%5, %8) {
      %11 = tile.alloc {name = "As"} : !tile.buffer<128x64xbf16, shared>
      %12 = tile.alloc {name = "Bs"} : !tile.buffer<64x128xbf16, shared>
      %13 = arith.constant dense<0.0> : tensor<128x128xf32>
      %s13 = tile.slot %13 : !tile.slot<tensor<128x128xf32>>
      %14 = arith.constant dense<0.0> : tensor<128x128xf32>
      tile.set %s13, %14 : !tile.slot<tensor<128x128xf32>>
      %15 = tile.dim %0, 1 : !tile.global<?x?xbf16>
      %16 = arith.constant 64 : index
      %17 = arith.ceildivui %15, %16 : index
      %18 = arith.constant 0 : index
      %19 = arith.constant 1 : index
      scf.for %20 = %18 to %17 step %19 {
        %21 = arith.constant 128 : index
        %22 = arith.muli %9, %21 : index
        %23 = arith.constant 64 : index
        %24 = arith.muli %20, %23 : index
        tile.copy %0[%22, %24] to %11 : !tile.global<?x?xbf16> to !tile.buffer<128x64xbf16, shared>
        %25 = arith.constant 64 : index
        %26 = arith.muli %20, %25 : index
        %27 = arith.constant 128 : index
        %28 = arith.muli %10, %27 : index
        tile.copy %1[%26, %28] to %12 : !tile.global<?x?xbf16> to !tile.buffer<64x128xbf16, shared>
        %g0 = tile.get %s13 : !tile.slot<tensor<128x128xf32>>
        %29 = tile.dot %11, %12, %g0 : !tile.buffer<128x64xbf16, shared>, !tile.buffer<64x128xbf16, shared>, tensor<128x128xf32>
        tile.set %s13, %29 : !tile.slot<tensor<128x128xf32>>
      } {tile.stages = 3 : i32}
      %g1 = tile.get %s13 : !tile.slot<tensor<128x128xf32>>
      %30 = tile.cast %g1 : tensor<128x128xf32> -> tensor<128x128xbf16>
      %31 = arith.constant 128 : index
      %32 = arith.muli %9, %31 : index
      %33 = arith.constant 128 : index
      %34 = arith.muli %10, %33 : index
      tile.store %30, %2[%32, %34] : tensor<128x128xbf16>, !tile.global<?x?xbf16>
    }
    tile.return
  }
}
