import fc from "fast-check";

fc.configureGlobal({ seed: 20261124, endOnFailure: true });
