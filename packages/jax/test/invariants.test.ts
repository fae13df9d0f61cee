import { describeInvariants } from "@xent/invariants/vitest";
import { startJax } from "../src/index.js";
import { jaxInvariants, jaxSubject } from "../src/invariants.js";

await startJax();

describeInvariants("jax", jaxInvariants(), jaxSubject);
