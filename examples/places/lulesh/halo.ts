/** What a part of the cube needs of those around it: forces at nodes that several have, and gradients across faces. */
import type { Future } from "heddle";
import { type Domain, type Fields, fieldsOf } from "../../lulesh/domain.ts";
import { neighboursOf, numberNodes, type Part, partOf, side, type Triple } from "../../lulesh/part.ts";
import { Channel, type Ends } from "../channel.ts";

interface Side {
  readonly index: number;
  readonly channel: Channel;
  /** Nodes in common, counted from the first one that is shared with anybody. */
  readonly nodes: Int32Array;
  /** Only of those at a face. */
  readonly face: Face | null;
}

interface Face {
  readonly elements: Int32Array;
  readonly axis: number;
  /** Where its ghosts begin. */
  readonly ghosts: number;
}

/** Nodes with several owners, on which all must agree to the last bit: so all add up in the same order, by the owners' indexes. */
export class Halo {
  readonly #fields: Fields;
  readonly #own: number;
  readonly #sides: readonly Side[];
  /** Nodes from here on are shared. */
  readonly inner: number;
  readonly #shared: number;
  /** Forces of this part's corners at the shared nodes. */
  #forces: readonly Float64Array[] = [];

  constructor(domain: Domain, index: number, part: Part, ends: readonly Ends[]) {
    const { size } = domain;
    const { numbers, inner } = numberNodes(size, part);
    this.#fields = fieldsOf(domain);
    this.#own = index;
    this.inner = inner;
    this.#shared = numbers.length - inner;
    this.#sides = neighboursOf(part).map(({ index: other, towards }, i) => ({
      index: other,
      channel: new Channel(ends[i]!),
      nodes: Int32Array.from(side(size + 1, towards), (position) => numbers[position]! - inner),
      face: faceOf(size, towards),
    }));
  }

  /** Adds up the masses of the shared nodes. */
  *masses(): Generator<Future<unknown>, void> {
    const { nodeMass } = this.#fields;
    const own = nodeMass.slice(this.inner);
    this.#send([own], false);
    const [all] = yield* this.#sum([own]);
    nodeMass.set(all!, this.inner);
  }

  /** Sends the forces of this part's corners at the shared nodes. `isLast`: it is the last step. */
  sendForces(isLast: boolean): void {
    const { cornerStart, corners, fx, fy, fz } = this.#fields;
    const own = [fx, fy, fz].map((forces) => {
      const sums = new Float64Array(this.#shared);
      for (let i = 0; i < sums.length; i++) {
        const end = cornerStart[this.inner + i + 1]!;
        for (let k = cornerStart[this.inner + i]!; k < end; k++) sums[i]! += forces[corners[k]!]!;
      }
      return sums;
    });
    this.#forces = own;
    this.#send(own, isLast);
  }

  /** Writes the forces of all parts at a shared node to the first of its corners here. */
  *receiveForces(): Generator<Future<unknown>, void> {
    const { cornerStart, corners, fx, fy, fz } = this.#fields;
    const sums = yield* this.#sum(this.#forces);
    for (const [axis, forces] of [fx, fy, fz].entries()) {
      for (let i = 0; i < this.#shared; i++) {
        const first = cornerStart[this.inner + i]!;
        const end = cornerStart[this.inner + i + 1]!;
        forces[corners[first]!] = sums[axis]![i]!;
        for (let k = first + 1; k < end; k++) forces[corners[k]!] = 0;
      }
    }
  }

  /** Velocity gradients of the elements at faces go to the part behind, and come from there. */
  *gradients(isLast: boolean): Generator<Future<unknown>, void> {
    const { delvXi, delvEta, delvZeta, ghosts } = this.#fields;
    for (const { channel, face } of this.#sides) {
      if (face === null) continue;
      const own = [delvXi, delvEta, delvZeta][face.axis]!;
      channel.send(
        Float64Array.from(face.elements, (element) => own[element]!),
        isLast,
      );
    }
    for (const { channel, face } of this.#sides) if (face !== null) ghosts.set(yield* channel.receive(), face.ghosts);
  }

  /** Between neighbours at a face, gradients come after the forces of the last step. */
  #send(values: readonly Float64Array[], isLast: boolean): void {
    for (const { channel, nodes, face } of this.#sides) {
      const numbers = new Float64Array(values.length * nodes.length);
      for (const [v, from] of values.entries()) {
        for (let i = 0; i < nodes.length; i++) numbers[v * nodes.length + i] = from[nodes[i]!]!;
      }
      channel.send(numbers, isLast && face === null);
    }
  }

  *#sum(own: readonly Float64Array[]): Generator<Future<unknown>, readonly Float64Array[]> {
    const sums = own.map(() => new Float64Array(this.#shared));
    const addOwn = (): void => {
      for (const [v, sum] of sums.entries()) for (let i = 0; i < this.#shared; i++) sum[i]! += own[v]![i]!;
    };
    let isIn = false;
    for (const { index, channel, nodes } of this.#sides) {
      const theirs = yield* channel.receive();
      if (!isIn && index > this.#own) {
        addOwn();
        isIn = true;
      }
      for (const [v, sum] of sums.entries()) {
        for (let i = 0; i < nodes.length; i++) sum[nodes[i]!]! += theirs[v * nodes.length + i]!;
      }
    }
    if (!isIn) addOwn();
    return sums;
  }
}

function faceOf(size: number, towards: Triple): Face | null {
  if (towards.filter((it) => it !== 0).length !== 1) return null;
  const axis = towards.findIndex((it) => it !== 0);
  const ghosts = (2 * axis + (towards[axis]! > 0 ? 1 : 0)) * size ** 2;
  return { elements: Int32Array.from(side(size, towards)), axis, ghosts };
}

/** The channels of all parts, for each in the order of its neighbours. `make` makes the two ways between two of them. */
export function connect(parts: number, make: () => [one: Ends, other: Ends]): Ends[][] {
  const made = new Map<string, Ends>();
  return Array.from({ length: parts ** 3 }, (_, index) =>
    neighboursOf(partOf(index, parts)).map(({ index: other }) => {
      const known = made.get(`${index} ${other}`);
      if (known !== undefined) return known;
      const [mine, theirs] = make();
      made.set(`${other} ${index}`, theirs);
      return mine;
    }),
  );
}
