/** The motion of ../motion.ts: node after node, as the number of corners that meet at one varies. */
import { cornerField, cornersField, cornerStartField, fixedField, NODE_MASS, nodeField, X, XD, Y, YD, Z, ZD } from "./layout";

export function moveNodes(lo: i32, hi: i32, reals: usize, words: usize, size: i32, dt: f64): void {
  const x = nodeField(reals, size, X);
  const y = nodeField(reals, size, Y);
  const z = nodeField(reals, size, Z);
  const xd = nodeField(reals, size, XD);
  const yd = nodeField(reals, size, YD);
  const zd = nodeField(reals, size, ZD);
  const nodeMass = nodeField(reals, size, NODE_MASS);
  const fx = cornerField(reals, size, 0);
  const fy = cornerField(reals, size, 1);
  const fz = cornerField(reals, size, 2);
  const cornerStart = cornerStartField(words, size);
  const corners = cornersField(words, size);
  const fixed = fixedField(words, size);
  let at = corners + (<usize>load<i32>(cornerStart + (<usize>lo << 2)) << 2);
  for (let node = lo; node < hi; node++) {
    let forceX: f64 = 0;
    let forceY: f64 = 0;
    let forceZ: f64 = 0;
    const end = corners + (<usize>load<i32>(cornerStart + (<usize>node << 2), 4) << 2);
    for (; at < end; at += 4) {
      const corner = <usize>load<i32>(at) << 3;
      forceX += load<f64>(fx + corner);
      forceY += load<f64>(fy + corner);
      forceZ += load<f64>(fz + corner);
    }
    const own = <usize>node << 3;
    const mass = load<f64>(nodeMass + own);
    const planes = load<i32>(fixed + (own >> 1));
    move(x + own, xd + own, forceX, mass, (planes & 1) != 0, dt);
    move(y + own, yd + own, forceY, mass, (planes & 2) != 0, dt);
    move(z + own, zd + own, forceZ, mass, (planes & 4) != 0, dt);
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function move(position: usize, velocity: usize, force: f64, mass: f64, fixed: bool, dt: f64): void {
  let speed = load<f64>(velocity) + (fixed ? 0.0 : force / mass) * dt;
  if (abs(speed) < 1e-7) speed = 0;
  store<f64>(velocity, speed);
  store<f64>(position, load<f64>(position) + speed * dt);
}
