import workerpool from "workerpool";
import empty from "./empty.ts";

workerpool.worker({ empty });
