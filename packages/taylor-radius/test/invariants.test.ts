import { describeInvariants } from "@xent/invariants/vitest";
import { taylorRadiusInvariants, taylorRadiusSubject } from "../src/invariants.js";

describeInvariants("taylor-radius", taylorRadiusInvariants(), taylorRadiusSubject);
