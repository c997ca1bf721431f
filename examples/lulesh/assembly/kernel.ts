// Built by: asc examples/lulesh/assembly/kernel.ts -o examples/lulesh/kernel.wasm -O3 --noAssert --runtime stub --enable threads,simd --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536
// Each function gets the range of a loop, the byte addresses of the domain's two arrays, and the size of the cube.
export { cornerForces } from "./forces";
export { changeShapes } from "./kinematics";
export { updateRegions } from "./material";
export { moveNodes } from "./motion";
