// Matrices are n by n doubles, row-major, n a multiple of 4; a, b, c and panels are byte offsets into the shared memory.

/** Copies columns [from, to) of B into panels: 4 columns wide, n rows high, each contiguous. The edges are multiples of 4. */
export function packPanels(b: usize, panels: usize, n: i32, from: i32, to: i32): void {
  const row = <usize>n << 3;
  let target = panels + <usize>from * row;
  for (let j = from; j < to; j += 4) {
    let source = b + (<usize>j << 3);
    for (let k = 0; k < n; k++) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
      source += row;
      target += 32;
    }
  }
}

/**
 * Rows [rowFrom, rowTo) and columns [columnFrom, columnTo) of C = A B, with B in panels. The edges are multiples of 4.
 * Four rows by four columns of C stay in registers while k runs.
 */
export function multiplyTile(
  a: usize, panels: usize, c: usize, n: i32, rowFrom: i32, rowTo: i32, columnFrom: i32, columnTo: i32,
): void {
  const row = <usize>n << 3;
  for (let i = rowFrom; i < rowTo; i += 4) {
    for (let j = columnFrom; j < columnTo; j += 4) {
      let c00 = f64x2.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      let a0 = a + <usize>i * row, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row;
      let right = panels + <usize>j * row;
      for (const end = a0 + row; a0 < end; a0 += 8) {
        const b0 = v128.load(right), b1 = v128.load(right, 16);
        let left = v128.load64_splat(a0);
        c00 = f64x2.add(c00, f64x2.mul(left, b0));
        c01 = f64x2.add(c01, f64x2.mul(left, b1));
        left = v128.load64_splat(a1);
        c10 = f64x2.add(c10, f64x2.mul(left, b0));
        c11 = f64x2.add(c11, f64x2.mul(left, b1));
        left = v128.load64_splat(a2);
        c20 = f64x2.add(c20, f64x2.mul(left, b0));
        c21 = f64x2.add(c21, f64x2.mul(left, b1));
        left = v128.load64_splat(a3);
        c30 = f64x2.add(c30, f64x2.mul(left, b0));
        c31 = f64x2.add(c31, f64x2.mul(left, b1));
        a1 += 8;
        a2 += 8;
        a3 += 8;
        right += 32;
      }
      const out = c + <usize>i * row + (<usize>j << 3);
      store(out, c00, c01);
      store(out + row, c10, c11);
      store(out + 2 * row, c20, c21);
      store(out + 3 * row, c30, c31);
    }
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function store(to: usize, left: v128, right: v128): void {
  v128.store(to, left);
  v128.store(to, right, 16);
}
