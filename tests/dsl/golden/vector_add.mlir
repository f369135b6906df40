module {
  tile.kernel @VectorAdd(%0: !tile.global<?xf32>, %1: !tile.global<?xf32>, %2: !tile.global<?xf32>) attributes {argNames = ["a", "b", "c"], members = {block = 1024 : i64}} {
    %3 = tile.dim %2, 0 : !tile.global<?xf32>
    %4 = arith.constant 1024 : index
    %5 = arith.ceildivui %3, %4 : index
    tile.blocks (%6) in (%5) {
      %7 = arith.constant 1024 : index
      %8 = arith.muli %6, %7 : index
      %9 = tile.load %0[%8] : !tile.global<?xf32> -> tensor<1024xf32>
      %10 = arith.constant 1024 : index
      %11 = arith.muli %6, %10 : index
      %12 = tile.load %1[%11] : !tile.global<?xf32> -> tensor<1024xf32>
      %13 = arith.addf %9, %12 : tensor<1024xf32>
      %14 = arith.constant 1024 : index
      %15 = arith.muli %6, %14 : index
      tile.store %13, %2[%15] : tensor<1024xf32>, !tile.global<?xf32>
    }
    tile.return
  }
}
