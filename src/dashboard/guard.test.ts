import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Asked, Guard, makeSecret } from "./guard.ts";

const asks = (url: string, more: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url,
  host: "127.0.0.1:4000",
  origin: undefined,
  site: undefined,
  ...more,
});

describe("the guard", () => {
  test("secrets differ, and have 192 bits", () => {
    const secrets = new Set(Array.from({ length: 100 }, makeSecret));
    assert.equal(secrets.size, 100);
    for (const it of secrets) assert.equal(Buffer.from(it, "base64url").length, 24);
  });

  test("the ticket leads to the page once", () => {
    const guard = new Guard("secret", "ticket", 4000);
    assert.deepEqual(guard.judge(asks("/ticket", { method: "POST" })), { status: 405 });
    assert.deepEqual(guard.judge(asks("/ticket", { host: "evil.example:4000" })), { status: 403 });
    assert.deepEqual(guard.judge(asks("/ticket/events")), { status: 404 });
    assert.deepEqual(guard.judge(asks("/ticket")), { status: 302, to: "/secret/" });
    assert.deepEqual(guard.judge(asks("/ticket")), { status: 404 });
  });

  test("the secret leads to the page, its events and the trace", () => {
    const guard = new Guard("secret", "ticket", 4000);
    assert.deepEqual(guard.judge(asks("/secret")), { status: 302, to: "/secret/" });
    assert.deepEqual(guard.judge(asks("/secret/")), { status: 200, what: "page" });
    assert.deepEqual(guard.judge(asks("/secret/events")), { status: 200, what: "events" });
    assert.deepEqual(guard.judge(asks("/secret/trace")), { status: 200, what: "trace" });
    for (const url of ["/secret/constructor", "/secret/__proto__", "/secret/toString", "secret/", "/secret//", "*", ""])
      assert.deepEqual(guard.judge(asks(url)), { status: 404 }, url);
  });
});
