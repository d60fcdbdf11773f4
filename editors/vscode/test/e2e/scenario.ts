// A test in a workbench of its own; what was to be seen is kept when it fails.

import { test } from "node:test";

import type { Options } from "../code_server.ts";
import { Workbench } from "../workbench.ts";

/** As Playwright's own template has it: whoever works on it sees each failure; a run that nobody watches tries once more, for
 * a workbench that redraws loses keys, and says which scenario needed it. */
const retries = process.env["CI"] ? 1 : 0;

export function scenario(name: string, options: Options, run: (workbench: Workbench) => Promise<void>): void {
  test(name, { timeout: 180_000 * (1 + retries) }, async (context) => {
    for (let left = retries; ; left--) {
      const workbench = await Workbench.start(options);
      try {
        await run(workbench);
        return;
      } catch (error) {
        await workbench.evidence(name.replaceAll(/\W+/g, "-"));
        if (left === 0) throw error;
        context.diagnostic(`flaky, tried again: ${name}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        await workbench.close();
      }
    }
  });
}
