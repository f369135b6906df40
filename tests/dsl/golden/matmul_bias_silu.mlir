module {
  tile.kernel @MatmulBiasSilu(%0: !tile.global<?x?xbf16>, %1: !tile.global<?x?xbf16>, %2: !tile.global<?xf32>, %3: !tile.global<?x?xbf16>, %4: f32) attributes {argNames = ["x", "w", "bias", "y", "alpha"], members = {bm = 128 : i64, bn = 128 : i64, bk = 64 : i64}} {
    %5 = tile.dim %3, 0 : !tile.global<?x?xbf16>
    %6 = arith.constant 128 : index
    %7 = arith.ceildivui %5, %6 : index
    %8 = tile.dim %3, 1 : !tile.global<?x?xbf16>
    %9 = arith.constant 128 : index
    %10 = arith.ceildivui %8, %9 : index
    tile.blocks (%11, %12) in (%7, %10) {
      %13 = arith.constant dense<0.0> : tensor<128x128xf32>
      %s13 = tile.slot %13 : !tile.slot<tensor<128x128xf32>>
      %14 = tile.dim %0, 1 : !tile.global<?x?xbf16>
      %15 = arith.constant 64 : index
      %16 = arith.ceildivui %14, %15 : index
      %17 = arith.constant 0 : index
      %18 = arith.constant 1 : index
      scf.for %19 = %17 to %16 step %18 {
        %20 = arith.constant 128 : index
        %21 = arith.muli %11, %20 : index
        %22 = arith.constant 64 : index
        %23 = arith.muli %19, %22 : index
        %24 = tile.load %0[%21, %23] : !tile.global<?x?xbf16> -> tensor<128x64xbf16>
        %25 = arith.constant 64 : index
        %26 = arith.muli %19, %25 : index
        %27 = arith.constant 128 : index
        %28 = arith.muli %12, %27 : index
        %29 = tile.load %1[%26, %28] : !tile.global<?x?xbf16> -> tensor<64x128xbf16>
        %30 = arith.constant dense<0.0> : tensor<128x128xf32>
        %31 = tile.dot %24, %29, %30 : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
        %g0 = tile.get %s13 : !tile.slot<tensor<128x128xf32>>
        %32 = arith.addf %g0, %31 : tensor<128x128xf32>
        tile.set %s13, %32 : !tile.slot<tensor<128x128xf32>>
      }
      %33 = tile.splat %4 : f32 -> tensor<128x128xf32>
      %g1 = tile.get %s13 : !tile.slot<tensor<128x128xf32>>
      %34 = arith.mulf %g1, %33 : tensor<128x128xf32>
      %35 = arith.constant 128 : index
      %36 = arith.muli %12, %35 : index
      %37 = tile.load %2[%36] : !tile.global<?xf32> -> tensor<128xf32>
      %38 = tile.reshape %37 : tensor<128xf32> -> tensor<1x128xf32>
      %39 = tile.broadcast %38 : tensor<1x128xf32> -> tensor<128x128xf32>
      %40 = arith.addf %34, %39 : tensor<128x128xf32>
      %41 = arith.negf %40 : tensor<128x128xf32>
      %42 = math.exp %41 : tensor<128x128xf32>
      %43 = arith.constant dense<1.0> : tensor<128x128xf32>
      %44 = arith.addf %42, %43 : tensor<128x128xf32>
      %45 = arith.constant dense<1.0> : tensor<128x128xf32>
      %46 = arith.divf %45, %44 : tensor<128x128xf32>
      %47 = arith.mulf %40, %46 : tensor<128x128xf32>
      %48 = tile.cast %47 : tensor<128x128xf32> -> tensor<128x128xbf16>
      %49 = arith.constant 128 : index
      %50 = arith.muli %11, %49 : index
      %51 = arith.constant 128 : index
      %52 = arith.muli %12, %51 : index
      tile.store %48, %3[%50, %52] : tensor<128x128xbf16>, !tile.global<?x?xbf16>
    }
    tile.return
  }
}
