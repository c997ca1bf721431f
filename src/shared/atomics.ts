/**
 * The one door to shared memory.
 *
 * Every access that can race goes through these functions, on the Int32Array over the whole memory, with a 32-bit word
 * index. All of them are sequentially consistent. The model tests load this module under another implementation
 * (`heddle/testing`), which hands control to an explorer before each operation; so nothing here may be wrapped,
 * renamed or called around.
 */
export const { load, store, add, sub, and, or, xor, exchange, compareExchange, wait, notify } = Atomics;

/** As `wait`, for threads that must not block: the main thread, and workers whose event loop has to turn. */
export const waitAsync: typeof Atomics.waitAsync = Atomics.waitAsync;

/** A hint to the processor inside a spin loop; nothing where the engine lacks it. */
export const pause: (iterations?: number) => void = Atomics.pause ?? (() => {});
