import { runReadmeExamples } from "../src/readme.ts";

runReadmeExamples(import.meta.url);
