/** The volumes and gradients of ../kinematics.ts, two elements at a time. */
import { DELV, DELV_ETA, DELV_XI, DELV_ZETA, DELX_ETA, DELX_XI, DELX_ZETA, elementField, LENGTH, nodeField, nodesField, V, VDOV, VNEW, VOLO, X, XD, Y, YD, Z, ZD } from "./layout";
import { both, larger, minus, over, pair, plus, put, root, times } from "./pairs";

/** An element that has no volume any more, or -1. */
export function changeShapes(lo: i32, hi: i32, reals: usize, words: usize, size: i32, dt: f64): i32 {
  const x = nodeField(reals, size, X);
  const y = nodeField(reals, size, Y);
  const z = nodeField(reals, size, Z);
  const xd = nodeField(reals, size, XD);
  const yd = nodeField(reals, size, YD);
  const zd = nodeField(reals, size, ZD);
  const v = elementField(reals, size, V);
  const vnew = elementField(reals, size, VNEW);
  const delv = elementField(reals, size, DELV);
  const volo = elementField(reals, size, VOLO);
  const vdov = elementField(reals, size, VDOV);
  const length = elementField(reals, size, LENGTH);
  const delvXi = elementField(reals, size, DELV_XI);
  const delvEta = elementField(reals, size, DELV_ETA);
  const delvZeta = elementField(reals, size, DELV_ZETA);
  const delxXi = elementField(reals, size, DELX_XI);
  const delxEta = elementField(reals, size, DELX_ETA);
  const delxZeta = elementField(reals, size, DELX_ZETA);
  const nodes = nodesField(words);
  const zero = both(0);
  const tiny = both(1e-36);
  const halfStep = both(0.5 * dt);
  for (let element = lo; element < hi; element += 2) {
    const other = min(element + 1, hi - 1);
    const a = <usize>element << 3, b = <usize>other << 3;
    const first = nodes + (a << 2), second = nodes + (b << 2);
    const a0 = <usize>load<i32>(first, 0) << 3, b0 = <usize>load<i32>(second, 0) << 3;
    const a1 = <usize>load<i32>(first, 4) << 3, b1 = <usize>load<i32>(second, 4) << 3;
    const a2 = <usize>load<i32>(first, 8) << 3, b2 = <usize>load<i32>(second, 8) << 3;
    const a3 = <usize>load<i32>(first, 12) << 3, b3 = <usize>load<i32>(second, 12) << 3;
    const a4 = <usize>load<i32>(first, 16) << 3, b4 = <usize>load<i32>(second, 16) << 3;
    const a5 = <usize>load<i32>(first, 20) << 3, b5 = <usize>load<i32>(second, 20) << 3;
    const a6 = <usize>load<i32>(first, 24) << 3, b6 = <usize>load<i32>(second, 24) << 3;
    const a7 = <usize>load<i32>(first, 28) << 3, b7 = <usize>load<i32>(second, 28) << 3;

    const x0 = pair(x + a0, x + b0);
    const x1 = pair(x + a1, x + b1);
    const x2 = pair(x + a2, x + b2);
    const x3 = pair(x + a3, x + b3);
    const x4 = pair(x + a4, x + b4);
    const x5 = pair(x + a5, x + b5);
    const x6 = pair(x + a6, x + b6);
    const x7 = pair(x + a7, x + b7);
    const xSum0 = plus(x0, x1);
    const xAlong0 = minus(x1, x0);
    const xSum3 = plus(x3, x2);
    const xAlong3 = minus(x2, x3);
    const xSum4 = plus(x4, x5);
    const xAlong4 = minus(x5, x4);
    const xSum7 = plus(x7, x6);
    const xAlong7 = minus(x6, x7);
    const xXi = plus(plus(xAlong4, xAlong7), plus(xAlong0, xAlong3));
    const xXiZeta = minus(plus(xAlong4, xAlong7), plus(xAlong0, xAlong3));
    const xXiEta = plus(minus(xAlong7, xAlong4), minus(xAlong3, xAlong0));
    const xEta = plus(minus(xSum7, xSum4), minus(xSum3, xSum0));
    const xEtaZeta = minus(minus(xSum7, xSum4), minus(xSum3, xSum0));
    const xZeta = minus(plus(xSum4, xSum7), plus(xSum0, xSum3));

    const y0 = pair(y + a0, y + b0);
    const y1 = pair(y + a1, y + b1);
    const y2 = pair(y + a2, y + b2);
    const y3 = pair(y + a3, y + b3);
    const y4 = pair(y + a4, y + b4);
    const y5 = pair(y + a5, y + b5);
    const y6 = pair(y + a6, y + b6);
    const y7 = pair(y + a7, y + b7);
    const ySum0 = plus(y0, y1);
    const yAlong0 = minus(y1, y0);
    const ySum3 = plus(y3, y2);
    const yAlong3 = minus(y2, y3);
    const ySum4 = plus(y4, y5);
    const yAlong4 = minus(y5, y4);
    const ySum7 = plus(y7, y6);
    const yAlong7 = minus(y6, y7);
    const yXi = plus(plus(yAlong4, yAlong7), plus(yAlong0, yAlong3));
    const yXiZeta = minus(plus(yAlong4, yAlong7), plus(yAlong0, yAlong3));
    const yXiEta = plus(minus(yAlong7, yAlong4), minus(yAlong3, yAlong0));
    const yEta = plus(minus(ySum7, ySum4), minus(ySum3, ySum0));
    const yEtaZeta = minus(minus(ySum7, ySum4), minus(ySum3, ySum0));
    const yZeta = minus(plus(ySum4, ySum7), plus(ySum0, ySum3));

    const z0 = pair(z + a0, z + b0);
    const z1 = pair(z + a1, z + b1);
    const z2 = pair(z + a2, z + b2);
    const z3 = pair(z + a3, z + b3);
    const z4 = pair(z + a4, z + b4);
    const z5 = pair(z + a5, z + b5);
    const z6 = pair(z + a6, z + b6);
    const z7 = pair(z + a7, z + b7);
    const zSum0 = plus(z0, z1);
    const zAlong0 = minus(z1, z0);
    const zSum3 = plus(z3, z2);
    const zAlong3 = minus(z2, z3);
    const zSum4 = plus(z4, z5);
    const zAlong4 = minus(z5, z4);
    const zSum7 = plus(z7, z6);
    const zAlong7 = minus(z6, z7);
    const zXi = plus(plus(zAlong4, zAlong7), plus(zAlong0, zAlong3));
    const zXiZeta = minus(plus(zAlong4, zAlong7), plus(zAlong0, zAlong3));
    const zXiEta = plus(minus(zAlong7, zAlong4), minus(zAlong3, zAlong0));
    const zEta = plus(minus(zSum7, zSum4), minus(zSum3, zSum0));
    const zEtaZeta = minus(minus(zSum7, zSum4), minus(zSum3, zSum0));
    const zZeta = minus(plus(zSum4, zSum7), plus(zSum0, zSum3));

    const normalXXi = minus(times(yEta, zZeta), times(zEta, yZeta));
    const normalYXi = minus(times(zEta, xZeta), times(xEta, zZeta));
    const normalZXi = minus(times(xEta, yZeta), times(yEta, xZeta));
    const normalXEta = minus(times(yZeta, zXi), times(zZeta, yXi));
    const normalYEta = minus(times(zZeta, xXi), times(xZeta, zXi));
    const normalZEta = minus(times(xZeta, yXi), times(yZeta, xXi));
    const normalXZeta = minus(times(yXi, zEta), times(zXi, yEta));
    const normalYZeta = minus(times(zXi, xEta), times(xXi, zEta));
    const normalZZeta = minus(times(xXi, yEta), times(yXi, xEta));
    const alongX = plus(times(both(3), normalXXi), minus(times(yXiEta, zXiZeta), times(zXiEta, yXiZeta)));
    const alongY = plus(times(both(3), normalYXi), minus(times(zXiEta, xXiZeta), times(xXiEta, zXiZeta)));
    const alongZ = plus(times(both(3), normalZXi), minus(times(xXiEta, yXiZeta), times(yXiEta, xXiZeta)));
    const acrossX = plus(minus(times(yXiEta, zEta), times(zXiEta, yEta)), minus(times(yZeta, zXiZeta), times(zZeta, yXiZeta)));
    const acrossY = plus(minus(times(zXiEta, xEta), times(xXiEta, zEta)), minus(times(zZeta, xXiZeta), times(xZeta, zXiZeta)));
    const acrossZ = plus(minus(times(xXiEta, yEta), times(yXiEta, xEta)), minus(times(xZeta, yXiZeta), times(yZeta, xXiZeta)));
    const volume = times(plus(plus(plus(times(xXi, alongX), times(yXi, alongY)), times(zXi, alongZ)), plus(plus(times(xEtaZeta, acrossX), times(yEtaZeta, acrossY)), times(zEtaZeta, acrossZ))), both(1.0 / 192.0));
    const relative = over(volume, pair(volo + a, volo + b));
    if (!i64x2.all_true(f64x2.gt(relative, zero))) return f64x2.extract_lane(relative, 0) > 0 ? other : element;
    put(vnew + a, vnew + b, relative);
    put(delv + a, delv + b, minus(relative, pair(v + a, v + b)));

    // The largest face: eight times its area, squared.
    let largest = both(0);
    {
    const xOne = minus(xEta, xXiEta);
    const xOther = minus(xZeta, xXiZeta);
    const yOne = minus(yEta, yXiEta);
    const yOther = minus(yZeta, yXiZeta);
    const zOne = minus(zEta, zXiEta);
    const zOther = minus(zZeta, zXiZeta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    {
    const xOne = plus(xEta, xXiEta);
    const xOther = plus(xZeta, xXiZeta);
    const yOne = plus(yEta, yXiEta);
    const yOther = plus(yZeta, yXiZeta);
    const zOne = plus(zEta, zXiEta);
    const zOther = plus(zZeta, zXiZeta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    {
    const xOne = minus(xZeta, xEtaZeta);
    const xOther = minus(xXi, xXiEta);
    const yOne = minus(yZeta, yEtaZeta);
    const yOther = minus(yXi, yXiEta);
    const zOne = minus(zZeta, zEtaZeta);
    const zOther = minus(zXi, zXiEta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    {
    const xOne = plus(xZeta, xEtaZeta);
    const xOther = plus(xXi, xXiEta);
    const yOne = plus(yZeta, yEtaZeta);
    const yOther = plus(yXi, yXiEta);
    const zOne = plus(zZeta, zEtaZeta);
    const zOther = plus(zXi, zXiEta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    {
    const xOne = minus(xXi, xXiZeta);
    const xOther = minus(xEta, xEtaZeta);
    const yOne = minus(yXi, yXiZeta);
    const yOther = minus(yEta, yEtaZeta);
    const zOne = minus(zXi, zXiZeta);
    const zOther = minus(zEta, zEtaZeta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    {
    const xOne = plus(xXi, xXiZeta);
    const xOther = plus(xEta, xEtaZeta);
    const yOne = plus(yXi, yXiZeta);
    const yOther = plus(yEta, yEtaZeta);
    const zOne = plus(zXi, zXiZeta);
    const zOther = plus(zEta, zEtaZeta);
    const faceX = minus(times(yOne, zOther), times(zOne, yOther));
    const faceY = minus(times(zOne, xOther), times(xOne, zOther));
    const faceZ = minus(times(xOne, yOther), times(yOne, xOther));
    largest = larger(largest, plus(plus(times(faceX, faceX), times(faceY, faceY)), times(faceZ, faceZ)));
    }
    put(length + a, length + b, over(times(both(16), volume), root(largest)));

    // Velocities, summed for the three directions.
    const xd0 = pair(xd + a0, xd + b0);
    const xd1 = pair(xd + a1, xd + b1);
    const xd2 = pair(xd + a2, xd + b2);
    const xd3 = pair(xd + a3, xd + b3);
    const xd4 = pair(xd + a4, xd + b4);
    const xd5 = pair(xd + a5, xd + b5);
    const xd6 = pair(xd + a6, xd + b6);
    const xd7 = pair(xd + a7, xd + b7);
    const xd60 = minus(xd6, xd0);
    const xd53 = minus(xd5, xd3);
    const xd71 = minus(xd7, xd1);
    const xd42 = minus(xd4, xd2);
    const xdXi = plus(minus(xd60, xd71), minus(xd53, xd42));
    const xdEta = minus(plus(xd60, xd71), plus(xd53, xd42));
    const xdZeta = plus(plus(xd60, xd71), plus(xd53, xd42));
    const yd0 = pair(yd + a0, yd + b0);
    const yd1 = pair(yd + a1, yd + b1);
    const yd2 = pair(yd + a2, yd + b2);
    const yd3 = pair(yd + a3, yd + b3);
    const yd4 = pair(yd + a4, yd + b4);
    const yd5 = pair(yd + a5, yd + b5);
    const yd6 = pair(yd + a6, yd + b6);
    const yd7 = pair(yd + a7, yd + b7);
    const yd60 = minus(yd6, yd0);
    const yd53 = minus(yd5, yd3);
    const yd71 = minus(yd7, yd1);
    const yd42 = minus(yd4, yd2);
    const ydXi = plus(minus(yd60, yd71), minus(yd53, yd42));
    const ydEta = minus(plus(yd60, yd71), plus(yd53, yd42));
    const ydZeta = plus(plus(yd60, yd71), plus(yd53, yd42));
    const zd0 = pair(zd + a0, zd + b0);
    const zd1 = pair(zd + a1, zd + b1);
    const zd2 = pair(zd + a2, zd + b2);
    const zd3 = pair(zd + a3, zd + b3);
    const zd4 = pair(zd + a4, zd + b4);
    const zd5 = pair(zd + a5, zd + b5);
    const zd6 = pair(zd + a6, zd + b6);
    const zd7 = pair(zd + a7, zd + b7);
    const zd60 = minus(zd6, zd0);
    const zd53 = minus(zd5, zd3);
    const zd71 = minus(zd7, zd1);
    const zd42 = minus(zd4, zd2);
    const zdXi = plus(minus(zd60, zd71), minus(zd53, zd42));
    const zdEta = minus(plus(zd60, zd71), plus(zd53, zd42));
    const zdZeta = plus(plus(zd60, zd71), plus(zd53, zd42));

    // Across each direction: how thick the element is, how its sides move apart.
    const norm = over(both(1), plus(times(both(64), volume), tiny));
    put(delxXi + a, delxXi + b, over(volume, root(plus(times(plus(plus(times(normalXXi, normalXXi), times(normalYXi, normalYXi)), times(normalZXi, normalZXi)), both(1.0 / 256.0)), tiny))));
    put(delvXi + a, delvXi + b, times(plus(plus(times(normalXXi, xdXi), times(normalYXi, ydXi)), times(normalZXi, zdXi)), norm));
    put(delxEta + a, delxEta + b, over(volume, root(plus(times(plus(plus(times(normalXEta, normalXEta), times(normalYEta, normalYEta)), times(normalZEta, normalZEta)), both(1.0 / 256.0)), tiny))));
    put(delvEta + a, delvEta + b, times(plus(plus(times(normalXEta, xdEta), times(normalYEta, ydEta)), times(normalZEta, zdEta)), norm));
    put(delxZeta + a, delxZeta + b, over(volume, root(plus(times(plus(plus(times(normalXZeta, normalXZeta), times(normalYZeta, normalYZeta)), times(normalZZeta, normalZZeta)), both(1.0 / 256.0)), tiny))));
    put(delvZeta + a, delvZeta + b, times(plus(plus(times(normalXZeta, xdZeta), times(normalYZeta, ydZeta)), times(normalZZeta, zdZeta)), norm));

    // The rate at which the volume changed in the middle of the step.
    const xXiMid = minus(xXi, times(halfStep, xdXi));
    const xEtaMid = minus(xEta, times(halfStep, xdEta));
    const xZetaMid = minus(xZeta, times(halfStep, xdZeta));
    const yXiMid = minus(yXi, times(halfStep, ydXi));
    const yEtaMid = minus(yEta, times(halfStep, ydEta));
    const yZetaMid = minus(yZeta, times(halfStep, ydZeta));
    const zXiMid = minus(zXi, times(halfStep, zdXi));
    const zEtaMid = minus(zEta, times(halfStep, zdEta));
    const zZetaMid = minus(zZeta, times(halfStep, zdZeta));
    const midXXi = minus(times(yEtaMid, zZetaMid), times(zEtaMid, yZetaMid));
    const midYXi = minus(times(zEtaMid, xZetaMid), times(xEtaMid, zZetaMid));
    const midZXi = minus(times(xEtaMid, yZetaMid), times(yEtaMid, xZetaMid));
    const rateXi = plus(plus(times(midXXi, xdXi), times(midYXi, ydXi)), times(midZXi, zdXi));
    const midXEta = minus(times(yZetaMid, zXiMid), times(zZetaMid, yXiMid));
    const midYEta = minus(times(zZetaMid, xXiMid), times(xZetaMid, zXiMid));
    const midZEta = minus(times(xZetaMid, yXiMid), times(yZetaMid, xXiMid));
    const rateEta = plus(plus(times(midXEta, xdEta), times(midYEta, ydEta)), times(midZEta, zdEta));
    const midXZeta = minus(times(yXiMid, zEtaMid), times(zXiMid, yEtaMid));
    const midYZeta = minus(times(zXiMid, xEtaMid), times(xXiMid, zEtaMid));
    const midZZeta = minus(times(xXiMid, yEtaMid), times(yXiMid, xEtaMid));
    const rateZeta = plus(plus(times(midXZeta, xdZeta), times(midYZeta, ydZeta)), times(midZZeta, zdZeta));
    put(vdov + a, vdov + b, over(plus(plus(rateXi, rateEta), rateZeta), plus(plus(times(xEtaMid, midXEta), times(yEtaMid, midYEta)), times(zEtaMid, midZEta))));
  }
  return -1;
}
