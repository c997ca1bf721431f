import { ThreadWorker } from "poolifier";
import empty from "./empty.ts";

export default new ThreadWorker(empty);
