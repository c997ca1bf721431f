import { task } from "heddle";

const loadedThere = task(import.meta, () => globalThis.loaded);

if (import.meta.main) console.log(JSON.stringify([[...globalThis.loaded], await loadedThere.spawn()]));
