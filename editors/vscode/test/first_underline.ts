// node test/first_underline.ts [ROUNDS]: from opening a folder, in a workbench that runs, to the first underline in the file
// that is shown. Part of tests/run.sh vscode-measure.

import path from "node:path";

import { incident, write } from "./project.ts";
import { Workbench } from "./workbench.ts";

const rounds = Number(process.argv[2] ?? 10);

function prepare(folder: string): void {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [9, 12] });
  for (let number = 1; number <= 46; number++) {
    write(folder, `${String(number).padStart(4, "0")}-increment`, { spec: "completed", metadata: "completed" });
  }
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

const workbench = await Workbench.start({ prepare });
const opened: number[] = [];
const sinceText: number[] = [];
try {
  await workbench.statusBar(/0047/);
  const address = new URL(workbench.page.url());
  const file = path.join(workbench.folder, ".specweave/increments", incident, "spec.md");
  address.searchParams.set("payload", JSON.stringify([["openFile", `vscode-remote://${address.host}${file}`]]));
  for (let round = 0; round < rounds; round++) {
    await workbench.page.goto("about:blank");
    const start = Date.now();
    await workbench.page.goto(address.href, { waitUntil: "commit" });
    await workbench.page.locator(".editor-instance .view-line").filter({ hasText: "status" }).first().waitFor({ timeout: 60_000 });
    const text = Date.now();
    await workbench.squiggle("error").waitFor({ timeout: 60_000 });
    opened.push(Date.now() - start);
    sinceText.push(Date.now() - text);
  }
} finally {
  await workbench.close();
}
console.log(`First underline, medians of ${rounds} openings of a folder with 47 increments:`);
console.log(`| from opening the folder | ${median(opened)} ms | ${opened.join(", ")} |`);
console.log(`| after the text shows | ${median(sinceText)} ms | ${sinceText.join(", ")} |`);
