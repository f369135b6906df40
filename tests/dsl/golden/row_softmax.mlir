module {
  tile.kernel @RowSoftmax(%0: !tile.global<?x?xf32>, %1: !tile.global<?x?xf32>) attributes {argNames = ["x", "y"], members = {rows = 4 : i64, columns = 1024 : i64}} {
    %2 = tile.dim %0, 0 : !tile.global<?x?xf32>
    %3 = arith.constant 4 : index
    %4 = arith.ceildivui %2, %3 : index
    tile.blocks (%5) in (%4) {
      %6 = arith.constant 0 : index
      %7 = arith.constant 4 : index
      %8 = arith.muli %5, %7 : index
      %9 = arith.constant 0xFF800000 : f32
      %10 = tile.load %0[%8, %6] pad %9 : !tile.global<?x?xf32>, f32 -> tensor<4x1024xf32>
      %11 = tile.reduce %10 {axis = 1 : i64, kind = #tile.reduce_kind<max>} : tensor<4x1024xf32> -> tensor<4x1xf32>
      %12 = tile.broadcast %11 : tensor<4x1xf32> -> tensor<4x1024xf32>
      %13 = arith.subf %10, %12 : tensor<4x1024xf32>
      %14 = math.exp %13 : tensor<4x1024xf32>
      %15 = tile.reduce %14 {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<4x1024xf32> -> tensor<4x1xf32>
      %16 = tile.broadcast %15 : tensor<4x1xf32> -> tensor<4x1024xf32>
      %17 = arith.divf %14, %16 : tensor<4x1024xf32>
      %18 = arith.constant 0 : index
      %19 = arith.constant 4 : index
      %20 = arith.muli %5, %19 : index
      tile.store %17, %1[%20, %18] : tensor<4x1024xf32>, !tile.global<?x?xf32>
    }
    tile.return
  }
}
