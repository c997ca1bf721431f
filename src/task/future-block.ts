/** The words of a future's shared part, behind the header of every object. */
import { load, store } from "../shared/atomics.ts";
import { Obj } from "../shared/object.ts";

export const FutureWord = {
  /** 1 when a promise is behind the future, so that any thread may settle it. */
  PUTTABLE: Obj.BODY,
  /** 1 when other places know it: its outcome is to be written in their form as well. */
  EXPORTED: Obj.BODY + 1,
  /** Not 0 when it stands for a future of another place: Far. */
  FAR: Obj.BODY + 2,
  /** Of such a one: the place at which it was made, and the address of its shared part there. */
  HOME: Obj.BODY + 3,
  NAME_AT_HOME: Obj.BODY + 4,
} as const;

export const FUTURE_WORDS = Obj.BODY + 6;

export const Far = {
  NO: 0,
  YES: 1,
  /** Its value has been asked for. */
  ASKED: 2,
} as const;

export const isFar = (i32: Int32Array, block: number): boolean => load(i32, (block >>> 2) + FutureWord.FAR) !== Far.NO;

export const isExported = (i32: Int32Array, block: number): boolean => load(i32, (block >>> 2) + FutureWord.EXPORTED) !== 0;

export function markExported(i32: Int32Array, block: number): void {
  store(i32, (block >>> 2) + FutureWord.EXPORTED, 1);
}
