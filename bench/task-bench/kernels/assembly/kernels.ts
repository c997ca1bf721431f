// Built by: npm run task-bench:kernels
// Addresses are byte offsets into the shared memory.

/** 64 doubles, `iterations` times a = a a + a; their product. */
export function computeBound(iterations: i32): f64 {
  let a0 = f64x2.splat(1), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  let product = f64x2.splat(1);
  // 32 vectors do not fit into the 16 registers: four rounds of eight.
  for (let group = 1; group <= 4; group++) {
    a0 = f64x2.splat(group);
    a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    for (let i = 0; i < iterations; i++) {
      a0 = f64x2.add(f64x2.mul(a0, a0), a0);
      a1 = f64x2.add(f64x2.mul(a1, a1), a1);
      a2 = f64x2.add(f64x2.mul(a2, a2), a2);
      a3 = f64x2.add(f64x2.mul(a3, a3), a3);
      a4 = f64x2.add(f64x2.mul(a4, a4), a4);
      a5 = f64x2.add(f64x2.mul(a5, a5), a5);
      a6 = f64x2.add(f64x2.mul(a6, a6), a6);
      a7 = f64x2.add(f64x2.mul(a7, a7), a7);
    }
    const left = f64x2.mul(f64x2.mul(a0, a1), f64x2.mul(a2, a3));
    const right = f64x2.mul(f64x2.mul(a4, a5), f64x2.mul(a6, a7));
    product = f64x2.mul(product, f64x2.mul(left, right));
  }
  return f64x2.extract_lane(product, 0) * f64x2.extract_lane(product, 1);
}

/** 32 doubles, `iterations` times c = c + a b; their sum. */
export function computeBound2(iterations: i32): f64 {
  const a = f64x2.splat(1.2345), b = f64x2.splat(1.0101);
  let sum = f64x2.splat(0);
  for (let group = 0; group < 2; group++) {
    let c0 = f64x2.splat(group), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
    let left = a, right = b;
    for (let i = 0; i < iterations; i++) {
      c0 = f64x2.add(c0, f64x2.mul(left, right));
      c1 = f64x2.add(c1, f64x2.mul(left, c0));
      c2 = f64x2.add(c2, f64x2.mul(left, right));
      c3 = f64x2.add(c3, f64x2.mul(left, c2));
      c4 = f64x2.add(c4, f64x2.mul(left, right));
      c5 = f64x2.add(c5, f64x2.mul(left, c4));
      c6 = f64x2.add(c6, f64x2.mul(left, right));
      c7 = f64x2.add(c7, f64x2.mul(left, c6));
    }
    sum = f64x2.add(sum, f64x2.add(f64x2.add(f64x2.add(c0, c1), f64x2.add(c2, c3)), f64x2.add(f64x2.add(c4, c5), f64x2.add(c6, c7))));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Copies the first half of a run of slices onto its second half. */
export function copyHalf(from: usize, bytes: usize): void {
  const half = (bytes >> 1) & ~31;
  let source = from, target = from + half;
  for (const end = from + half; source < end; source += 32, target += 32) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
  }
}

/** y = y + x / 1024 for the `count` doubles from `from` on, and the `count` doubles behind them. */
export function daxpy(from: usize, count: usize): void {
  const alpha = f64x2.splat(1.0 / 1024.0);
  const even = count & ~1;
  const distance = count << 3;
  let x = from;
  for (const end = from + (even << 3); x < end; x += 16) {
    v128.store(x + distance, f64x2.add(v128.load(x + distance), f64x2.mul(v128.load(x), alpha)));
  }
  if (count > even) store<f64>(x + distance, load<f64>(x + distance) + load<f64>(x) / 1024.0);
}

/** C = A B, `iterations` times, for three matrices of n by n doubles one behind the other. */
export function dgemm(from: usize, n: i32, iterations: i32): void {
  const row = <usize>n << 3;
  const a = from, b = a + row * n, c = b + row * n;
  const even = row & ~15;
  for (let round = 0; round < iterations; round++) {
    for (let i = 0; i < n; i++) {
      const out = c + row * i;
      memory.fill(out, 0, row);
      for (let k = 0; k < n; k++) {
        const scalar = load<f64>(a + row * i + (<usize>k << 3));
        const left = f64x2.splat(scalar);
        const right = b + row * k;
        let j: usize = 0;
        for (; j < even; j += 16) v128.store(out + j, f64x2.add(v128.load(out + j), f64x2.mul(left, v128.load(right + j))));
        if (j < row) store<f64>(out + j, load<f64>(out + j) + scalar * load<f64>(right + j));
      }
    }
  }
}
