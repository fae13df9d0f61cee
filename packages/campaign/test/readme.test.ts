import { runReadmeExamples } from "@xent/testkit";

runReadmeExamples(import.meta.url);
