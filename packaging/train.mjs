// node packaging/train.mjs PROGRAM: uses a program as people do (typing, the editor's requests, the commands that a prompt, a hook
// and a CI run) in a project of 400 increments that it makes and removes. Built with `-Cprofile-generate`, the program notes in
// LLVM_PROFILE_FILE what of it ran how often.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Client } from "./client.mjs";
import { fail } from "./lib.mjs";

const INCREMENTS = 400;
const EDITS = 300;

// Started by a hook of git, its variables would lead to another repository.
for (const name of Object.keys(process.env).filter((name) => name.startsWith("GIT_"))) delete process.env[name];
const program = path.resolve(process.argv[2] ?? fail("Which program? `node packaging/train.mjs PROGRAM`"));
const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "specweave-train-")));
let problem;
try {
  const first = make(root);
  await edit(first);
  commands(path.basename(path.dirname(first.file)));
} catch (error) {
  problem = error;
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}
if (problem !== undefined) fail(`${program} could not be trained: ${problem.message}.`);

/** A project under git; its first increment's spec.md. Not one of benches/genws.py: what is measured is not what was trained on. */
function make(folder) {
  let first;
  for (let number = 1; number <= INCREMENTS; number += 1) {
    const id = `${String(number).padStart(4, "0")}-checkout-retries`;
    const status = ["completed", "completed", "completed", "active", "paused", "backlog"][number % 6];
    const increment = path.join(folder, ".specweave/increments", id);
    mkdirSync(increment, { recursive: true });
    const text = spec(id, number % 50 === 0 ? "planning" : status, status === "completed");
    writeFileSync(path.join(increment, "spec.md"), text);
    writeFileSync(path.join(increment, "tasks.md"), tasks(status === "completed"));
    const times = { created: "2025-11-20T09:00:00Z", lastActivity: "2025-11-20T19:00:00Z" };
    const record = { id, status, type: "feature", priority: "P1", ...times };
    writeFileSync(path.join(increment, "metadata.json"), `${JSON.stringify(record, null, 2)}\n`);
    first ??= { file: path.join(increment, "spec.md"), text, status };
  }
  git("init", "--quiet", "--template=");
  git("add", ".");
  git("commit", "--quiet", "--message", "One");
  return first;
}

function spec(id, status, done) {
  const lines = ["---", `increment: ${id}`, "title: Retries at the checkout", `status: ${status}`, "type: feature"];
  lines.push("created: 2025-11-20", "---", "", "# Retries", "");
  for (let story = 1; story <= 3; story += 1) {
    lines.push(`### US-00${story}: A payment is tried again`, "", "**As a** buyer, **I want** one charge – whatever the network does.", "");
    for (let one = 1; one <= 4; one += 1) lines.push(`- [${done || one === 1 ? "x" : " "}] **AC-US${story}-0${one}**: The second attempt has the same key`);
    lines.push("", "Each attempt takes the same lock, and the nightly script hides the failure until the next morning. ".repeat(4), "");
  }
  return lines.join("\n");
}

function tasks(done) {
  const lines = ["# Tasks", ""];
  for (let task = 1; task <= 5; task += 1) {
    const state = done || task === 1 ? "[x] completed" : "[ ] pending";
    const story = (task % 3) + 1;
    lines.push(`### T-00${task}: Send the key`, "", `**User Story**: US-00${story}`);
    lines.push(`**Satisfies ACs**: AC-US${story}-01`, `**Status**: ${state}`, "");
  }
  return lines.join("\n");
}

/** A session: letters typed, the status made wrong and right again, and at each what an editor asks for. */
async function edit({ file, text, status }) {
  const uri = pathToFileURL(file).href;
  const lines = text.split("\n");
  const line = lines.findIndex((it) => it.startsWith("status: "));
  const position = { line, character: "status: ".length + 1 };
  const textDocument = { uri };
  const range = { start: position, end: position };
  const all = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
  const asked = {
    codeAction: { textDocument, range, context: { diagnostics: [] } },
    hover: { textDocument, position },
    completion: { textDocument, position },
    definition: { textDocument, position },
    references: { textDocument, position, context: { includeDeclaration: true } },
    codeLens: { textDocument },
    documentSymbol: { textDocument },
    documentLink: { textDocument },
    foldingRange: { textDocument },
    inlayHint: { textDocument, range: all },
  };
  const client = new Client(program, ["--stdio"], { cwd: root });
  await client.initialize(root, { textDocument: { publishDiagnostics: { relatedInformation: true, versionSupport: true } } });
  client.notify("textDocument/didOpen", { textDocument: { uri, languageId: "markdown", version: 0, text } });
  let wrong = false;
  for (let version = 1; version <= EDITS; version += 1) {
    const body = { line: lines.length - 2, character: 3 };
    const start = { line, character: "status: ".length };
    const end = { line, character: start.character + (wrong ? "ERR" : status).length };
    const changes = [{ range: { start: body, end: body }, text: "a" }, { range: { start, end }, text: wrong ? status : "ERR" }];
    wrong = !wrong;
    client.notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges: changes });
    await client.request("textDocument/codeAction", asked.codeAction);
    if (version % 5 === 0) for (const [name, params] of Object.entries(asked)) await client.request(`textDocument/${name}`, params);
  }
  await client.request("workspace/symbol", { query: "retries" });
  await client.request("specweave/status", {});
  await client.request("specweave/increments", {});
  client.notify("textDocument/didClose", { textDocument });
  await client.request("shutdown");
  client.notify("exit");
  const { code } = await client.ended;
  if (code !== 0) throw new Error(`the server ended with exit code ${code}`);
}

function commands(id) {
  writeFileSync(path.join(root, ".specweave/increments", id, "spec.md"), spec(id, "paused", false));
  git("add", ".");
  for (let round = 0; round < 5; round += 1) {
    for (const it of [["check"], ["check", "--format", "json"], ["status"], ["status", "--line"], ["hook", "run"], ["history", id]]) {
      // What it finds is none of this script's business, but a program that could not do its work exits with 2 or more.
      try {
        execFileSync(program, it, { cwd: root, stdio: "ignore" });
      } catch (error) {
        if (error.status !== 1) throw new Error(`\`${it.join(" ")}\` ended with ${error.status ?? error.signal ?? error.code}`, { cause: error });
      }
    }
  }
}

function git(...rest) {
  const settings = ["user.name=A", "user.email=a@example.org", "commit.gpgsign=false", `core.hooksPath=${os.devNull}`];
  execFileSync("git", [...settings.flatMap((it) => ["-c", it]), ...rest], { cwd: root, stdio: "ignore" });
}
