/** How `console.log` and debuggers of Node show heddle's objects: what a program can see of them, not what they are made of. */

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

type Inspect = (value: unknown, options: object) => string;

/** `name` in front of what `fields` returns. */
export function showAs<T extends object>(Class: { readonly prototype: T }, name: string, fields: (it: T) => object): void {
  Object.defineProperty(Class.prototype, INSPECT, {
    configurable: true,
    value(this: T, depth: number, options: object, inspect?: Inspect): string {
      if (depth < 0 || inspect === undefined) return `[${name}]`;
      return `${name} ${inspect(fields(this), { ...options, depth })}`;
    },
  });
}
