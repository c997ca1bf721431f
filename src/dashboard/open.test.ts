import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserCommand, type Surroundings } from "./open.ts";

const desk: Surroundings = { platform: "linux", env: { DISPLAY: ":0" }, terminal: true };

describe("the browser", () => {
  test("is opened where there is one", () => {
    assert.deepEqual(browserCommand(desk), ["xdg-open"]);
    assert.deepEqual(browserCommand({ ...desk, env: { WAYLAND_DISPLAY: "wayland-0" } }), ["xdg-open"]);
    assert.deepEqual(browserCommand({ platform: "darwin", env: {}, terminal: true }), ["open"]);
    assert.equal(browserCommand({ platform: "win32", env: {}, terminal: true })![0], "rundll32");
  });

  test("is not opened where nobody would see it", () => {
    assert.equal(browserCommand({ ...desk, env: {} }), null, "no display");
    assert.equal(browserCommand({ ...desk, terminal: false }), null, "no terminal");
    assert.equal(browserCommand({ ...desk, env: { DISPLAY: ":0", CI: "true" } }), null, "continuous integration");
    assert.equal(browserCommand({ platform: "darwin", env: { SSH_CONNECTION: "1 2 3 4" }, terminal: true }), null, "far away");
  });
});
