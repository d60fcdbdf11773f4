// node test/first_underline.ts [ROUNDS]: from opening a folder, in a workbench that runs, to the first underline in the file
// that is shown; beside it the floor, which is the same with an extension that underlines as soon as it is activated. In turn,
// so that both see the same machine: the ratio is worth more than either figure. Part of tests/run.sh vscode-measure.

import fs from "node:fs";
import path from "node:path";

import { floorExtension } from "./floor.ts";
import { incident, write } from "./project.ts";
import { until } from "./until.ts";
import { Workbench } from "./workbench.ts";

const rounds = Number(process.argv[2] ?? 10);

const shown = (folder: string) => path.join(folder, ".specweave/increments", incident, "spec.md");

function prepare(folder: string): void {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [9, 12] });
  for (let number = 1; number <= 46; number++) {
    write(folder, `${String(number).padStart(4, "0")}-increment`, { spec: "completed", metadata: "completed" });
  }
}

/** When each step began, by the log of the extension host. */
const logged = {
  "the extension host starts": /^(\S+ \S+) .*Extension host with pid \d+ started/gm,
  "the extension is activated": /^(\S+ \S+) .*ExtensionService#_doActivateExtension \S*(?:specweave-lsp|floor)/gm,
} as const;

class Subject {
  readonly times: Record<string, number[]> = {};
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  async open(): Promise<void> {
    const { page, code, folder } = this.workbench;
    const address = new URL(page.url());
    address.searchParams.set("payload", JSON.stringify([["openFile", `vscode-remote://${address.host}${shown(folder)}`]]));
    await page.goto("about:blank");
    await until("the last session to end", () => code.processes("--type=extensionHost").length === 0);
    const start = Date.now();
    await page.goto(address.href, { waitUntil: "commit" });
    await page.locator(".editor-instance .view-line").filter({ hasText: "status" }).first().waitFor({ timeout: 60_000 });
    this.took("the text shows", Date.now() - start);
    await this.workbench.squiggle("error").waitFor({ timeout: 60_000 });
    const underlined = Date.now();
    const logs = path.join(code.base, "data/logs");
    const texts = fs.readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".log")).map((file) => fs.readFileSync(path.join(logs, file), "utf8"));
    for (const [step, pattern] of Object.entries(logged)) {
      const all = texts.flatMap((text) => [...text.matchAll(pattern)].map(([, at = ""]) => Date.parse(at.replace(" ", "T"))));
      this.took(step, Math.max(...all) - start);
    }
    for (const pid of code.servers()) this.took("the server is started", startOf(pid) - start);
    this.took("the underline", underlined - start);
  }

  private took(step: string, time: number): void {
    (this.times[step] ??= []).push(time);
  }

  get underlined(): number {
    return median(this.times["the underline"] ?? []);
  }

  close(): Promise<void> {
    return this.workbench.close();
  }
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

const ours = new Subject(await Workbench.start({ prepare }));
const floor = new Subject(await Workbench.start({ prepare, extensions: (extensions, folder) => { floorExtension(extensions, shown(folder)); } }));
try {
  for (let round = 0; round < rounds; round++) {
    await floor.open();
    await ours.open();
  }
} finally {
  await ours.close();
  await floor.close();
}
console.log(`From opening a folder with 47 increments, medians of ${rounds}:`);
for (const [name, { times }] of Object.entries({ ours, floor })) {
  for (const [step, all] of Object.entries(times)) console.log(`| ${name}: until ${step} | ${median(all)} ms | ${all.join(", ")} |`);
}
console.log(`| ours as a multiple of the floor | ${(ours.underlined / floor.underlined).toFixed(2)} | ${ours.underlined - floor.underlined} ms more |`);
