import assert from "node:assert/strict";
import { test } from "node:test";

import { explicitSettings, type Inspected } from "../../src/explicit_settings.ts";

test("only what somebody has set is sent", () => {
  const set: Record<string, Inspected & { defaultValue?: unknown }> = {
    preferredSource: { defaultValue: "auto" },
    includeArchived: { defaultValue: false, globalValue: false },
    exclude: { defaultValue: [], globalValue: ["a"], workspaceValue: ["b"] },
    "diagnostics.severity": { defaultValue: {}, globalValue: { "id-mismatch": "off" }, workspaceValue: { "missing-file": "error" } },
    maxFileSizeKiB: { defaultValue: 1024, globalValue: 7, workspaceFolderValue: 9 },
  };
  assert.deepEqual(explicitSettings([...Object.keys(set), "unknown"], (name) => set[name]), {
    includeArchived: false,
    exclude: ["b"],
    diagnostics: { severity: { "id-mismatch": "off", "missing-file": "error" } },
    maxFileSizeKiB: 9,
  });
});
