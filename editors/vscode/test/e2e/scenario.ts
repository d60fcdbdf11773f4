// A test in a workbench of its own; what was to be seen is kept when it fails.

import { test } from "node:test";

import type { Options } from "../code_server.ts";
import { Workbench } from "../workbench.ts";

export function scenario(name: string, options: Options, run: (workbench: Workbench) => Promise<void>): void {
  test(name, { timeout: 180_000 }, async () => {
    const workbench = await Workbench.start(options);
    try {
      await run(workbench);
    } catch (error) {
      await workbench.evidence(name.replaceAll(/\W+/g, "-"));
      throw error;
    } finally {
      await workbench.close();
    }
  });
}
