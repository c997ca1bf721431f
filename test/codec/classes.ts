import { crosses, errorClass } from "../../src/shared/codec/index.ts";

export class Vector {
  readonly #x: number;
  readonly #y: number;
  constructor(x: number, y: number) {
    this.#x = x;
    this.#y = y;
  }
  get length(): number {
    return Math.hypot(this.#x, this.#y);
  }
  static toPlain(vector: Vector): [number, number] {
    return [vector.#x, vector.#y];
  }
}
crosses(import.meta, Vector, { encode: Vector.toPlain, decode: ([x, y]) => new Vector(x, y) });

export class QuotaError extends RangeError {
  override name = "QuotaError";
  readonly used: number;
  readonly limit: number;
  constructor(used: number, limit: number) {
    super(`${used} of ${limit} used`);
    this.used = used;
    this.limit = limit;
  }
  get excess(): number {
    return this.used - this.limit;
  }
}
errorClass(import.meta, QuotaError);
