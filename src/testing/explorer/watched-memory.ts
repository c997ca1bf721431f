import type { SharedMemory } from "../../shared/memory.ts";
import { virtualThread } from "./virtual-thread.ts";

type View = SharedMemory["i32"] | SharedMemory["u32"] | SharedMemory["f64"] | SharedMemory["u8"];

const originals = new WeakMap<object, View>();

/** The array behind a watched view; any other array is its own. */
export function unwatched<T extends object>(array: T): T {
  return (originals.get(array) as T | undefined) ?? array;
}

/** The same memory, where reading or writing an element of a view is a step of the explorer too. */
export function watchMemory(memory: SharedMemory): SharedMemory {
  return {
    memory: memory.memory,
    buffer: memory.buffer,
    i32: watch(memory.i32),
    u32: watch(memory.u32),
    f64: watch(memory.f64),
    u8: watch(memory.u8),
  };
}

function watch<T extends View>(view: T): T {
  const words = view.BYTES_PER_ELEMENT / 4;
  const wordOf = (key: string): number => Math.floor((Number(key) + view.byteOffset / view.BYTES_PER_ELEMENT) * words);

  const proxy = new Proxy(view, {
    get(target, key) {
      if (!isElement(key) || virtualThread === undefined) {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      virtualThread.step();
      const value: unknown = Reflect.get(target, key, target);
      if (virtualThread.recording) virtualThread.record(`read(${virtualThread.nameOf(wordOf(key))}) = ${value}`);
      return value;
    },
    set(target, key, value) {
      if (!isElement(key) || virtualThread === undefined) return Reflect.set(target, key, value, target);
      virtualThread.step();
      const before: unknown = Reflect.get(target, key, target);
      Reflect.set(target, key, value, target);
      if (Reflect.get(target, key, target) !== before) virtualThread.wrote();
      if (virtualThread.recording) virtualThread.record(`write(${virtualThread.nameOf(wordOf(key))}, ${value})`);
      return true;
    },
  });
  originals.set(proxy, view);
  return proxy;
}

const isElement = (key: string | symbol): key is string => typeof key === "string" && key >= "0" && key < ":";
