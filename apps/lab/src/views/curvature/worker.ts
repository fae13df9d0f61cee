import { expose } from "comlink";
import { curvatureAnswer, trustMap } from "./compute.js";

const api = { curvatureAnswer, trustMap };

export type CurvatureWorker = typeof api;

expose(api);
