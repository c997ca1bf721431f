import { mapStep, memberStep } from "./path.ts";
import type { Refusal } from "./refusals.ts";
import { Kind } from "./wire.ts";

/** An object on its way into a graph message. The nodes under construction form a chain from the innermost to the root. */
export interface Node {
  readonly kind: number;
  readonly value: object | undefined;
  /** Names of the children, for kinds that have a shape. */
  readonly keys: readonly string[];
  /** All that the record holds, in order. A copy: what was checked is what is written. Dropped once it is written. */
  children: unknown[];
  id: number;
  /** Its record is written. */
  written: boolean;
  parent: Node | undefined;
  /** Which child of `parent` this is. */
  position: number;
  /** The child to visit next. */
  next: number;
  /** An error, or inside one: a placeholder stands in for what cannot cross. */
  soft: boolean;
  /** The first thing in here that a placeholder stands for. */
  altered: Refusal | undefined;
}

const NO_KEYS: readonly string[] = [];

export function createNode(
  kind: number,
  value: object | undefined,
  children: unknown[],
  keys: readonly string[] = NO_KEYS,
): Node {
  return {
    kind,
    value,
    keys,
    children,
    id: -1,
    written: false,
    parent: undefined,
    position: 0,
    next: 0,
    soft: false,
    altered: undefined,
  };
}

/** How many children of an error come before the values of its fields. */
export const ERROR_HEAD = 6;

/** Where child `position` of `node` lies, as in `args[0].user.socket`. */
export function pathOf(node: Node, position: number, root: string): string {
  const steps: string[] = [];
  for (let at: Node | undefined = node; at; position = at.position, at = at.parent) steps.push(step(at, position));
  return root + steps.reverse().join("");
}

function step(node: Node, position: number): string {
  const { kind, children, keys } = node;
  switch (kind) {
    case Kind.OBJECT:
    case Kind.NULL_OBJECT:
      return memberStep(keys[position] as string);
    case Kind.ERROR:
      return memberStep(keys[position - ERROR_HEAD] as string);
    case Kind.ARRAY:
      return memberStep(position);
    case Kind.SPARSE_ARRAY:
      return memberStep(children[position - 1] as number);
    case Kind.MAP:
      return position % 2 === 0 ? `.keys()[${position / 2}]` : mapStep(children[position - 1], (position - 1) / 2);
    case Kind.SET:
      return `.values()[${position}]`;
    case Kind.DOM_EXCEPTION:
      return ".cause";
    case Kind.INSTANCE:
      return ".encode()";
    default:
      return "";
  }
}
