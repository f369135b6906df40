module {
  tile.kernel @Matmul(%0: !tile.global<?x?xbf16>, %1: !tile.global<?x?xbf16>, %2: !tile.global<?x?xbf16>) attributes {argNames = ["a", "b", "c"], members = {bm = 128 : i64, bn = 128 : i64, bk = 64 : i64, transpose_a = false, transpose_b = true}} {
    %3 = tile.dim %2, 0 : !tile.global<?x?xbf16>
    %4 = arith.constant 128 : index
    %5 = arith.ceildivui %3, %4 : index
    %6 = tile.dim %2, 1 : !tile.global<?x?xbf16>
    %7 = arith.constant 128 : index
    %8 = arith.ceildivui %6, %7 : index
    tile.blocks (%9, %10) in (%5, %8) {
      %11 = arith.constant dense<0.0> : tensor<128x128xf32>
      %s11 = tile.slot %11 : !tile.slot<tensor<128x128xf32>>
      %12 = tile.dim %0, 1 : !tile.global<?x?xbf16>
      %13 = arith.constant 64 : index
      %14 = arith.ceildivui %12, %13 : index
      %15 = arith.constant 0 : index
      %16 = arith.constant 1 : index
      scf.for %17 = %15 to %14 step %16 {
        %18 = arith.constant 128 : index
        %19 = arith.muli %9, %18 : index
        %20 = arith.constant 64 : index
        %21 = arith.muli %17, %20 : index
        %22 = tile.load %0[%19, %21] : !tile.global<?x?xbf16> -> tensor<128x64xbf16>
        %23 = arith.constant 128 : index
        %24 = arith.muli %10, %23 : index
        %25 = arith.constant 64 : index
        %26 = arith.muli %17, %25 : index
        %27 = tile.load %1[%24, %26] : !tile.global<?x?xbf16> -> tensor<128x64xbf16>
        %28 = arith.constant dense<0.0> : tensor<128x128xf32>
        %29 = tile.dot %22, %27, %28 {transpose_b} : tensor<128x64xbf16>, tensor<128x64xbf16>, tensor<128x128xf32>
        %g0 = tile.get %s11 : !tile.slot<tensor<128x128xf32>>
        %30 = arith.addf %g0, %29 : tensor<128x128xf32>
        tile.set %s11, %30 : !tile.slot<tensor<128x128xf32>>
      }
      %g1 = tile.get %s11 : !tile.slot<tensor<128x128xf32>>
      %31 = tile.cast %g1 : tensor<128x128xf32> -> tensor<128x128xbf16>
      %32 = arith.constant 128 : index
      %33 = arith.muli %9, %32 : index
      %34 = arith.constant 128 : index
      %35 = arith.muli %10, %34 : index
      tile.store %31, %2[%33, %35] : tensor<128x128xbf16>, !tile.global<?x?xbf16>
    }
    tile.return
  }
}
