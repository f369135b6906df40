// c = a * b over bf16, any size.
module {
tile.kernel @Matmul(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xbf16>) attributes {members = {bm = 64 : i64, bn = 64 : i64, bk = 32 : i64}, argNames = ["a", "b", "c"]} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c32 = arith.constant 32 : index
  %m = tile.dim %c, 0 : !tile.global<?x?xbf16>
  %n = tile.dim %c, 1 : !tile.global<?x?xbf16>
  %k = tile.dim %a, 1 : !tile.global<?x?xbf16>
  %nm = arith.ceildivui %m, %c64 : index
  %nn = arith.ceildivui %n, %c64 : index
  tile.blocks (%i, %j) in (%nm, %nn) {
    %z = arith.constant dense<0.0> : tensor<64x64xf32>
    %acc = tile.slot %z : !tile.slot<tensor<64x64xf32>>
    %nk = arith.ceildivui %k, %c32 : index
    scf.for %kk = %c0 to %nk step %c1 {
      %row = arith.muli %i, %c64 : index
      %col = arith.muli %kk, %c32 : index
      %at = tile.load %a[%row, %col] : !tile.global<?x?xbf16> -> tensor<64x32xbf16>
      %col2 = arith.muli %j, %c64 : index
      %bt = tile.load %b[%col, %col2] : !tile.global<?x?xbf16> -> tensor<32x64xbf16>
      %z2 = arith.constant dense<0.0> : tensor<64x64xf32>
      %d = tile.dot %at, %bt, %z2 : tensor<64x32xbf16>, tensor<32x64xbf16>, tensor<64x64xf32>
      %old = tile.get %acc : !tile.slot<tensor<64x64xf32>>
      %new = arith.addf %old, %d : tensor<64x64xf32>
      tile.set %acc, %new : !tile.slot<tensor<64x64xf32>>
    }
    %r = tile.get %acc : !tile.slot<tensor<64x64xf32>>
    %h = tile.cast %r : tensor<64x64xf32> -> tensor<64x64xbf16>
    %row = arith.muli %i, %c64 : index
    %col = arith.muli %j, %c64 : index
    tile.store %h, %c[%row, %col] : tensor<64x64xbf16>, !tile.global<?x?xbf16>
  }
  tile.return
}
}
