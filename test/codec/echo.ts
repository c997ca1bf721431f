import { parentPort, workerData } from "node:worker_threads";
import { createCodec } from "../../src/shared/codec/index.ts";
import { attachMemory } from "../../src/shared/memory.ts";

const { bytes, memory, withClasses } = workerData as { bytes: Uint8Array; memory: WebAssembly.Memory; withClasses: boolean };
if (withClasses) await import("./classes.ts");

const shared = attachMemory(memory);
const codec = createCodec({ describe: () => undefined, revive: () => undefined, memory: () => shared });

function answer(): Uint8Array {
  try {
    const values = codec.decode(bytes) as unknown[];
    for (const value of values) if (value instanceof Float64Array) value[1] = 42;
    return codec.encode(values, "result");
  } catch (error) {
    return codec.encodeError(error);
  }
}

parentPort?.postMessage(answer());
