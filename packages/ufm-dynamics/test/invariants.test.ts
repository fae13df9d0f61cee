import { describeInvariants } from "@xent/invariants/vitest";
import { ufmDynamicsInvariants, ufmDynamicsSubject } from "../src/invariants.js";

describeInvariants("ufm-dynamics", ufmDynamicsInvariants(), ufmDynamicsSubject);
