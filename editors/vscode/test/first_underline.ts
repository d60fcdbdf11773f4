// node test/first_underline.ts [ROUNDS]: from opening a folder, in a workbench that runs, to the first underline in the file
// that is shown. Part of tests/run.sh vscode-measure.

import fs from "node:fs";
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

/** When each step began, by the log of the extension host. */
const steps = {
  "the extension host starts": /^(\S+ \S+) .*Extension host with pid \d+ started/gm,
  "the extension is activated": /^(\S+ \S+) .*ExtensionService#_doActivateExtension \S*specweave-lsp/gm,
} as const;
const times: Record<string, number[]> = {};

/** The last time that each is in the logs of this workbench. */
function took(start: number): void {
  const logs = path.join(workbench.code.base, "data/logs");
  const texts = fs.readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".log")).map((file) => fs.readFileSync(path.join(logs, file), "utf8"));
  for (const [step, pattern] of Object.entries(steps)) {
    const all = texts.flatMap((text) => [...text.matchAll(pattern)].map(([, at = ""]) => Date.parse(at.replace(" ", "T"))));
    (times[step] ??= []).push(Math.max(...all) - start);
  }
  (times["the server is started"] ??= []).push(startOf(workbench.code.servers()[0] ?? 0) - start);
}

/** By the kernel, in hundredths of a second; a log is written later than what it tells of. */
function startOf(pid: number): number {
  const booted = Number(/^btime (\d+)/m.exec(fs.readFileSync("/proc/stat", "utf8"))?.[1]);
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return booted * 1000 + Number(fields[19]) * 10;
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
    took(start);
  }
} finally {
  await workbench.close();
}
console.log(`First underline, medians of ${rounds} openings of a folder with 47 increments:`);
console.log(`| from opening the folder | ${median(opened)} ms | ${opened.join(", ")} |`);
for (const [step, after] of Object.entries(times)) console.log(`| until ${step} | ${median(after)} ms | ${after.join(", ")} |`);
console.log(`| after the text shows | ${median(sinceText)} ms | ${sinceText.join(", ")} |`);
