import { describeInvariants } from "@xent/invariants/vitest";
import { trainingInvariants, trainingSubject } from "../src/invariants.js";

describeInvariants("training", trainingInvariants(), trainingSubject);
