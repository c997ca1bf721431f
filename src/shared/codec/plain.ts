/** Up to here, a linear search for an object met before is quicker than a Set, and writing keys again than writing records. */
const FEW = 24;

/** MessagePack's encoder and decoder recurse; the decoder may run on a stack that is nearly full. */
const DEEPEST = 100;

/** More than that, and MessagePack's encoder gives up. */
const MOST_KEYS = 0xffff;

const first: (object | undefined)[] = new Array(FEW).fill(undefined);
const others = new Set<object>();
let seenCount = 0;
let depth = 0;
let busy = false;

/**
 * Whether `value` is a tree of primitives, arrays and plain objects, which MessagePack encodes as it stands: no object
 * twice, no hole, no -0, no lone surrogate, not too deep. Any doubt is a no.
 */
export function plainTree(value: unknown): "small" | "large" | undefined {
  // A getter that encodes something in turn comes here a second time; the search for repeated objects must not be mixed up.
  if (busy) return undefined;
  busy = true;
  try {
    if (!isPlain(value)) return undefined;
    return seenCount > FEW ? "large" : "small";
  } catch {
    return undefined;
  } finally {
    forget();
  }
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      return value !== 0 || 1 / value > 0;
    case "string":
      return value.isWellFormed();
    case "object":
      return value === null || isPlainObject(value);
    case "boolean":
    case "undefined":
    case "bigint":
      return true;
    default:
      return false;
  }
}

function isPlainObject(value: object): boolean {
  if (depth === DEEPEST || !isNew(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  depth++;
  const plain =
    prototype === Object.prototype
      ? hasPlainProperties(value)
      : prototype === Array.prototype && Array.isArray(value) && hasPlainElements(value);
  depth--;
  return plain;
}

function hasPlainProperties(object: object): boolean {
  let keys = 0;
  for (const key in object) {
    if (++keys > MOST_KEYS || isAwkward(key) || !key.isWellFormed()) return false;
    if (!isPlain((object as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function hasPlainElements(array: unknown[]): boolean {
  for (let i = 0; i < array.length; i++) {
    const value = array[i];
    if (value === undefined && !(i in array)) return false;
    if (!isPlain(value)) return false;
  }
  return true;
}

/** Keys that mean something else to MessagePack's encoder, or to an object that is being filled. */
function isAwkward(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "hasOwnProperty" || key === "toJSON";
}

function isNew(value: object): boolean {
  const searched = Math.min(seenCount, FEW);
  for (let i = 0; i < searched; i++) if (first[i] === value) return false;
  if (seenCount < FEW) {
    first[seenCount++] = value;
    return true;
  }
  seenCount++;
  return others.size !== others.add(value).size;
}

function forget(): void {
  for (let i = Math.min(seenCount, FEW); i > 0; i--) first[i - 1] = undefined;
  if (others.size > 0) others.clear();
  seenCount = 0;
  depth = 0;
  busy = false;
}
