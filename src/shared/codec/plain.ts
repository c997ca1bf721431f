/** Larger trees are quicker as a graph, which writes the keys of like objects once. */
const MOST_OBJECTS = 24;
/** More than that, and MessagePack's encoder gives up. */
const MOST_KEYS = 0xffff;

const seen: (object | undefined)[] = new Array(MOST_OBJECTS).fill(undefined);
let seenCount = 0;

/**
 * Whether `value` is a small tree of primitives, arrays and plain objects, which MessagePack encodes as it stands: no
 * object twice, no hole, no -0, no lone surrogate. Any doubt is a no.
 */
export function isPlainTree(value: unknown): boolean {
  try {
    return isPlain(value);
  } catch {
    return false;
  } finally {
    while (seenCount > 0) seen[--seenCount] = undefined;
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
  if (seenCount === MOST_OBJECTS || isSeen(value)) return false;
  seen[seenCount++] = value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return Array.isArray(value) && isPlainArray(value);
  if (prototype !== Object.prototype) return false;
  let keys = 0;
  for (const key in value) {
    if (++keys > MOST_KEYS || isAwkward(key) || !key.isWellFormed() || !isPlain((value as Record<string, unknown>)[key]))
      return false;
  }
  return true;
}

function isPlainArray(array: unknown[]): boolean {
  for (let i = 0; i < array.length; i++) {
    const value = array[i];
    if (value === undefined && !(i in array)) return false;
    if (!isPlain(value)) return false;
  }
  return true;
}

function isSeen(value: object): boolean {
  for (let i = 0; i < seenCount; i++) if (seen[i] === value) return true;
  return false;
}

/** Keys that mean something else to MessagePack's encoder, or to an object that is being filled. */
function isAwkward(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "hasOwnProperty" || key === "toJSON";
}
