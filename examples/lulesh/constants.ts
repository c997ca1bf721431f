/** Constants of the reference. */
export const hourglassDamping = 3;
export const energyCut = 1e-7;
export const pressureCut = 1e-7;
export const viscosityCut = 1e-7;
export const velocityCut = 1e-7;
export const volumeCut = 1e-10;
export const leastEnergy = -1e15;
export const leastPressure = 0;
export const leastVolume = 1e-9;
export const mostVolume = 1e9;
export const mostViscosity = 1e12;
export const referenceDensity = 1;

export const linearViscosity = 0.5;
export const quadraticViscosity = 2 / 3;
export const limiterTimes = 2;
export const steepest = 1;
export const tiny = 1e-36;

export const courantViscosity = 64 * 2 * 2;
export const mostVolumeChange = 0.1;
