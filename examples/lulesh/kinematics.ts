/** Third loop of a step, over elements: new volumes, their rate of change, and gradients for the artificial viscosity. */
import { task } from "heddle";
import { tiny } from "./constants.ts";
import { type Domain, fieldsOf } from "./domain.ts";

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
    const y0 = y[n0]!;
    const y1 = y[n1]!;
    const y2 = y[n2]!;
    const y3 = y[n3]!;
    const y4 = y[n4]!;
    const y5 = y[n5]!;
    const y6 = y[n6]!;
    const y7 = y[n7]!;
    const z0 = z[n0]!;
    const z1 = z[n1]!;
    const z2 = z[n2]!;
    const z3 = z[n3]!;
    const z4 = z[n4]!;
    const z5 = z[n5]!;
    const z6 = z[n6]!;
    const z7 = z[n7]!;

    // Diagonals of the faces.
    const x31 = x3 - x1;
    const x72 = x7 - x2;
    const x63 = x6 - x3;
    const x20 = x2 - x0;
    const x43 = x4 - x3;
    const x57 = x5 - x7;
    const x64 = x6 - x4;
    const x70 = x7 - x0;
    const x14 = x1 - x4;
    const x25 = x2 - x5;
    const x61 = x6 - x1;
    const x50 = x5 - x0;
    const y31 = y3 - y1;
    const y72 = y7 - y2;
    const y63 = y6 - y3;
    const y20 = y2 - y0;
    const y43 = y4 - y3;
    const y57 = y5 - y7;
    const y64 = y6 - y4;
    const y70 = y7 - y0;
    const y14 = y1 - y4;
    const y25 = y2 - y5;
    const y61 = y6 - y1;
    const y50 = y5 - y0;
    const z31 = z3 - z1;
    const z72 = z7 - z2;
    const z63 = z6 - z3;
    const z20 = z2 - z0;
    const z43 = z4 - z3;
    const z57 = z5 - z7;
    const z64 = z6 - z4;
    const z70 = z7 - z0;
    const z14 = z1 - z4;
    const z25 = z2 - z5;
    const z61 = z6 - z1;
    const z50 = z5 - z0;

    const partA =
      (x31 + x72) * (y63 * z20 - z63 * y20) + (y31 + y72) * (z63 * x20 - x63 * z20) + (z31 + z72) * (x63 * y20 - y63 * x20);
    const partB =
      (x43 + x57) * (y64 * z70 - z64 * y70) + (y43 + y57) * (z64 * x70 - x64 * z70) + (z43 + z57) * (x64 * y70 - y64 * x70);
    const partC =
      (x14 + x25) * (y61 * z50 - z61 * y50) + (y14 + y25) * (z61 * x50 - x61 * z50) + (z14 + z25) * (x61 * y50 - y61 * x50);
    const volume = (partA + partB + partC) / 12;
    const relative = volume / volo[element]!;
    if (!(relative > 0)) throw new RangeError(`element ${element} has a volume of ${relative}: the time step was too long`);
    vnew[element] = relative;
    delv[element] = relative - v[element]!;

    const bottomX = y20 * z31 - z20 * y31;
    const bottomY = z20 * x31 - x20 * z31;
    const bottomZ = x20 * y31 - y20 * x31;
    const topX = y64 * z57 - z64 * y57;
    const topY = z64 * x57 - x64 * z57;
    const topZ = x64 * y57 - y64 * x57;
    const frontX = y50 * z14 - z50 * y14;
    const frontY = z50 * x14 - x50 * z14;
    const frontZ = x50 * y14 - y50 * x14;
    const rightX = y61 * z25 - z61 * y25;
    const rightY = z61 * x25 - x61 * z25;
    const rightZ = x61 * y25 - y61 * x25;
    const backX = y72 * z63 - z72 * y63;
    const backY = z72 * x63 - x72 * z63;
    const backZ = x72 * y63 - y72 * x63;
    const leftX = y43 * z70 - z43 * y70;
    const leftY = z43 * x70 - x43 * z70;
    const leftZ = x43 * y70 - y43 * x70;
    const area = Math.max(
      bottomX * bottomX + bottomY * bottomY + bottomZ * bottomZ,
      topX * topX + topY * topY + topZ * topZ,
      frontX * frontX + frontY * frontY + frontZ * frontZ,
      rightX * rightX + rightY * rightY + rightZ * rightZ,
      backX * backX + backY * backY + backZ * backZ,
      leftX * leftX + leftY * leftY + leftZ * leftZ,
    );
    length[element] = (4 * volume) / Math.sqrt(4 * area);

    // Twice the mean derivatives of positions and velocities by the element's own directions.
    const x60 = x6 - x0;
    const x53 = x5 - x3;
    const x71 = x7 - x1;
    const x42 = x4 - x2;
    const xXi = 0.25 * (x60 + x53 - x71 - x42);
    const xEta = 0.25 * (x60 - x53 + x71 - x42);
    const xZeta = 0.25 * (x60 + x53 + x71 + x42);
    const y60 = y6 - y0;
    const y53 = y5 - y3;
    const y71 = y7 - y1;
    const y42 = y4 - y2;
    const yXi = 0.25 * (y60 + y53 - y71 - y42);
    const yEta = 0.25 * (y60 - y53 + y71 - y42);
    const yZeta = 0.25 * (y60 + y53 + y71 + y42);
    const z60 = z6 - z0;
    const z53 = z5 - z3;
    const z71 = z7 - z1;
    const z42 = z4 - z2;
    const zXi = 0.25 * (z60 + z53 - z71 - z42);
    const zEta = 0.25 * (z60 - z53 + z71 - z42);
    const zZeta = 0.25 * (z60 + z53 + z71 + z42);
    const xd60 = xd[n6]! - xd[n0]!;
    const xd53 = xd[n5]! - xd[n3]!;
    const xd71 = xd[n7]! - xd[n1]!;
    const xd42 = xd[n4]! - xd[n2]!;
    const xdXi = 0.25 * (xd60 + xd53 - xd71 - xd42);
    const xdEta = 0.25 * (xd60 - xd53 + xd71 - xd42);
    const xdZeta = 0.25 * (xd60 + xd53 + xd71 + xd42);
    const yd60 = yd[n6]! - yd[n0]!;
    const yd53 = yd[n5]! - yd[n3]!;
    const yd71 = yd[n7]! - yd[n1]!;
    const yd42 = yd[n4]! - yd[n2]!;
    const ydXi = 0.25 * (yd60 + yd53 - yd71 - yd42);
    const ydEta = 0.25 * (yd60 - yd53 + yd71 - yd42);
    const ydZeta = 0.25 * (yd60 + yd53 + yd71 + yd42);
    const zd60 = zd[n6]! - zd[n0]!;
    const zd53 = zd[n5]! - zd[n3]!;
    const zd71 = zd[n7]! - zd[n1]!;
    const zd42 = zd[n4]! - zd[n2]!;
    const zdXi = 0.25 * (zd60 + zd53 - zd71 - zd42);
    const zdEta = 0.25 * (zd60 - zd53 + zd71 - zd42);
    const zdZeta = 0.25 * (zd60 + zd53 + zd71 + zd42);

    // Across each direction: the area, how thick the element is, how its sides move apart.
    const norm = 1 / (volume + tiny);
    const normalXXi = yEta * zZeta - zEta * yZeta;
    const normalYXi = zEta * xZeta - xEta * zZeta;
    const normalZXi = xEta * yZeta - yEta * xZeta;
    delxXi[element] = volume / Math.sqrt(normalXXi * normalXXi + normalYXi * normalYXi + normalZXi * normalZXi + tiny);
    delvXi[element] = (normalXXi * xdXi + normalYXi * ydXi + normalZXi * zdXi) * norm;
    const normalXEta = yZeta * zXi - zZeta * yXi;
    const normalYEta = zZeta * xXi - xZeta * zXi;
    const normalZEta = xZeta * yXi - yZeta * xXi;
    delxEta[element] = volume / Math.sqrt(normalXEta * normalXEta + normalYEta * normalYEta + normalZEta * normalZEta + tiny);
    delvEta[element] = (normalXEta * xdEta + normalYEta * ydEta + normalZEta * zdEta) * norm;
    const normalXZeta = yXi * zEta - zXi * yEta;
    const normalYZeta = zXi * xEta - xXi * zEta;
    const normalZZeta = xXi * yEta - yXi * xEta;
    delxZeta[element] =
      volume / Math.sqrt(normalXZeta * normalXZeta + normalYZeta * normalYZeta + normalZZeta * normalZZeta + tiny);
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
