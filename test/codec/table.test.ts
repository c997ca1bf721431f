import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { codec, cross, crossError } from "./setup.ts";
import { crossing } from "./what-crosses.ts";
import { refused } from "./what-does-not.ts";

const page = new URL("../../docs/what-crosses.md", import.meta.url);

describe("what crosses", () => {
  for (const { what, value, check } of crossing) {
    test(what, () => {
      const sent = value();
      const verify = (check ?? assert.deepEqual) as (got: unknown, sent: unknown) => void;
      verify(cross(sent), sent);
      if (!check) assert.deepEqual(cross({ inside: [sent] }), { inside: [sent] });
    });
  }
});

describe("what does not cross", () => {
  for (const { what, value, path, says } of refused) {
    test(what, () => {
      const args = value();
      const isRefusal = (error: Error & { code?: string; path?: string }) => {
        assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
        assert.equal(error.path, path);
        assert.ok(error.message.startsWith(`${path} is `), error.message);
        assert.ok(error.message.includes(says), error.message);
        return true;
      };
      assert.throws(() => codec.encode(args, "args"), isRefusal);
      const inside = crossError(Object.assign(new Error("e"), { args })) as Error;
      assert.equal(inside.message, "e");
    });
  }
});

test("docs/what-crosses.md has the same rows", () => {
  const text = readFileSync(page, "utf8");
  const expected = [
    ["crosses", ["What", "Arrives as"], crossing.map(({ what, arrives }) => [what, arrives])],
    ["does not", ["What", "The message says"], refused.map(({ what, says }) => [what, `… ${code(says)}`])],
  ] as const;
  let updated = text;
  for (const [name, head, rows] of expected) {
    const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    assert.match(text, block);
    updated = updated.replace(block, (_, before, after) => `${before}${table}\n${after}`);
  }
  if (process.env.HEDDLE_UPDATE_DOCS) writeFileSync(page, updated);
  else
    assert.equal(
      withoutPadding(text),
      withoutPadding(updated),
      "run this test with HEDDLE_UPDATE_DOCS=1 to write the tables anew",
    );
});

/** The formatter aligns the columns of tables. */
function withoutPadding(text: string): string {
  return text.replace(/ +(?=\|)/g, " ").replace(/-{4,}/g, "---");
}

function code(text: string): string {
  return text.replaceAll("|", "\\|");
}
