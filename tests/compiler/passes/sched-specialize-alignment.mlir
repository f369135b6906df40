// A variant for aligned memory where alignment can matter.
// RUN: tw-opt %s --sched-specialize-alignment | FileCheck %s

// CHECK: tile.kernel @f(%{{.*}}: !tile.global<?xf32, align = 16>)
// CHECK: tile.kernel @f_general(%{{.*}}: !tile.global<?xf32>)
tile.kernel @f(%x: !tile.global<?xf32>) {
  tile.return
}

// Uses see the type of the argument; the names and tunables of the kernel stay in both.
// CHECK: tile.kernel @uses(%{{.*}}: !tile.global<?x?xf16, align = 16>, %{{.*}}: f32) attributes {argNames = ["x", "alpha"], members = {b = 1 : i64}}
// CHECK: tile.dim %{{.*}}, 1 : <?x?xf16, align = 16>
// CHECK: tile.kernel @uses_general(%{{.*}}: !tile.global<?x?xf16>, %{{.*}}: f32) attributes {argNames = ["x", "alpha"], members = {b = 1 : i64}}
// CHECK: tile.dim %{{.*}}, 1 : <?x?xf16>
tile.kernel @uses(%x: !tile.global<?x?xf16>, %alpha: f32) attributes {argNames = ["x", "alpha"], members = {b = 1 : i64}} {
  %n = tile.dim %x, 1 : !tile.global<?x?xf16>
  tile.return
}

// The extent of 6 x 4 bytes is no multiple of 16 and breaks the fact; so does a stride of 6.
// CHECK: tile.kernel @extent(%{{.*}}: !tile.global<?x6xf32>)
// CHECK-NOT: @extent_general
tile.kernel @extent(%x: !tile.global<?x6xf32>) {
  tile.return
}
// CHECK: tile.kernel @stride(%{{.*}}: !tile.global<?x4xf32, strides = [6, 1]>)
// CHECK-NOT: @stride_general
tile.kernel @stride(%x: !tile.global<?x4xf32, strides = [6, 1]>) {
  tile.return
}

// No dimension of stride one, and memory known to be aligned already.
// CHECK: tile.kernel @strided(%{{.*}}: !tile.global<?xf32, strides = [?]>)
// CHECK-NOT: @strided_general
tile.kernel @strided(%x: !tile.global<?xf32, strides = [?]>) {
  tile.return
}
// CHECK: tile.kernel @aligned(%{{.*}}: !tile.global<?xf32, align = 32>)
// CHECK-NOT: @aligned_general
tile.kernel @aligned(%x: !tile.global<?xf32, align = 32>) {
  tile.return
}

// With two dimensions of stride one, rows start at any element.
// CHECK: tile.kernel @windows(%{{.*}}: !tile.global<?x?xf32, strides = [1, 1]>)
// CHECK-NOT: @windows_general
tile.kernel @windows(%x: !tile.global<?x?xf32, strides = [1, 1]>) {
  tile.return
}

// Of columns, four bytes of each row are read: alignment would be asked for in vain. Rows of four elements are vectors.
// CHECK: tile.kernel @columns(%{{.*}}: !tile.global<?x?xf32>, %{{.*}}: !tile.global<?x?xf32, align = 16>)
// CHECK: tile.kernel @columns_general(%{{.*}}: !tile.global<?x?xf32>, %{{.*}}: !tile.global<?x?xf32>)
tile.kernel @columns(%x: !tile.global<?x?xf32>, %y: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] : !tile.global<?x?xf32> -> tensor<64x1xf32>
  %b = tile.load %y[%c0, %c0] : !tile.global<?x?xf32> -> tensor<64x4xf32>
  tile.return
}

// One argument that can be aligned is enough; static multiples of 16 bytes keep the fact.
// CHECK: tile.kernel @mixed(%{{.*}}: !tile.global<8x12xf32, strides = [12, 1], align = 16>, %{{.*}}: !tile.global<?x6xf32>)
// CHECK: tile.kernel @mixed_general(%{{.*}}: !tile.global<8x12xf32, strides = [12, 1]>, %{{.*}}: !tile.global<?x6xf32>)
tile.kernel @mixed(%x: !tile.global<8x12xf32, strides = [12, 1]>, %y: !tile.global<?x6xf32>) {
  tile.return
}

// Scalars alone need no variant.
// CHECK: tile.kernel @scalars(%{{.*}}: f32)
// CHECK-NOT: @scalars_general
tile.kernel @scalars(%x: f32) {
  tile.return
}
