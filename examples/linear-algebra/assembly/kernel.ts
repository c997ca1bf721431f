// Built by: asc examples/linear-algebra/assembly/kernel.ts -o examples/linear-algebra/kernel.wasm -O3 --noAssert --runtime stub --enable threads,simd,relaxed-simd --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536
// Tiles are n by n doubles, column after column, n a multiple of 4:
// element (row, column) lies at 8 * (column * n + row). All arguments but n are byte offsets into the shared memory.

/** C += A B', where B' is the transposed tile B. */
export function multiplyAdd(a: usize, b: usize, c: usize, n: i32): void {
  const column = <usize>n << 3;
  for (let j = 0; j < n; j += 4) {
    for (let i = 0; i < n; i += 4) {
      add(c + <usize>j * column + (<usize>i << 3), a + (<usize>i << 3), b + (<usize>j << 3), n, column);
    }
  }
}

/** C -= A B'. */
export function multiplySubtract(a: usize, b: usize, c: usize, n: i32): void {
  const column = <usize>n << 3;
  for (let j = 0; j < n; j += 4) {
    for (let i = 0; i < n; i += 4) {
      subtract(c + <usize>j * column + (<usize>i << 3), a + (<usize>i << 3), b + (<usize>j << 3), n, column);
    }
  }
}

/** The lower triangle of C -= A A'. */
export function rankUpdate(a: usize, c: usize, n: i32): void {
  const column = <usize>n << 3;
  for (let j = 0; j < n; j += 4) {
    for (let i = j; i < n; i += 4) {
      subtract(c + <usize>j * column + (<usize>i << 3), a + (<usize>i << 3), a + (<usize>j << 3), n, column);
    }
  }
}

/** Solves X L' = A for X, which replaces A; L is a lower triangle. */
export function solve(l: usize, a: usize, n: i32): void {
  const column = <usize>n << 3;
  for (let j = 0; j < n; j += 4) {
    const corner = l + <usize>j * column + (<usize>j << 3);
    for (let i = 0; i < n; i += 4) {
      const target = a + <usize>j * column + (<usize>i << 3);
      subtract(target, a + (<usize>i << 3), l + (<usize>j << 3), j, column);
      solveBlock(corner, target, column);
    }
  }
}

/** The Cholesky factor of A, a lower triangle that replaces A's. 0, or the number of the first column where A is not positive definite, from 1 on. */
export function factor(a: usize, n: i32): i32 {
  const column = <usize>n << 3;
  for (let j = 0; j < n; j += 4) {
    const corner = a + <usize>j * column + (<usize>j << 3);
    subtract(corner, a + (<usize>j << 3), a + (<usize>j << 3), j, column);
    const failed = factorBlock(corner, column);
    if (failed != 0) return j + failed;
    for (let i = j + 4; i < n; i += 4) {
      const target = a + <usize>j * column + (<usize>i << 3);
      subtract(target, a + (<usize>i << 3), a + (<usize>j << 3), j, column);
      solveBlock(corner, target, column);
    }
  }
  return 0;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function subtract(c: usize, a: usize, b: usize, count: i32, column: usize): void {
  accumulate(c, a, b, count, column, true);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function add(c: usize, a: usize, b: usize, count: i32, column: usize): void {
  accumulate(c, a, b, count, column, false);
}

/**
 * Four by four elements of C, to which the first `count` columns of four rows of A by those of four rows of B are added, or
 * from which they are subtracted. The sums stay in registers.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
function accumulate(c: usize, a: usize, b: usize, count: i32, column: usize, negated: bool): void {
  let c00 = v128.load(c), c01 = v128.load(c, 16);
  let c10 = v128.load(c + column), c11 = v128.load(c + column, 16);
  let c20 = v128.load(c + 2 * column), c21 = v128.load(c + 2 * column, 16);
  let c30 = v128.load(c + 3 * column), c31 = v128.load(c + 3 * column, 16);
  for (const end = a + <usize>count * column; a < end; a += column) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    let right = v128.load64_splat(b);
    c00 = fused(a0, right, c00, negated);
    c01 = fused(a1, right, c01, negated);
    right = v128.load64_splat(b, 8);
    c10 = fused(a0, right, c10, negated);
    c11 = fused(a1, right, c11, negated);
    right = v128.load64_splat(b, 16);
    c20 = fused(a0, right, c20, negated);
    c21 = fused(a1, right, c21, negated);
    right = v128.load64_splat(b, 24);
    c30 = fused(a0, right, c30, negated);
    c31 = fused(a1, right, c31, negated);
    b += column;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + column, c10);
  v128.store(c + column, c11, 16);
  v128.store(c + 2 * column, c20);
  v128.store(c + 2 * column, c21, 16);
  v128.store(c + 3 * column, c30);
  v128.store(c + 3 * column, c31, 16);
}

/** z + x y, or z - x y; `negated` is a constant wherever this is inlined, so no branch is left. */
// @ts-ignore: decorator of AssemblyScript
@inline
function fused(x: v128, y: v128, z: v128, negated: bool): v128 {
  return negated ? f64x2.relaxed_nmadd(x, y, z) : f64x2.relaxed_madd(x, y, z);
}

/** Four rows of X L' = A, where L is the lower triangle of four by four elements at `l`. */
// @ts-ignore: decorator of AssemblyScript
@inline
function solveBlock(l: usize, a: usize, column: usize): void {
  for (let j: usize = 0; j < 4; j++) {
    const target = a + j * column;
    let x0 = v128.load(target), x1 = v128.load(target, 16);
    for (let k: usize = 0; k < j; k++) {
      const factor = v128.load64_splat(l + k * column + (j << 3));
      x0 = f64x2.relaxed_nmadd(v128.load(a + k * column), factor, x0);
      x1 = f64x2.relaxed_nmadd(v128.load(a + k * column, 16), factor, x1);
    }
    const diagonal = v128.load64_splat(l + j * column + (j << 3));
    v128.store(target, f64x2.div(x0, diagonal));
    v128.store(target, f64x2.div(x1, diagonal), 16);
  }
}

/** The factor of four by four elements. 0, or the number of the column where there is none. */
function factorBlock(a: usize, column: usize): i32 {
  for (let j: usize = 0; j < 4; j++) {
    let sum = load<f64>(a + j * column + (j << 3));
    for (let k: usize = 0; k < j; k++) {
      const left = load<f64>(a + k * column + (j << 3));
      sum -= left * left;
    }
    if (!(sum > 0)) return <i32>j + 1;
    const diagonal = sqrt(sum);
    store<f64>(a + j * column + (j << 3), diagonal);
    for (let i = j + 1; i < 4; i++) {
      let value = load<f64>(a + j * column + (i << 3));
      for (let k: usize = 0; k < j; k++) value -= load<f64>(a + k * column + (i << 3)) * load<f64>(a + k * column + (j << 3));
      store<f64>(a + j * column + (i << 3), value / diagonal);
    }
  }
  return 0;
}
