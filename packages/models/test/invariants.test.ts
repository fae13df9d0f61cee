import { describeInvariants } from "@xent/invariants/vitest";
import { modelsInvariants, modelsSubject } from "../src/invariants.js";

describeInvariants("models", modelsInvariants(), modelsSubject);
