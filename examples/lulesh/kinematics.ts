/** Third loop of a step, over elements: new volumes, their rate of change, and gradients for the artificial viscosity. */
import { task } from "heddle";
import { type Domain, fieldsOf } from "./domain.ts";

const tiny = 1e-36;

/** By the same sums over corners as the forces; a twist changes nothing here. */
export const changeShapes = task(import.meta, function changeShapes(lo: number, hi: number, domain: Domain, dt: number): void {
  const fields = fieldsOf(domain);
  const { nodes, x, y, z, xd, yd, zd, v, vnew, delv, volo, vdov, length } = fields;
  const { delvXi, delvEta, delvZeta, delxXi, delxEta, delxZeta } = fields;
  const halfStep = 0.5 * dt;
  for (let element = lo; element < hi; element++) {
    const first = 8 * element;
    const n0 = nodes[first + 0]!;
    const n1 = nodes[first + 1]!;
    const n2 = nodes[first + 2]!;
    const n3 = nodes[first + 3]!;
    const n4 = nodes[first + 4]!;
    const n5 = nodes[first + 5]!;
    const n6 = nodes[first + 6]!;
    const n7 = nodes[first + 7]!;

    const x0 = x[n0]!;
    const x1 = x[n1]!;
    const x2 = x[n2]!;
    const x3 = x[n3]!;
    const x4 = x[n4]!;
    const x5 = x[n5]!;
    const x6 = x[n6]!;
    const x7 = x[n7]!;
    const xSum0 = x0 + x1;
    const xAlong0 = x1 - x0;
    const xSum3 = x3 + x2;
    const xAlong3 = x2 - x3;
    const xSum4 = x4 + x5;
    const xAlong4 = x5 - x4;
    const xSum7 = x7 + x6;
    const xAlong7 = x6 - x7;
    const xXi = xAlong4 + xAlong7 + (xAlong0 + xAlong3);
    const xXiZeta = xAlong4 + xAlong7 - (xAlong0 + xAlong3);
    const xXiEta = xAlong7 - xAlong4 + (xAlong3 - xAlong0);
    const xEta = xSum7 - xSum4 + (xSum3 - xSum0);
    const xEtaZeta = xSum7 - xSum4 - (xSum3 - xSum0);
    const xZeta = xSum4 + xSum7 - (xSum0 + xSum3);

    const y0 = y[n0]!;
    const y1 = y[n1]!;
    const y2 = y[n2]!;
    const y3 = y[n3]!;
    const y4 = y[n4]!;
    const y5 = y[n5]!;
    const y6 = y[n6]!;
    const y7 = y[n7]!;
    const ySum0 = y0 + y1;
    const yAlong0 = y1 - y0;
    const ySum3 = y3 + y2;
    const yAlong3 = y2 - y3;
    const ySum4 = y4 + y5;
    const yAlong4 = y5 - y4;
    const ySum7 = y7 + y6;
    const yAlong7 = y6 - y7;
    const yXi = yAlong4 + yAlong7 + (yAlong0 + yAlong3);
    const yXiZeta = yAlong4 + yAlong7 - (yAlong0 + yAlong3);
    const yXiEta = yAlong7 - yAlong4 + (yAlong3 - yAlong0);
    const yEta = ySum7 - ySum4 + (ySum3 - ySum0);
    const yEtaZeta = ySum7 - ySum4 - (ySum3 - ySum0);
    const yZeta = ySum4 + ySum7 - (ySum0 + ySum3);

    const z0 = z[n0]!;
    const z1 = z[n1]!;
    const z2 = z[n2]!;
    const z3 = z[n3]!;
    const z4 = z[n4]!;
    const z5 = z[n5]!;
    const z6 = z[n6]!;
    const z7 = z[n7]!;
    const zSum0 = z0 + z1;
    const zAlong0 = z1 - z0;
    const zSum3 = z3 + z2;
    const zAlong3 = z2 - z3;
    const zSum4 = z4 + z5;
    const zAlong4 = z5 - z4;
    const zSum7 = z7 + z6;
    const zAlong7 = z6 - z7;
    const zXi = zAlong4 + zAlong7 + (zAlong0 + zAlong3);
    const zXiZeta = zAlong4 + zAlong7 - (zAlong0 + zAlong3);
    const zXiEta = zAlong7 - zAlong4 + (zAlong3 - zAlong0);
    const zEta = zSum7 - zSum4 + (zSum3 - zSum0);
    const zEtaZeta = zSum7 - zSum4 - (zSum3 - zSum0);
    const zZeta = zSum4 + zSum7 - (zSum0 + zSum3);

    const normalXXi = yEta * zZeta - zEta * yZeta;
    const normalYXi = zEta * xZeta - xEta * zZeta;
    const normalZXi = xEta * yZeta - yEta * xZeta;
    const normalXEta = yZeta * zXi - zZeta * yXi;
    const normalYEta = zZeta * xXi - xZeta * zXi;
    const normalZEta = xZeta * yXi - yZeta * xXi;
    const normalXZeta = yXi * zEta - zXi * yEta;
    const normalYZeta = zXi * xEta - xXi * zEta;
    const normalZZeta = xXi * yEta - yXi * xEta;
    const alongX = 3 * normalXXi + (yXiEta * zXiZeta - zXiEta * yXiZeta);
    const alongY = 3 * normalYXi + (zXiEta * xXiZeta - xXiEta * zXiZeta);
    const alongZ = 3 * normalZXi + (xXiEta * yXiZeta - yXiEta * xXiZeta);
    const acrossX = yXiEta * zEta - zXiEta * yEta + (yZeta * zXiZeta - zZeta * yXiZeta);
    const acrossY = zXiEta * xEta - xXiEta * zEta + (zZeta * xXiZeta - xZeta * zXiZeta);
    const acrossZ = xXiEta * yEta - yXiEta * xEta + (xZeta * yXiZeta - yZeta * xXiZeta);
    const volume =
      (xXi * alongX + yXi * alongY + zXi * alongZ + (xEtaZeta * acrossX + yEtaZeta * acrossY + zEtaZeta * acrossZ)) * (1 / 192);
    const relative = volume / volo[element]!;
    if (!(relative > 0)) throw new RangeError(`element ${element} has a volume of ${relative}: the time step was too long`);
    vnew[element] = relative;
    delv[element] = relative - v[element]!;

    // The largest face: eight times its area, squared.
    let largest = 0;
    {
      const xOne = xEta - xXiEta;
      const xOther = xZeta - xXiZeta;
      const yOne = yEta - yXiEta;
      const yOther = yZeta - yXiZeta;
      const zOne = zEta - zXiEta;
      const zOther = zZeta - zXiZeta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    {
      const xOne = xEta + xXiEta;
      const xOther = xZeta + xXiZeta;
      const yOne = yEta + yXiEta;
      const yOther = yZeta + yXiZeta;
      const zOne = zEta + zXiEta;
      const zOther = zZeta + zXiZeta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    {
      const xOne = xZeta - xEtaZeta;
      const xOther = xXi - xXiEta;
      const yOne = yZeta - yEtaZeta;
      const yOther = yXi - yXiEta;
      const zOne = zZeta - zEtaZeta;
      const zOther = zXi - zXiEta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    {
      const xOne = xZeta + xEtaZeta;
      const xOther = xXi + xXiEta;
      const yOne = yZeta + yEtaZeta;
      const yOther = yXi + yXiEta;
      const zOne = zZeta + zEtaZeta;
      const zOther = zXi + zXiEta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    {
      const xOne = xXi - xXiZeta;
      const xOther = xEta - xEtaZeta;
      const yOne = yXi - yXiZeta;
      const yOther = yEta - yEtaZeta;
      const zOne = zXi - zXiZeta;
      const zOther = zEta - zEtaZeta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    {
      const xOne = xXi + xXiZeta;
      const xOther = xEta + xEtaZeta;
      const yOne = yXi + yXiZeta;
      const yOther = yEta + yEtaZeta;
      const zOne = zXi + zXiZeta;
      const zOther = zEta + zEtaZeta;
      const faceX = yOne * zOther - zOne * yOther;
      const faceY = zOne * xOther - xOne * zOther;
      const faceZ = xOne * yOther - yOne * xOther;
      largest = Math.max(largest, faceX * faceX + faceY * faceY + faceZ * faceZ);
    }
    length[element] = (16 * volume) / Math.sqrt(largest);

    // Velocities, summed for the three directions.
    const xd0 = xd[n0]!;
    const xd1 = xd[n1]!;
    const xd2 = xd[n2]!;
    const xd3 = xd[n3]!;
    const xd4 = xd[n4]!;
    const xd5 = xd[n5]!;
    const xd6 = xd[n6]!;
    const xd7 = xd[n7]!;
    const xd60 = xd6 - xd0;
    const xd53 = xd5 - xd3;
    const xd71 = xd7 - xd1;
    const xd42 = xd4 - xd2;
    const xdXi = xd60 - xd71 + (xd53 - xd42);
    const xdEta = xd60 + xd71 - (xd53 + xd42);
    const xdZeta = xd60 + xd71 + (xd53 + xd42);
    const yd0 = yd[n0]!;
    const yd1 = yd[n1]!;
    const yd2 = yd[n2]!;
    const yd3 = yd[n3]!;
    const yd4 = yd[n4]!;
    const yd5 = yd[n5]!;
    const yd6 = yd[n6]!;
    const yd7 = yd[n7]!;
    const yd60 = yd6 - yd0;
    const yd53 = yd5 - yd3;
    const yd71 = yd7 - yd1;
    const yd42 = yd4 - yd2;
    const ydXi = yd60 - yd71 + (yd53 - yd42);
    const ydEta = yd60 + yd71 - (yd53 + yd42);
    const ydZeta = yd60 + yd71 + (yd53 + yd42);
    const zd0 = zd[n0]!;
    const zd1 = zd[n1]!;
    const zd2 = zd[n2]!;
    const zd3 = zd[n3]!;
    const zd4 = zd[n4]!;
    const zd5 = zd[n5]!;
    const zd6 = zd[n6]!;
    const zd7 = zd[n7]!;
    const zd60 = zd6 - zd0;
    const zd53 = zd5 - zd3;
    const zd71 = zd7 - zd1;
    const zd42 = zd4 - zd2;
    const zdXi = zd60 - zd71 + (zd53 - zd42);
    const zdEta = zd60 + zd71 - (zd53 + zd42);
    const zdZeta = zd60 + zd71 + (zd53 + zd42);

    // Across each direction: how thick the element is, how its sides move apart.
    const norm = 1 / (64 * volume + tiny);
    delxXi[element] =
      volume / Math.sqrt((normalXXi * normalXXi + normalYXi * normalYXi + normalZXi * normalZXi) * (1 / 256) + tiny);
    delvXi[element] = (normalXXi * xdXi + normalYXi * ydXi + normalZXi * zdXi) * norm;
    delxEta[element] =
      volume / Math.sqrt((normalXEta * normalXEta + normalYEta * normalYEta + normalZEta * normalZEta) * (1 / 256) + tiny);
    delvEta[element] = (normalXEta * xdEta + normalYEta * ydEta + normalZEta * zdEta) * norm;
    delxZeta[element] =
      volume / Math.sqrt((normalXZeta * normalXZeta + normalYZeta * normalYZeta + normalZZeta * normalZZeta) * (1 / 256) + tiny);
    delvZeta[element] = (normalXZeta * xdZeta + normalYZeta * ydZeta + normalZZeta * zdZeta) * norm;

    // The rate at which the volume changed in the middle of the step.
    const xXiMid = xXi - halfStep * xdXi;
    const xEtaMid = xEta - halfStep * xdEta;
    const xZetaMid = xZeta - halfStep * xdZeta;
    const yXiMid = yXi - halfStep * ydXi;
    const yEtaMid = yEta - halfStep * ydEta;
    const yZetaMid = yZeta - halfStep * ydZeta;
    const zXiMid = zXi - halfStep * zdXi;
    const zEtaMid = zEta - halfStep * zdEta;
    const zZetaMid = zZeta - halfStep * zdZeta;
    const midXXi = yEtaMid * zZetaMid - zEtaMid * yZetaMid;
    const midYXi = zEtaMid * xZetaMid - xEtaMid * zZetaMid;
    const midZXi = xEtaMid * yZetaMid - yEtaMid * xZetaMid;
    const rateXi = midXXi * xdXi + midYXi * ydXi + midZXi * zdXi;
    const midXEta = yZetaMid * zXiMid - zZetaMid * yXiMid;
    const midYEta = zZetaMid * xXiMid - xZetaMid * zXiMid;
    const midZEta = xZetaMid * yXiMid - yZetaMid * xXiMid;
    const rateEta = midXEta * xdEta + midYEta * ydEta + midZEta * zdEta;
    const midXZeta = yXiMid * zEtaMid - zXiMid * yEtaMid;
    const midYZeta = zXiMid * xEtaMid - xXiMid * zEtaMid;
    const midZZeta = xXiMid * yEtaMid - yXiMid * xEtaMid;
    const rateZeta = midXZeta * xdZeta + midYZeta * ydZeta + midZZeta * zdZeta;
    vdov[element] = (rateXi + rateEta + rateZeta) / (xEtaMid * midXEta + yEtaMid * midYEta + zEtaMid * midZEta);
  }
});
