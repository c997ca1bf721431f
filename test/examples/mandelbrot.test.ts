import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decode } from "fast-png";
import { main, parallel, sequential, viewOf } from "../../examples/mandelbrot.ts";

test("rows drawn by tasks are the rows drawn in turn", async () => {
  const view = viewOf(120, 200);
  assert.deepEqual(await parallel(view), sequential(view));
});

test("points inside the set are black, points far away are not", () => {
  const { width, height, depth } = viewOf(120, 100);
  const pixels = sequential({ width, height, depth });
  const at = (re: number, im: number) => {
    const pixel = Math.round(((im + 1.1) / 2.2) * height) * width + Math.round(((re + 2.3) / 3.3) * width);
    return [...pixels.subarray(3 * pixel, 3 * pixel + 3)];
  };
  assert.deepEqual(at(0, 0), [0, 0, 0]);
  assert.deepEqual(at(-1, 0), [0, 0, 0]);
  assert.notDeepEqual(at(0.9, 0.9), [0, 0, 0]);
});

test("the program writes a PNG file that decodes to the same pixels", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-"));
  try {
    const path = join(folder, "set.png");
    await main(["--width", "60", "--depth", "50", "--out", path]);
    const { width, height, channels, data } = decode(await readFile(path));
    assert.deepEqual({ width, height, channels }, { width: 60, height: 40, channels: 3 });
    assert.deepEqual(new Uint8Array(data), sequential(viewOf(60, 50)));
  } finally {
    await rm(folder, { recursive: true });
  }
});
