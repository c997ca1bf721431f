/**
 * First loop of a step, over elements: a force on each corner, from the pressure on the faces and the damping of hourglass modes
 * (Flanagan and Belytschko, "A uniform strain hexahedron and quadrilateral with orthogonal hourglass control", 1981).
 *
 * One function without calls and arrays of its own: engines keep its several hundred numbers in registers and on the stack, and
 * calls that pass numbers allocate them.
 */
import { task } from "heddle";
import { hourglassDamping } from "./constants.ts";
import { type Domain, fieldsOf } from "./domain.ts";

export const cornerForces = task(import.meta, function cornerForces(lo: number, hi: number, domain: Domain): void {
  const { p, q, ss, v, volo, mass, fx, fy, fz, nodes, x, y, z, xd, yd, zd } = fieldsOf(domain);
  for (let element = lo; element < hi; element++) {
    const first = 8 * element;
    const volume = volo[element]! * v[element]!;
    const perVolume = 1 / volume;
    const damping = (0.01 * hourglassDamping * ss[element]! * mass[element]!) / Math.cbrt(volume);
    const pressure = p[element]! + q[element]!;

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

    // Twice the middle of each edge.
    const x01 = x0 + x1;
    const x12 = x1 + x2;
    const x23 = x2 + x3;
    const x03 = x0 + x3;
    const x45 = x4 + x5;
    const x56 = x5 + x6;
    const x67 = x6 + x7;
    const x47 = x4 + x7;
    const x04 = x0 + x4;
    const x15 = x1 + x5;
    const x26 = x2 + x6;
    const x37 = x3 + x7;
    const y01 = y0 + y1;
    const y12 = y1 + y2;
    const y23 = y2 + y3;
    const y03 = y0 + y3;
    const y45 = y4 + y5;
    const y56 = y5 + y6;
    const y67 = y6 + y7;
    const y47 = y4 + y7;
    const y04 = y0 + y4;
    const y15 = y1 + y5;
    const y26 = y2 + y6;
    const y37 = y3 + y7;
    const z01 = z0 + z1;
    const z12 = z1 + z2;
    const z23 = z2 + z3;
    const z03 = z0 + z3;
    const z45 = z4 + z5;
    const z56 = z5 + z6;
    const z67 = z6 + z7;
    const z47 = z4 + z7;
    const z04 = z0 + z4;
    const z15 = z1 + z5;
    const z26 = z2 + z6;
    const z37 = z3 + z7;

    // How the volume changes with the coordinates of each corner, times 12.
    const gradX0 = y23 * z12 - y12 * z23 + y15 * z45 - y45 * z15 - y37 * z47 + y47 * z37;
    const gradX1 = y03 * z23 - y23 * z03 + y26 * z56 - y56 * z26 - y04 * z45 + y45 * z04;
    const gradX2 = y01 * z03 - y03 * z01 + y37 * z67 - y67 * z37 - y15 * z56 + y56 * z15;
    const gradX3 = y12 * z01 - y01 * z12 + y04 * z47 - y47 * z04 - y26 * z67 + y67 * z26;
    const gradX4 = y56 * z67 - y67 * z56 + y37 * z03 - y03 * z37 - y15 * z01 + y01 * z15;
    const gradX5 = y67 * z47 - y47 * z67 + y04 * z01 - y01 * z04 - y26 * z12 + y12 * z26;
    const gradX6 = y47 * z45 - y45 * z47 + y15 * z12 - y12 * z15 - y37 * z23 + y23 * z37;
    const gradX7 = y45 * z56 - y56 * z45 + y26 * z23 - y23 * z26 - y04 * z03 + y03 * z04;
    const gradY0 = z23 * x12 - z12 * x23 + z15 * x45 - z45 * x15 - z37 * x47 + z47 * x37;
    const gradY1 = z03 * x23 - z23 * x03 + z26 * x56 - z56 * x26 - z04 * x45 + z45 * x04;
    const gradY2 = z01 * x03 - z03 * x01 + z37 * x67 - z67 * x37 - z15 * x56 + z56 * x15;
    const gradY3 = z12 * x01 - z01 * x12 + z04 * x47 - z47 * x04 - z26 * x67 + z67 * x26;
    const gradY4 = z56 * x67 - z67 * x56 + z37 * x03 - z03 * x37 - z15 * x01 + z01 * x15;
    const gradY5 = z67 * x47 - z47 * x67 + z04 * x01 - z01 * x04 - z26 * x12 + z12 * x26;
    const gradY6 = z47 * x45 - z45 * x47 + z15 * x12 - z12 * x15 - z37 * x23 + z23 * x37;
    const gradY7 = z45 * x56 - z56 * x45 + z26 * x23 - z23 * x26 - z04 * x03 + z03 * x04;
    const gradZ0 = x23 * y12 - x12 * y23 + x15 * y45 - x45 * y15 - x37 * y47 + x47 * y37;
    const gradZ1 = x03 * y23 - x23 * y03 + x26 * y56 - x56 * y26 - x04 * y45 + x45 * y04;
    const gradZ2 = x01 * y03 - x03 * y01 + x37 * y67 - x67 * y37 - x15 * y56 + x56 * y15;
    const gradZ3 = x12 * y01 - x01 * y12 + x04 * y47 - x47 * y04 - x26 * y67 + x67 * y26;
    const gradZ4 = x56 * y67 - x67 * y56 + x37 * y03 - x03 * y37 - x15 * y01 + x01 * y15;
    const gradZ5 = x67 * y47 - x47 * y67 + x04 * y01 - x01 * y04 - x26 * y12 + x12 * y26;
    const gradZ6 = x47 * y45 - x45 * y47 + x15 * y12 - x12 * y15 - x37 * y23 + x23 * y37;
    const gradZ7 = x45 * y56 - x56 * y45 + x26 * y23 - x23 * y26 - x04 * y03 + x03 * y04;

    // Eight times a quarter of each face, which is half the cross product of its diagonals.
    const bottomX = (y3 - y1) * (z2 - z0) - (z3 - z1) * (y2 - y0);
    const frontX = (y1 - y4) * (z5 - z0) - (z1 - z4) * (y5 - y0);
    const rightX = (y2 - y5) * (z6 - z1) - (z2 - z5) * (y6 - y1);
    const backX = (y3 - y6) * (z7 - z2) - (z3 - z6) * (y7 - y2);
    const leftX = (y0 - y7) * (z4 - z3) - (z0 - z7) * (y4 - y3);
    const topX = (y5 - y7) * (z6 - z4) - (z5 - z7) * (y6 - y4);
    const bottomY = (z3 - z1) * (x2 - x0) - (x3 - x1) * (z2 - z0);
    const frontY = (z1 - z4) * (x5 - x0) - (x1 - x4) * (z5 - z0);
    const rightY = (z2 - z5) * (x6 - x1) - (x2 - x5) * (z6 - z1);
    const backY = (z3 - z6) * (x7 - x2) - (x3 - x6) * (z7 - z2);
    const leftY = (z0 - z7) * (x4 - x3) - (x0 - x7) * (z4 - z3);
    const topY = (z5 - z7) * (x6 - x4) - (x5 - x7) * (z6 - z4);
    const bottomZ = (x3 - x1) * (y2 - y0) - (y3 - y1) * (x2 - x0);
    const frontZ = (x1 - x4) * (y5 - y0) - (y1 - y4) * (x5 - x0);
    const rightZ = (x2 - x5) * (y6 - y1) - (y2 - y5) * (x6 - x1);
    const backZ = (x3 - x6) * (y7 - y2) - (y3 - y6) * (x7 - x2);
    const leftZ = (x0 - x7) * (y4 - y3) - (y0 - y7) * (x4 - x3);
    const topZ = (x5 - x7) * (y6 - y4) - (y5 - y7) * (x6 - x4);

    // The four hourglass modes of the positions: sums over the corners with the modes' signs.
    const modeX0 = x0 + x1 - (x2 + x3) - (x4 + x5 - (x6 + x7));
    const modeX1 = x0 - x1 - (x2 - x3) - (x4 - x5 - (x6 - x7));
    const modeX2 = x0 - x1 + (x2 - x3) + (x4 - x5 + (x6 - x7));
    const modeX3 = x4 - x5 + (x6 - x7) - (x0 - x1 + (x2 - x3));
    const modeY0 = y0 + y1 - (y2 + y3) - (y4 + y5 - (y6 + y7));
    const modeY1 = y0 - y1 - (y2 - y3) - (y4 - y5 - (y6 - y7));
    const modeY2 = y0 - y1 + (y2 - y3) + (y4 - y5 + (y6 - y7));
    const modeY3 = y4 - y5 + (y6 - y7) - (y0 - y1 + (y2 - y3));
    const modeZ0 = z0 + z1 - (z2 + z3) - (z4 + z5 - (z6 + z7));
    const modeZ1 = z0 - z1 - (z2 - z3) - (z4 - z5 - (z6 - z7));
    const modeZ2 = z0 - z1 + (z2 - z3) + (z4 - z5 + (z6 - z7));
    const modeZ3 = z4 - z5 + (z6 - z7) - (z0 - z1 + (z2 - z3));

    const onFaces = 0.125 * pressure;
    const perGradient = perVolume * (1 / 12);
    // For each axis: the modes of the velocities without the change of volume in them, and the forces against them.
    {
      const u0 = xd[n0]!;
      const u1 = xd[n1]!;
      const u2 = xd[n2]!;
      const u3 = xd[n3]!;
      const u4 = xd[n4]!;
      const u5 = xd[n5]!;
      const u6 = xd[n6]!;
      const u7 = xd[n7]!;
      const byX =
        (gradX0 * u0 + gradX1 * u1 + gradX2 * u2 + gradX3 * u3 + gradX4 * u4 + gradX5 * u5 + gradX6 * u6 + gradX7 * u7) *
        perGradient;
      const byY =
        (gradY0 * u0 + gradY1 * u1 + gradY2 * u2 + gradY3 * u3 + gradY4 * u4 + gradY5 * u5 + gradY6 * u6 + gradY7 * u7) *
        perGradient;
      const byZ =
        (gradZ0 * u0 + gradZ1 * u1 + gradZ2 * u2 + gradZ3 * u3 + gradZ4 * u4 + gradZ5 * u5 + gradZ6 * u6 + gradZ7 * u7) *
        perGradient;
      const mode0 = u0 + u1 - (u2 + u3) - (u4 + u5 - (u6 + u7));
      const mode1 = u0 - u1 - (u2 - u3) - (u4 - u5 - (u6 - u7));
      const mode2 = u0 - u1 + (u2 - u3) + (u4 - u5 + (u6 - u7));
      const mode3 = u4 - u5 + (u6 - u7) - (u0 - u1 + (u2 - u3));
      const h0 = mode0 - (modeX0 * byX + modeY0 * byY + modeZ0 * byZ);
      const h1 = mode1 - (modeX1 * byX + modeY1 * byY + modeZ1 * byZ);
      const h2 = mode2 - (modeX2 * byX + modeY2 * byY + modeZ2 * byZ);
      const h3 = mode3 - (modeX3 * byX + modeY3 * byY + modeZ3 * byZ);
      const toX = (modeX0 * h0 + modeX1 * h1 + modeX2 * h2 + modeX3 * h3) * perGradient;
      const toY = (modeY0 * h0 + modeY1 * h1 + modeY2 * h2 + modeY3 * h3) * perGradient;
      const toZ = (modeZ0 * h0 + modeZ1 * h1 + modeZ2 * h2 + modeZ3 * h3) * perGradient;
      const sum = h0 + h1;
      const difference = h0 - h1;
      const inner = h2 - h3;
      const outer = h2 + h3;
      fx[first + 0] =
        (bottomX + frontX + leftX) * onFaces - damping * (sum + inner - (gradX0 * toX + gradY0 * toY + gradZ0 * toZ));
      fx[first + 1] =
        (bottomX + frontX + rightX) * onFaces - damping * (difference - inner - (gradX1 * toX + gradY1 * toY + gradZ1 * toZ));
      fx[first + 2] =
        (bottomX + rightX + backX) * onFaces - damping * (inner - sum - (gradX2 * toX + gradY2 * toY + gradZ2 * toZ));
      fx[first + 3] =
        (bottomX + backX + leftX) * onFaces - damping * (-difference - inner - (gradX3 * toX + gradY3 * toY + gradZ3 * toZ));
      fx[first + 4] = (frontX + leftX + topX) * onFaces - damping * (outer - sum - (gradX4 * toX + gradY4 * toY + gradZ4 * toZ));
      fx[first + 5] =
        (frontX + rightX + topX) * onFaces - damping * (-difference - outer - (gradX5 * toX + gradY5 * toY + gradZ5 * toZ));
      fx[first + 6] = (rightX + backX + topX) * onFaces - damping * (sum + outer - (gradX6 * toX + gradY6 * toY + gradZ6 * toZ));
      fx[first + 7] =
        (backX + leftX + topX) * onFaces - damping * (difference - outer - (gradX7 * toX + gradY7 * toY + gradZ7 * toZ));
    }
    {
      const u0 = yd[n0]!;
      const u1 = yd[n1]!;
      const u2 = yd[n2]!;
      const u3 = yd[n3]!;
      const u4 = yd[n4]!;
      const u5 = yd[n5]!;
      const u6 = yd[n6]!;
      const u7 = yd[n7]!;
      const byX =
        (gradX0 * u0 + gradX1 * u1 + gradX2 * u2 + gradX3 * u3 + gradX4 * u4 + gradX5 * u5 + gradX6 * u6 + gradX7 * u7) *
        perGradient;
      const byY =
        (gradY0 * u0 + gradY1 * u1 + gradY2 * u2 + gradY3 * u3 + gradY4 * u4 + gradY5 * u5 + gradY6 * u6 + gradY7 * u7) *
        perGradient;
      const byZ =
        (gradZ0 * u0 + gradZ1 * u1 + gradZ2 * u2 + gradZ3 * u3 + gradZ4 * u4 + gradZ5 * u5 + gradZ6 * u6 + gradZ7 * u7) *
        perGradient;
      const mode0 = u0 + u1 - (u2 + u3) - (u4 + u5 - (u6 + u7));
      const mode1 = u0 - u1 - (u2 - u3) - (u4 - u5 - (u6 - u7));
      const mode2 = u0 - u1 + (u2 - u3) + (u4 - u5 + (u6 - u7));
      const mode3 = u4 - u5 + (u6 - u7) - (u0 - u1 + (u2 - u3));
      const h0 = mode0 - (modeX0 * byX + modeY0 * byY + modeZ0 * byZ);
      const h1 = mode1 - (modeX1 * byX + modeY1 * byY + modeZ1 * byZ);
      const h2 = mode2 - (modeX2 * byX + modeY2 * byY + modeZ2 * byZ);
      const h3 = mode3 - (modeX3 * byX + modeY3 * byY + modeZ3 * byZ);
      const toX = (modeX0 * h0 + modeX1 * h1 + modeX2 * h2 + modeX3 * h3) * perGradient;
      const toY = (modeY0 * h0 + modeY1 * h1 + modeY2 * h2 + modeY3 * h3) * perGradient;
      const toZ = (modeZ0 * h0 + modeZ1 * h1 + modeZ2 * h2 + modeZ3 * h3) * perGradient;
      const sum = h0 + h1;
      const difference = h0 - h1;
      const inner = h2 - h3;
      const outer = h2 + h3;
      fy[first + 0] =
        (bottomY + frontY + leftY) * onFaces - damping * (sum + inner - (gradX0 * toX + gradY0 * toY + gradZ0 * toZ));
      fy[first + 1] =
        (bottomY + frontY + rightY) * onFaces - damping * (difference - inner - (gradX1 * toX + gradY1 * toY + gradZ1 * toZ));
      fy[first + 2] =
        (bottomY + rightY + backY) * onFaces - damping * (inner - sum - (gradX2 * toX + gradY2 * toY + gradZ2 * toZ));
      fy[first + 3] =
        (bottomY + backY + leftY) * onFaces - damping * (-difference - inner - (gradX3 * toX + gradY3 * toY + gradZ3 * toZ));
      fy[first + 4] = (frontY + leftY + topY) * onFaces - damping * (outer - sum - (gradX4 * toX + gradY4 * toY + gradZ4 * toZ));
      fy[first + 5] =
        (frontY + rightY + topY) * onFaces - damping * (-difference - outer - (gradX5 * toX + gradY5 * toY + gradZ5 * toZ));
      fy[first + 6] = (rightY + backY + topY) * onFaces - damping * (sum + outer - (gradX6 * toX + gradY6 * toY + gradZ6 * toZ));
      fy[first + 7] =
        (backY + leftY + topY) * onFaces - damping * (difference - outer - (gradX7 * toX + gradY7 * toY + gradZ7 * toZ));
    }
    {
      const u0 = zd[n0]!;
      const u1 = zd[n1]!;
      const u2 = zd[n2]!;
      const u3 = zd[n3]!;
      const u4 = zd[n4]!;
      const u5 = zd[n5]!;
      const u6 = zd[n6]!;
      const u7 = zd[n7]!;
      const byX =
        (gradX0 * u0 + gradX1 * u1 + gradX2 * u2 + gradX3 * u3 + gradX4 * u4 + gradX5 * u5 + gradX6 * u6 + gradX7 * u7) *
        perGradient;
      const byY =
        (gradY0 * u0 + gradY1 * u1 + gradY2 * u2 + gradY3 * u3 + gradY4 * u4 + gradY5 * u5 + gradY6 * u6 + gradY7 * u7) *
        perGradient;
      const byZ =
        (gradZ0 * u0 + gradZ1 * u1 + gradZ2 * u2 + gradZ3 * u3 + gradZ4 * u4 + gradZ5 * u5 + gradZ6 * u6 + gradZ7 * u7) *
        perGradient;
      const mode0 = u0 + u1 - (u2 + u3) - (u4 + u5 - (u6 + u7));
      const mode1 = u0 - u1 - (u2 - u3) - (u4 - u5 - (u6 - u7));
      const mode2 = u0 - u1 + (u2 - u3) + (u4 - u5 + (u6 - u7));
      const mode3 = u4 - u5 + (u6 - u7) - (u0 - u1 + (u2 - u3));
      const h0 = mode0 - (modeX0 * byX + modeY0 * byY + modeZ0 * byZ);
      const h1 = mode1 - (modeX1 * byX + modeY1 * byY + modeZ1 * byZ);
      const h2 = mode2 - (modeX2 * byX + modeY2 * byY + modeZ2 * byZ);
      const h3 = mode3 - (modeX3 * byX + modeY3 * byY + modeZ3 * byZ);
      const toX = (modeX0 * h0 + modeX1 * h1 + modeX2 * h2 + modeX3 * h3) * perGradient;
      const toY = (modeY0 * h0 + modeY1 * h1 + modeY2 * h2 + modeY3 * h3) * perGradient;
      const toZ = (modeZ0 * h0 + modeZ1 * h1 + modeZ2 * h2 + modeZ3 * h3) * perGradient;
      const sum = h0 + h1;
      const difference = h0 - h1;
      const inner = h2 - h3;
      const outer = h2 + h3;
      fz[first + 0] =
        (bottomZ + frontZ + leftZ) * onFaces - damping * (sum + inner - (gradX0 * toX + gradY0 * toY + gradZ0 * toZ));
      fz[first + 1] =
        (bottomZ + frontZ + rightZ) * onFaces - damping * (difference - inner - (gradX1 * toX + gradY1 * toY + gradZ1 * toZ));
      fz[first + 2] =
        (bottomZ + rightZ + backZ) * onFaces - damping * (inner - sum - (gradX2 * toX + gradY2 * toY + gradZ2 * toZ));
      fz[first + 3] =
        (bottomZ + backZ + leftZ) * onFaces - damping * (-difference - inner - (gradX3 * toX + gradY3 * toY + gradZ3 * toZ));
      fz[first + 4] = (frontZ + leftZ + topZ) * onFaces - damping * (outer - sum - (gradX4 * toX + gradY4 * toY + gradZ4 * toZ));
      fz[first + 5] =
        (frontZ + rightZ + topZ) * onFaces - damping * (-difference - outer - (gradX5 * toX + gradY5 * toY + gradZ5 * toZ));
      fz[first + 6] = (rightZ + backZ + topZ) * onFaces - damping * (sum + outer - (gradX6 * toX + gradY6 * toY + gradZ6 * toZ));
      fz[first + 7] =
        (backZ + leftZ + topZ) * onFaces - damping * (difference - outer - (gradX7 * toX + gradY7 * toY + gradZ7 * toZ));
    }
  }
});
