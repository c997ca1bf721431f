/**
 * First loop of a step, over elements: a force on each corner, from the pressure on the faces and the damping of hourglass modes
 * (Flanagan and Belytschko, "A uniform strain hexahedron and quadrilateral with orthogonal hourglass control", 1981).
 *
 * All is computed from sums over the corners with the signs of seven modes: the three directions xi, eta and zeta of the element,
 * their products, of which three bend it (xi eta, xi zeta, eta zeta), and the product of all (twist). With X_m for the vector of such
 * sums, 64 V = [X_xi, X_eta, X_zeta] + ([X_xi, X_xiEta, X_xiZeta] + [X_xiEta, X_eta, X_etaZeta] + [X_xiZeta, X_etaZeta, X_zeta]) / 3,
 * which does not depend on the twist; and areas and the derivatives of V are sums of the same cross products.
 *
 * One function without calls and arrays of its own: engines keep its numbers in registers and on the stack, and calls that pass
 * numbers allocate them.
 */
import { task } from "heddle";
import { type Domain, fieldsOf } from "./domain.ts";
import { inverseCubeRoot } from "./roots.ts";

const hourglassDamping = 3;

export const cornerForces = task(import.meta, function cornerForces(lo: number, hi: number, domain: Domain): void {
  const { p, q, ss, v, volo, mass, fx, fy, fz, nodes, x, y, z, xd, yd, zd } = fieldsOf(domain);
  for (let element = lo; element < hi; element++) {
    const first = 8 * element;
    const volume = volo[element]! * v[element]!;
    const damping = 0.01 * hourglassDamping * ss[element]! * mass[element]! * inverseCubeRoot(volume);
    const onFaces = (p[element]! + q[element]!) * (1 / 64);
    const perVolume = 1 / (192 * volume);
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
    const xTwist = xAlong7 - xAlong4 - (xAlong3 - xAlong0);
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
    const yTwist = yAlong7 - yAlong4 - (yAlong3 - yAlong0);
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
    const zTwist = zAlong7 - zAlong4 - (zAlong3 - zAlong0);
    const zEta = zSum7 - zSum4 + (zSum3 - zSum0);
    const zEtaZeta = zSum7 - zSum4 - (zSum3 - zSum0);
    const zZeta = zSum4 + zSum7 - (zSum0 + zSum3);

    // Areas, and derivatives of the volume by the three directions.
    const flatXXi = yEta * zZeta - zEta * yZeta;
    const bentXXi = yXiEta * zXiZeta - zXiEta * yXiZeta;
    const areaXXi = (flatXXi + bentXXi) * onFaces;
    const gradXXi = 3 * flatXXi + bentXXi;
    const flatYXi = zEta * xZeta - xEta * zZeta;
    const bentYXi = zXiEta * xXiZeta - xXiEta * zXiZeta;
    const areaYXi = (flatYXi + bentYXi) * onFaces;
    const gradYXi = 3 * flatYXi + bentYXi;
    const flatZXi = xEta * yZeta - yEta * xZeta;
    const bentZXi = xXiEta * yXiZeta - yXiEta * xXiZeta;
    const areaZXi = (flatZXi + bentZXi) * onFaces;
    const gradZXi = 3 * flatZXi + bentZXi;
    const flatXEta = yZeta * zXi - zZeta * yXi;
    const bentXEta = yEtaZeta * zXiEta - zEtaZeta * yXiEta;
    const areaXEta = (flatXEta + bentXEta) * onFaces;
    const gradXEta = 3 * flatXEta + bentXEta;
    const flatYEta = zZeta * xXi - xZeta * zXi;
    const bentYEta = zEtaZeta * xXiEta - xEtaZeta * zXiEta;
    const areaYEta = (flatYEta + bentYEta) * onFaces;
    const gradYEta = 3 * flatYEta + bentYEta;
    const flatZEta = xZeta * yXi - yZeta * xXi;
    const bentZEta = xEtaZeta * yXiEta - yEtaZeta * xXiEta;
    const areaZEta = (flatZEta + bentZEta) * onFaces;
    const gradZEta = 3 * flatZEta + bentZEta;
    const flatXZeta = yXi * zEta - zXi * yEta;
    const bentXZeta = yXiZeta * zEtaZeta - zXiZeta * yEtaZeta;
    const areaXZeta = (flatXZeta + bentXZeta) * onFaces;
    const gradXZeta = 3 * flatXZeta + bentXZeta;
    const flatYZeta = zXi * xEta - xXi * zEta;
    const bentYZeta = zXiZeta * xEtaZeta - xXiZeta * zEtaZeta;
    const areaYZeta = (flatYZeta + bentYZeta) * onFaces;
    const gradYZeta = 3 * flatYZeta + bentYZeta;
    const flatZZeta = xXi * yEta - yXi * xEta;
    const bentZZeta = xXiZeta * yEtaZeta - yXiZeta * xEtaZeta;
    const areaZZeta = (flatZZeta + bentZZeta) * onFaces;
    const gradZZeta = 3 * flatZZeta + bentZZeta;
    // Derivatives of the volume by the modes that bend.
    const gradXXiEta = yXiZeta * zXi - zXiZeta * yXi + (yEta * zEtaZeta - zEta * yEtaZeta);
    const gradYXiEta = zXiZeta * xXi - xXiZeta * zXi + (zEta * xEtaZeta - xEta * zEtaZeta);
    const gradZXiEta = xXiZeta * yXi - yXiZeta * xXi + (xEta * yEtaZeta - yEta * xEtaZeta);
    const gradXXiZeta = yXi * zXiEta - zXi * yXiEta + (yEtaZeta * zZeta - zEtaZeta * yZeta);
    const gradYXiZeta = zXi * xXiEta - xXi * zXiEta + (zEtaZeta * xZeta - xEtaZeta * zZeta);
    const gradZXiZeta = xXi * yXiEta - yXi * xXiEta + (xEtaZeta * yZeta - yEtaZeta * xZeta);
    const gradXEtaZeta = yXiEta * zEta - zXiEta * yEta + (yZeta * zXiZeta - zZeta * yXiZeta);
    const gradYEtaZeta = zXiEta * xEta - xXiEta * zEta + (zZeta * xXiZeta - xZeta * zXiZeta);
    const gradZEtaZeta = xXiEta * yEta - yXiEta * xEta + (xZeta * yXiZeta - yZeta * xXiZeta);

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
      const uSum0 = u0 + u1;
      const uAlong0 = u1 - u0;
      const uSum3 = u3 + u2;
      const uAlong3 = u2 - u3;
      const uSum4 = u4 + u5;
      const uAlong4 = u5 - u4;
      const uSum7 = u7 + u6;
      const uAlong7 = u6 - u7;
      const uXi = uAlong4 + uAlong7 + (uAlong0 + uAlong3);
      const uXiZeta = uAlong4 + uAlong7 - (uAlong0 + uAlong3);
      const uXiEta = uAlong7 - uAlong4 + (uAlong3 - uAlong0);
      const uTwist = uAlong7 - uAlong4 - (uAlong3 - uAlong0);
      const uEta = uSum7 - uSum4 + (uSum3 - uSum0);
      const uEtaZeta = uSum7 - uSum4 - (uSum3 - uSum0);
      const uZeta = uSum4 + uSum7 - (uSum0 + uSum3);
      const byX =
        (gradXXi * uXi +
          gradXEta * uEta +
          gradXZeta * uZeta +
          gradXXiEta * uXiEta +
          gradXXiZeta * uXiZeta +
          gradXEtaZeta * uEtaZeta) *
        perVolume;
      const byY =
        (gradYXi * uXi +
          gradYEta * uEta +
          gradYZeta * uZeta +
          gradYXiEta * uXiEta +
          gradYXiZeta * uXiZeta +
          gradYEtaZeta * uEtaZeta) *
        perVolume;
      const byZ =
        (gradZXi * uXi +
          gradZEta * uEta +
          gradZZeta * uZeta +
          gradZXiEta * uXiEta +
          gradZXiZeta * uXiZeta +
          gradZEtaZeta * uEtaZeta) *
        perVolume;
      const hXiEta = (uXiEta - (xXiEta * byX + yXiEta * byY + zXiEta * byZ)) * damping;
      const hXiZeta = (uXiZeta - (xXiZeta * byX + yXiZeta * byY + zXiZeta * byZ)) * damping;
      const hEtaZeta = (uEtaZeta - (xEtaZeta * byX + yEtaZeta * byY + zEtaZeta * byZ)) * damping;
      const hTwist = (uTwist - (xTwist * byX + yTwist * byY + zTwist * byZ)) * damping;
      const toX = (xXiEta * hXiEta + xXiZeta * hXiZeta + xEtaZeta * hEtaZeta + xTwist * hTwist) * perVolume;
      const toY = (yXiEta * hXiEta + yXiZeta * hXiZeta + yEtaZeta * hEtaZeta + yTwist * hTwist) * perVolume;
      const toZ = (zXiEta * hXiEta + zXiZeta * hXiZeta + zEtaZeta * hEtaZeta + zTwist * hTwist) * perVolume;
      const fXi = areaXXi + (gradXXi * toX + gradYXi * toY + gradZXi * toZ);
      const fEta = areaXEta + (gradXEta * toX + gradYEta * toY + gradZEta * toZ);
      const fZeta = areaXZeta + (gradXZeta * toX + gradYZeta * toY + gradZZeta * toZ);
      const fXiEta = gradXXiEta * toX + gradYXiEta * toY + gradZXiEta * toZ - hXiEta;
      const fXiZeta = gradXXiZeta * toX + gradYXiZeta * toY + gradZXiZeta * toZ - hXiZeta;
      const fEtaZeta = gradXEtaZeta * toX + gradYEtaZeta * toY + gradZEtaZeta * toZ - hEtaZeta;
      const lowXi = fXi - fXiZeta;
      const highXi = fXi + fXiZeta;
      const lowEta = fEta - fEtaZeta;
      const highEta = fEta + fEtaZeta;
      const lowXiEta = fXiEta + hTwist;
      const highXiEta = fXiEta - hTwist;
      fx[first + 0] = lowXiEta - lowXi - (fZeta + lowEta);
      fx[first + 1] = lowXi - lowXiEta - (fZeta + lowEta);
      fx[first + 2] = lowXi + lowXiEta - (fZeta - lowEta);
      fx[first + 3] = lowEta - fZeta - (lowXi + lowXiEta);
      fx[first + 4] = fZeta - highEta - (highXi - highXiEta);
      fx[first + 5] = fZeta - highEta + (highXi - highXiEta);
      fx[first + 6] = fZeta + highEta + (highXi + highXiEta);
      fx[first + 7] = fZeta + highEta - (highXi + highXiEta);
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
      const uSum0 = u0 + u1;
      const uAlong0 = u1 - u0;
      const uSum3 = u3 + u2;
      const uAlong3 = u2 - u3;
      const uSum4 = u4 + u5;
      const uAlong4 = u5 - u4;
      const uSum7 = u7 + u6;
      const uAlong7 = u6 - u7;
      const uXi = uAlong4 + uAlong7 + (uAlong0 + uAlong3);
      const uXiZeta = uAlong4 + uAlong7 - (uAlong0 + uAlong3);
      const uXiEta = uAlong7 - uAlong4 + (uAlong3 - uAlong0);
      const uTwist = uAlong7 - uAlong4 - (uAlong3 - uAlong0);
      const uEta = uSum7 - uSum4 + (uSum3 - uSum0);
      const uEtaZeta = uSum7 - uSum4 - (uSum3 - uSum0);
      const uZeta = uSum4 + uSum7 - (uSum0 + uSum3);
      const byX =
        (gradXXi * uXi +
          gradXEta * uEta +
          gradXZeta * uZeta +
          gradXXiEta * uXiEta +
          gradXXiZeta * uXiZeta +
          gradXEtaZeta * uEtaZeta) *
        perVolume;
      const byY =
        (gradYXi * uXi +
          gradYEta * uEta +
          gradYZeta * uZeta +
          gradYXiEta * uXiEta +
          gradYXiZeta * uXiZeta +
          gradYEtaZeta * uEtaZeta) *
        perVolume;
      const byZ =
        (gradZXi * uXi +
          gradZEta * uEta +
          gradZZeta * uZeta +
          gradZXiEta * uXiEta +
          gradZXiZeta * uXiZeta +
          gradZEtaZeta * uEtaZeta) *
        perVolume;
      const hXiEta = (uXiEta - (xXiEta * byX + yXiEta * byY + zXiEta * byZ)) * damping;
      const hXiZeta = (uXiZeta - (xXiZeta * byX + yXiZeta * byY + zXiZeta * byZ)) * damping;
      const hEtaZeta = (uEtaZeta - (xEtaZeta * byX + yEtaZeta * byY + zEtaZeta * byZ)) * damping;
      const hTwist = (uTwist - (xTwist * byX + yTwist * byY + zTwist * byZ)) * damping;
      const toX = (xXiEta * hXiEta + xXiZeta * hXiZeta + xEtaZeta * hEtaZeta + xTwist * hTwist) * perVolume;
      const toY = (yXiEta * hXiEta + yXiZeta * hXiZeta + yEtaZeta * hEtaZeta + yTwist * hTwist) * perVolume;
      const toZ = (zXiEta * hXiEta + zXiZeta * hXiZeta + zEtaZeta * hEtaZeta + zTwist * hTwist) * perVolume;
      const fXi = areaYXi + (gradXXi * toX + gradYXi * toY + gradZXi * toZ);
      const fEta = areaYEta + (gradXEta * toX + gradYEta * toY + gradZEta * toZ);
      const fZeta = areaYZeta + (gradXZeta * toX + gradYZeta * toY + gradZZeta * toZ);
      const fXiEta = gradXXiEta * toX + gradYXiEta * toY + gradZXiEta * toZ - hXiEta;
      const fXiZeta = gradXXiZeta * toX + gradYXiZeta * toY + gradZXiZeta * toZ - hXiZeta;
      const fEtaZeta = gradXEtaZeta * toX + gradYEtaZeta * toY + gradZEtaZeta * toZ - hEtaZeta;
      const lowXi = fXi - fXiZeta;
      const highXi = fXi + fXiZeta;
      const lowEta = fEta - fEtaZeta;
      const highEta = fEta + fEtaZeta;
      const lowXiEta = fXiEta + hTwist;
      const highXiEta = fXiEta - hTwist;
      fy[first + 0] = lowXiEta - lowXi - (fZeta + lowEta);
      fy[first + 1] = lowXi - lowXiEta - (fZeta + lowEta);
      fy[first + 2] = lowXi + lowXiEta - (fZeta - lowEta);
      fy[first + 3] = lowEta - fZeta - (lowXi + lowXiEta);
      fy[first + 4] = fZeta - highEta - (highXi - highXiEta);
      fy[first + 5] = fZeta - highEta + (highXi - highXiEta);
      fy[first + 6] = fZeta + highEta + (highXi + highXiEta);
      fy[first + 7] = fZeta + highEta - (highXi + highXiEta);
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
      const uSum0 = u0 + u1;
      const uAlong0 = u1 - u0;
      const uSum3 = u3 + u2;
      const uAlong3 = u2 - u3;
      const uSum4 = u4 + u5;
      const uAlong4 = u5 - u4;
      const uSum7 = u7 + u6;
      const uAlong7 = u6 - u7;
      const uXi = uAlong4 + uAlong7 + (uAlong0 + uAlong3);
      const uXiZeta = uAlong4 + uAlong7 - (uAlong0 + uAlong3);
      const uXiEta = uAlong7 - uAlong4 + (uAlong3 - uAlong0);
      const uTwist = uAlong7 - uAlong4 - (uAlong3 - uAlong0);
      const uEta = uSum7 - uSum4 + (uSum3 - uSum0);
      const uEtaZeta = uSum7 - uSum4 - (uSum3 - uSum0);
      const uZeta = uSum4 + uSum7 - (uSum0 + uSum3);
      const byX =
        (gradXXi * uXi +
          gradXEta * uEta +
          gradXZeta * uZeta +
          gradXXiEta * uXiEta +
          gradXXiZeta * uXiZeta +
          gradXEtaZeta * uEtaZeta) *
        perVolume;
      const byY =
        (gradYXi * uXi +
          gradYEta * uEta +
          gradYZeta * uZeta +
          gradYXiEta * uXiEta +
          gradYXiZeta * uXiZeta +
          gradYEtaZeta * uEtaZeta) *
        perVolume;
      const byZ =
        (gradZXi * uXi +
          gradZEta * uEta +
          gradZZeta * uZeta +
          gradZXiEta * uXiEta +
          gradZXiZeta * uXiZeta +
          gradZEtaZeta * uEtaZeta) *
        perVolume;
      const hXiEta = (uXiEta - (xXiEta * byX + yXiEta * byY + zXiEta * byZ)) * damping;
      const hXiZeta = (uXiZeta - (xXiZeta * byX + yXiZeta * byY + zXiZeta * byZ)) * damping;
      const hEtaZeta = (uEtaZeta - (xEtaZeta * byX + yEtaZeta * byY + zEtaZeta * byZ)) * damping;
      const hTwist = (uTwist - (xTwist * byX + yTwist * byY + zTwist * byZ)) * damping;
      const toX = (xXiEta * hXiEta + xXiZeta * hXiZeta + xEtaZeta * hEtaZeta + xTwist * hTwist) * perVolume;
      const toY = (yXiEta * hXiEta + yXiZeta * hXiZeta + yEtaZeta * hEtaZeta + yTwist * hTwist) * perVolume;
      const toZ = (zXiEta * hXiEta + zXiZeta * hXiZeta + zEtaZeta * hEtaZeta + zTwist * hTwist) * perVolume;
      const fXi = areaZXi + (gradXXi * toX + gradYXi * toY + gradZXi * toZ);
      const fEta = areaZEta + (gradXEta * toX + gradYEta * toY + gradZEta * toZ);
      const fZeta = areaZZeta + (gradXZeta * toX + gradYZeta * toY + gradZZeta * toZ);
      const fXiEta = gradXXiEta * toX + gradYXiEta * toY + gradZXiEta * toZ - hXiEta;
      const fXiZeta = gradXXiZeta * toX + gradYXiZeta * toY + gradZXiZeta * toZ - hXiZeta;
      const fEtaZeta = gradXEtaZeta * toX + gradYEtaZeta * toY + gradZEtaZeta * toZ - hEtaZeta;
      const lowXi = fXi - fXiZeta;
      const highXi = fXi + fXiZeta;
      const lowEta = fEta - fEtaZeta;
      const highEta = fEta + fEtaZeta;
      const lowXiEta = fXiEta + hTwist;
      const highXiEta = fXiEta - hTwist;
      fz[first + 0] = lowXiEta - lowXi - (fZeta + lowEta);
      fz[first + 1] = lowXi - lowXiEta - (fZeta + lowEta);
      fz[first + 2] = lowXi + lowXiEta - (fZeta - lowEta);
      fz[first + 3] = lowEta - fZeta - (lowXi + lowXiEta);
      fz[first + 4] = fZeta - highEta - (highXi - highXiEta);
      fz[first + 5] = fZeta - highEta + (highXi - highXiEta);
      fz[first + 6] = fZeta + highEta + (highXi + highXiEta);
      fz[first + 7] = fZeta + highEta - (highXi + highXiEta);
    }
  }
});
