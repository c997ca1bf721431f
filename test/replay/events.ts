/** Prints an answer that depends on the order in which timers and files let async tasks go on. */
import { readFile } from "node:fs/promises";
import { setTimeout as later } from "node:timers/promises";
import { finish, shared, spawn, task } from "heddle";

/** As long as the environment says: what is slow when it is recorded may be fast when it is replayed. */
const slow = (name: string): number => (process.env.SLOW?.includes(name) ? 30 : 1);

const note = task(import.meta, (name: number, next: Int32Array, out: Int32Array): void => {
  out[Atomics.add(next, 0, 1)] = name;
});

/** Waits for a timer, then for a file, then spawns. */
const reader = task(import.meta, async (i: number, next: Int32Array, out: Int32Array): Promise<number> => {
  await later(slow("abcdef"[i % 6]!) + Math.random() * 4);
  out[Atomics.add(next, 0, 1)] = 100 + i;
  const text = await readFile(process.env.MISSING === undefined ? new URL(import.meta.url) : "/no/such/file", "utf8");
  await note.spawn(200 + i, next, out);
  await new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 4));
  out[Atomics.add(next, 0, 1)] = 300 + i;
  return text.length;
});

/** Something that is not there. */
const fails = task(import.meta, async (i: number, next: Int32Array, out: Int32Array): Promise<void> => {
  try {
    await readFile(`/no/such/file/${i}`);
  } catch {
    out[Atomics.add(next, 0, 1)] = 400 + i;
  }
});

async function* ticks(n: number) {
  for (let i = 0; i < n; i++) {
    await later(Math.random() * 3);
    yield i;
  }
}

const listens = task(import.meta, async (i: number, next: Int32Array, out: Int32Array): Promise<void> => {
  for await (const it of ticks(3)) out[Atomics.add(next, 0, 1)] = 500 + 10 * i + it;
});

const counts = task(import.meta, async (next: Int32Array, out: Int32Array): Promise<void> => {
  await new Promise<void>((resolve) => {
    let n = 0;
    const timer = setInterval(() => {
      out[Atomics.add(next, 0, 1)] = 600 + n;
      if (++n < 3) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
});

export async function main() {
  const [next, out] = [shared.int32(1), shared.int32(400)];
  const late: number[] = [];
  await finish(async () => {
    for (let i = 0; i < 6; i++) reader.spawn(i, next, out);
    for (let i = 0; i < 4; i++) fails.spawn(i, next, out);
    for (let i = 0; i < 3; i++) listens.spawn(i, next, out);
    counts.spawn(next, out);
    await Promise.all(
      [0, 1, 2, 3].map(async (i) => {
        await later(slow("ghij"[i]!) + Math.random() * 4);
        late.push(i);
        await spawn([i, next, out], async (i: number, next: Int32Array, out: Int32Array) => {
          await new Promise<void>((resolve) => setTimeout(resolve, 1));
          out[Atomics.add(next, 0, 1)] = 700 + i;
        });
        late.push(10 + i);
      }),
    );
  });
  console.log(late.join(), [...out.subarray(0, next[0])].join());
}
