/**
 * The names that a lambda may use without capturing them, because every thread has them: the language's own, those that
 * browsers' workers and Node share, and the platform's. A fixed list on purpose: what a program (or a test runner) hangs on
 * `globalThis` exists in one thread only. A name on the list that this engine lacks fails when it is used, as it would anywhere.
 */

const LANGUAGE = `
globalThis undefined NaN Infinity isFinite isNaN parseFloat parseInt
decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
Object Function Array Number Boolean String Symbol BigInt Date RegExp Promise Proxy Reflect JSON Math Intl Temporal Iterator
Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError
Map Set WeakMap WeakSet WeakRef FinalizationRegistry DisposableStack AsyncDisposableStack
ArrayBuffer SharedArrayBuffer Atomics DataView WebAssembly
Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
BigInt64Array BigUint64Array Float16Array Float32Array Float64Array`;

const BROWSERS_AND_NODE = `
console performance queueMicrotask structuredClone reportError atob btoa crypto navigator
setTimeout clearTimeout setInterval clearInterval fetch
Headers Request Response FormData Blob File URL URLSearchParams URLPattern WebSocket EventSource
AbortController AbortSignal Event EventTarget CustomEvent MessageEvent CloseEvent ErrorEvent DOMException QuotaExceededError
MessageChannel MessagePort BroadcastChannel
TextEncoder TextDecoder TextEncoderStream TextDecoderStream CompressionStream DecompressionStream
ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamDefaultController
ReadableByteStreamController ReadableStreamBYOBRequest
WritableStream WritableStreamDefaultWriter WritableStreamDefaultController
TransformStream TransformStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy
Crypto CryptoKey SubtleCrypto
Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
PerformanceResourceTiming`;

const NODE = "process Buffer global setImmediate clearImmediate";

const BROWSER = `
self location caches indexedDB origin isSecureContext crossOriginIsolated scheduler
requestAnimationFrame cancelAnimationFrame createImageBitmap
ImageBitmap ImageData OffscreenCanvas Path2D DOMMatrix DOMPoint DOMRect
FileReader FileReaderSync FileList XMLHttpRequest WorkerGlobalScope DedicatedWorkerGlobalScope WorkerNavigator WorkerLocation
VideoFrame AudioData ImageDecoder VideoDecoder VideoEncoder AudioDecoder AudioEncoder
GPUBufferUsage GPUMapMode GPUShaderStage GPUTextureUsage`;

/** esbuild (and so tsx) wraps named functions in `__name(...)`; `instantiate` brings this helper along. */
export const NAME_HELPER = "__name";

const names = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const onNode = typeof process === "object" && typeof process.versions?.node === "string";

const allowed = new Set<string>([
  ...names(LANGUAGE),
  ...names(BROWSERS_AND_NODE),
  ...names(onNode ? NODE : BROWSER),
  NAME_HELPER,
]);

export function isStandardGlobal(name: string): boolean {
  return allowed.has(name);
}

/** For tools that rewrite programs: lambdas may use this name as well. */
export function allowGlobal(name: string): void {
  allowed.add(name);
}
