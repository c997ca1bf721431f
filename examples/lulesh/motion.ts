/** Second loop of a step, over nodes: the forces of the corners that meet there move a node. */
import { task } from "heddle";
import { type Domain, fieldsOf } from "./domain.ts";

const velocityCut = 1e-7;

export const moveNodes = task(import.meta, function moveNodes(lo: number, hi: number, domain: Domain, dt: number): void {
  const { x, y, z, xd, yd, zd, nodeMass, fx, fy, fz, cornerStart, corners, fixed } = fieldsOf(domain);
  for (let node = lo; node < hi; node++) {
    let forceX = 0;
    let forceY = 0;
    let forceZ = 0;
    const end = cornerStart[node + 1]!;
    for (let k = cornerStart[node]!; k < end; k++) {
      const corner = corners[k]!;
      forceX += fx[corner]!;
      forceY += fy[corner]!;
      forceZ += fz[corner]!;
    }
    const mass = nodeMass[node]!;
    const planes = fixed[node]!;
    let speedX = xd[node]! + ((planes & 1) === 0 ? forceX / mass : 0) * dt;
    let speedY = yd[node]! + ((planes & 2) === 0 ? forceY / mass : 0) * dt;
    let speedZ = zd[node]! + ((planes & 4) === 0 ? forceZ / mass : 0) * dt;
    if (Math.abs(speedX) < velocityCut) speedX = 0;
    if (Math.abs(speedY) < velocityCut) speedY = 0;
    if (Math.abs(speedZ) < velocityCut) speedZ = 0;
    xd[node] = speedX;
    yd[node] = speedY;
    zd[node] = speedZ;
    x[node] = x[node]! + speedX * dt;
    y[node] = y[node]! + speedY * dt;
    z[node] = z[node]! + speedZ * dt;
  }
});
