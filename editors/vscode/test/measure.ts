// tests/run.sh vscode-measure: size of the package, time to activate, memory. Prints a table.

import fs from "node:fs";
import path from "node:path";

import { incident, write } from "./project.ts";
import { vsix } from "./code_server.ts";
import { until } from "./until.ts";
import { Workbench } from "./workbench.ts";

const rounds = Number(process.argv[2] ?? 3);
/** Long enough for the garbage collector to have been around. */
const idle = 10_000;

function prepare(folder: string): void {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [9, 12] });
  for (let number = 1; number <= 46; number++) {
    write(folder, `${String(number).padStart(4, "0")}-increment`, { spec: "completed", metadata: "completed" });
  }
}

/** Private and shared memory of a process, shared pages by share, in MiB. */
function memory(pid: number): number {
  const kib = /^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

interface Seen {
  activation: number;
  ready: number;
  host: number;
  server: number;
}

async function look(withExtension: boolean): Promise<Seen> {
  const start = Date.now();
  const workbench = await Workbench.start({ prepare, withExtension });
  try {
    let ready = 0;
    if (withExtension) {
      await workbench.statusBar(/0047/, 60_000);
      ready = Date.now() - start;
    }
    const host = await until("an extension host", () => workbench.code.processes("--type=extensionHost")[0]);
    await new Promise((resolve) => setTimeout(resolve, idle));
    const seen = { activation: 0, ready, host: memory(host), server: withExtension ? memory(workbench.code.servers()[0] ?? 0) : 0 };
    if (withExtension) {
      // Not from the list of those that run: it begins with the slowest and shows only as many as there is room for.
      const text = await until("the activation time", async () => {
        const entry = await workbench.installedExtension();
        return /(\d+)\s*ms/.exec((await entry.innerText()).replaceAll("\u00a0", " "))?.[1];
      });
      seen.activation = Number(text);
    }
    return seen;
  } finally {
    await workbench.close();
  }
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

const seen: Seen[] = [];
const bare: Seen[] = [];
for (let round = 0; round < rounds; round++) {
  seen.push(await look(true));
  bare.push(await look(false));
}
const of = (part: keyof Seen, from = seen) => median(from.map((one) => one[part]));
const rows = [
  ["package", `${(fs.statSync(vsix).size / 1048576).toFixed(1)} MiB (${path.basename(vsix)})`],
  ["the extension's own code", `${(fs.statSync(path.join(import.meta.dirname, "../dist/extension.cjs")).size / 1024).toFixed(0)} KiB`],
  ["activation, as VS Code counts it", `${of("activation")} ms`],
  ["extension host, idle, with the extension", `${of("host").toFixed(0)} MiB`],
  ["extension host, idle, without it", `${of("host", bare).toFixed(0)} MiB`],
  ["the server, idle", `${of("server").toFixed(1)} MiB`],
];
console.log(`Medians of ${rounds} starts, 47 increments:`);
for (const [what, value] of rows) console.log(`| ${what} | ${value} |`);
