import { errorClassName } from "./error-classes.ts";
import { createNode, type Node } from "./node.ts";
import { describeThrown } from "./refusals.ts";
import { Kind } from "./wire.ts";

/** Own properties of errors that cross even where they are not enumerable. Some engines have `stack` on the prototype. */
const HIDDEN = ["message", "stack", "cause", "errors", "name", "code"];

/** What of an error crosses: its class, and its own fields, the hidden ones first. Never throws for a field that cannot be read. */
export function openError(error: Error): Node {
  const shown = Object.keys(error);
  const keys = HIDDEN.filter((key) => (key === "stack" || Object.hasOwn(error, key)) && !shown.includes(key));
  const inheritedName = Object.hasOwn(error, "name") ? "" : String(read(error, "name"));
  const { origin, key, base, name } = errorClassName(error, inheritedName);
  const inheritedCode = Object.hasOwn(error, "code") ? undefined : read(error, "code");
  if (typeof inheritedCode === "string" || typeof inheritedCode === "number") keys.push("code");
  const hiddenCount = keys.length;
  keys.push(...shown);
  const values = keys.map((field) => read(error, field));
  return createNode(Kind.ERROR, error, [hiddenCount, origin, key, base, name, inheritedName, ...values], keys);
}

function read(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch (thrown) {
    return `[threw ${describeThrown(thrown)}]`;
  }
}
