/**
 * Every failure that heddle itself reports: one class each, one stable `code` each. Match on `code`: an error may have
 * crossed a thread, or come from another copy of the package, where `instanceof` does not hold.
 */

export class HeddleError extends Error {
  readonly code: string = "HEDDLE_ERROR";
  override name = "HeddleError";
}

/** A future was cancelled, or the task was cancelled before it started. `cause` is the reason that was given. */
export class CancelledError extends HeddleError {
  override readonly code = "HEDDLE_CANCELLED";
  override name = "CancelledError";
}

/** `join` where the waiting rule forbids it: not a descendant of the running task. */
export class JoinError extends HeddleError {
  override readonly code = "HEDDLE_JOIN_NOT_OWN";
  override name = "JoinError";
}

/** `join` outside any task: the main thread and plain callbacks never block. */
export class JoinOutsideError extends HeddleError {
  override readonly code = "HEDDLE_JOIN_OUTSIDE";
  override name = "JoinOutsideError";
}

/** A plain task would block the thread on whose event loop the awaited async task has to go on. */
export class JoinAsyncError extends HeddleError {
  override readonly code = "HEDDLE_JOIN_ASYNC";
  override name = "JoinAsyncError";
}

/** A value cannot cross to another thread. `path` says where it lies, as in `args[0].user.socket`. */
export class CrossingError extends HeddleError {
  override readonly code = "HEDDLE_CANNOT_CROSS";
  override name = "CrossingError";
  readonly path: string;
  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/** `task` was called where the other threads cannot repeat the call: inside a function, or with something that is no function. */
export class TaskDefinitionError extends HeddleError {
  override readonly code = "HEDDLE_TASK_DEFINITION";
  override name = "TaskDefinitionError";
}

/** A module defines its tasks differently in a worker than in the thread that spawned. */
export class ModuleMismatchError extends HeddleError {
  override readonly code = "HEDDLE_MODULE_MISMATCH";
  override name = "ModuleMismatchError";
}

/** A module that defines tasks could not be imported by a worker. `cause` is what the import threw. */
export class ModuleImportError extends HeddleError {
  override readonly code = "HEDDLE_MODULE_IMPORT";
  override name = "ModuleImportError";
}

/** A module spawned a task while a worker was importing it. */
export class SpawnDuringImportError extends HeddleError {
  override readonly code = "HEDDLE_SPAWN_DURING_IMPORT";
  override name = "SpawnDuringImportError";
}

/** A lambda uses a variable that was not captured. */
export class LambdaError extends HeddleError {
  override readonly code = "HEDDLE_LAMBDA";
  override name = "LambdaError";
}

/** A promise was put or failed a second time. */
export class PromiseError extends HeddleError {
  override readonly code = "HEDDLE_PROMISE_SETTLED";
  override name = "PromiseError";
}

/** Misuse of a phaser: not registered, wrong mode, registration beyond one's own mode. */
export class PhaserError extends HeddleError {
  override readonly code = "HEDDLE_PHASER";
  override name = "PhaserError";
}

/** Several tasks of one finish scope failed; `errors` holds each failure once, in the order in which they arrived. */
export class FinishError extends AggregateError {
  readonly code = "HEDDLE_FINISH";
  override name = "FinishError";
}

const NO_HEAP = { requested: 0, capacity: 0, free: 0, largest: 0 };

/** The heap has no block of the size that was asked for. All figures are bytes, at the time of the call. */
export class OutOfMemoryError extends HeddleError {
  override readonly code = "HEDDLE_OUT_OF_MEMORY";
  override name = "OutOfMemoryError";
  /** What was asked for. */
  readonly requested: number;
  /** The size of the heap; 0 when the system refused to reserve one. */
  readonly capacity: number;
  /** How much of it is in use. */
  readonly used: number;
  /** `capacity - used`, perhaps in many pieces. */
  readonly free: number;
  /** The largest free piece, about. */
  readonly largest: number;
  constructor(
    message: string,
    figures: { readonly requested: number; readonly capacity: number; readonly free: number; readonly largest: number } = NO_HEAP,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.requested = figures.requested;
    this.capacity = figures.capacity;
    this.used = figures.capacity - figures.free;
    this.free = figures.free;
    this.largest = figures.largest;
  }
}

/** A heap array was freed twice, or is not from this heap. */
export class HeapError extends HeddleError {
  override readonly code = "HEDDLE_HEAP";
  override name = "HeapError";
}

/** A WebAssembly module cannot work on the heap: missing export, wrong memory import, or data that would overwrite it. */
export class WasmError extends HeddleError {
  override readonly code = "HEDDLE_WASM";
  override name = "WasmError";
}

/** A worker thread died while it held the task. `cause` is its last error, if it had one. */
export class WorkerLostError extends HeddleError {
  override readonly code = "HEDDLE_WORKER_LOST";
  override name = "WorkerLostError";
}

/** The runtime was stopped while the task was waiting or running, or before it could be spawned. */
export class StoppedError extends HeddleError {
  override readonly code = "HEDDLE_STOPPED";
  override name = "StoppedError";
}

/** Nothing can run, and something is awaited: the program waits for itself. */
export class StuckError extends HeddleError {
  override readonly code = "HEDDLE_STUCK";
  override name = "StuckError";
}

/**
 * A place was lost while something waited for it: its process was killed, or its connection broke. `place` is its number.
 */
export class PlaceLostError extends HeddleError {
  override readonly code = "HEDDLE_PLACE_LOST";
  override name = "PlaceLostError";
  readonly place: number;
  constructor(message: string, place: number, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
  }
}

/** The places of a job do not run the same program, or not with the same version of heddle. */
export class PlaceMismatchError extends HeddleError {
  override readonly code = "HEDDLE_PLACE_MISMATCH";
  override name = "PlaceMismatchError";
}

/** The transport between places cannot be used: the MPI library or the binding is missing, or a call of theirs failed. */
export class TransportError extends HeddleError {
  override readonly code = "HEDDLE_TRANSPORT";
  override name = "TransportError";
}

/** A message between places was cut short, or has an unknown version, type or address. It is refused, and the place goes on. */
export class MessageError extends HeddleError {
  override readonly code = "HEDDLE_MESSAGE";
  override name = "MessageError";
}

/** The places do not call the same collective operations in the same order, or with arguments that fit together. */
export class CollectiveError extends HeddleError {
  override readonly code = "HEDDLE_COLLECTIVE";
  override name = "CollectiveError";
}

/** A global pointer or shared array was used beyond its end, after it was freed, or for elements of another kind. */
export class GlobalMemoryError extends HeddleError {
  override readonly code = "HEDDLE_GLOBAL_MEMORY";
  override name = "GlobalMemoryError";
}

/** The main thread has begun so much communication without waiting for any that more would take up the memory. Tasks wait by themselves. */
export class BackPressureError extends HeddleError {
  override readonly code = "HEDDLE_BACK_PRESSURE";
  override name = "BackPressureError";
}

/** An object was to be made with a name that another one has. */
export class NameTakenError extends HeddleError {
  override readonly code = "HEDDLE_NAME_TAKEN";
  override name = "NameTakenError";
}

/** No object has the name that was asked for. */
export class NameUnknownError extends HeddleError {
  override readonly code = "HEDDLE_NAME_UNKNOWN";
  override name = "NameUnknownError";
}

/** An object that was called is no more: it was destroyed, or the worker that held it died. */
export class ObjectGoneError extends HeddleError {
  override readonly code = "HEDDLE_OBJECT_GONE";
  override name = "ObjectGoneError";
}

/** A method waits for a call of its own object, or for the object's move or end, which would have to wait for the method. */
export class ObjectBusyError extends HeddleError {
  override readonly code = "HEDDLE_OBJECT_BUSY";
  override name = "ObjectBusyError";
}

/** A future, task or heap array of one runtime, or of another copy of the package, was used with another. */
export class ForeignError extends HeddleError {
  override readonly code = "HEDDLE_FOREIGN";
  override name = "ForeignError";
}

/** A file that was to be read as a trace is none, or none of this version. */
export class TraceFileError extends HeddleError {
  override readonly code = "HEDDLE_TRACE_FILE";
  override name = "TraceFileError";
}

/** An option or argument is out of its range. The message names it and the range. */
export class UsageError extends HeddleError {
  override readonly code = "HEDDLE_USAGE";
  override name = "UsageError";
}

/** A record of a run cannot be replayed: it is of another program, version or number of workers, or no record at all. */
export class ReplayError extends HeddleError {
  override readonly code = "HEDDLE_REPLAY";
  override name = "ReplayError";
}

/** The runtime contradicts itself: a bug in heddle. The message holds the state that was found. */
export class InvariantError extends HeddleError {
  override readonly code = "HEDDLE_INVARIANT";
  override name = "InvariantError";
}
