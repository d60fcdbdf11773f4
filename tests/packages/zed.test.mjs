// The extension for Zed: linked to the component that Zed loads, and run in Node.js with stand-ins for what Zed offers it.
// What Zed itself does with the component is not shown here.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { project, required, temporary, tools } from "./setup.mjs";

/** As tests/run.sh builds it; Zed calls the file extension.wasm. */
const component = required("SPECWEAVE_ZED");
const load = (name) => import(pathToFileURL(createRequire(path.join(tools, "jco/node_modules/")).resolve(name)).href);
const folder = temporary({ after });
let instantiate;
let shim;

before(async () => {
  const { transpile } = await load("@bytecodealliance/jco-transpile");
  ({ WASIShim: shim } = await load("@bytecodealliance/preview2-shim/instantiation"));
  const { files } = await transpile(component, { outDir: folder, name: "extension", instantiation: "async", noTypescript: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, path.basename(name)), bytes);
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  ({ instantiate } = await import(pathToFileURL(path.join(folder, "extension.js")).href));
});

test("the component says for which version of Zed's interface it is, as Zed reads it", () => {
  const [, wanted] = /^zed_extension_api = "(.*)"$/m.exec(readFileSync(path.join(project, "editors/zed/Cargo.toml"), "utf8"));
  const bytes = readFileSync(component);
  const at = bytes.indexOf("zed:api-version") + "zed:api-version".length;
  const numbers = [0, 2, 4].map((offset) => bytes.readUInt16BE(at + offset));
  assert.equal(numbers.slice(0, 2).join("."), wanted);
});

/** What Zed offers an extension: a folder of its own, npm and Node.js, the project's PATH, the settings. */
async function zed(t, { onPath, latest = "0.2.0", settings = {} } = {}) {
  const work = temporary(t);
  const asked = [];
  class Worktree {
    id() { return 1n; }
    which(name) { asked.push(`which ${name}`); return onPath; }
    shellEnv() { return [["FROM_THE_SHELL", "yes"]]; }
  }
  class Nothing {}
  const fail = (message) => { throw Object.assign(new Error(message), { payload: message }); };
  const launcher = path.join(work, "node_modules/specweave-lsp/bin/specweave-lsp.js");
  const nodejs = {
    nodeBinaryPath: () => process.execPath,
    npmPackageLatestVersion: (name) => (latest === null ? fail("no network") : (asked.push(`latest ${name}`), latest)),
    npmPackageInstalledVersion: () => (existsSync(launcher) ? readFileSync(launcher, "utf8").trim() : undefined),
    npmInstallPackage: (name, version) => {
      asked.push(`install ${name} ${version}`);
      mkdirSync(path.dirname(launcher), { recursive: true });
      writeFileSync(launcher, version);
    },
  };
  const states = [];
  const host = {
    "zed:extension/nodejs": nodejs,
    worktree: { default: Worktree },
    project: { default: Nothing },
    "key-value-store": { default: Nothing },
    "get-settings": { default: (_, category, key) => { asked.push(`settings ${category} ${key}`); return JSON.stringify(settings); } },
    "set-language-server-installation-status": { default: (_, { tag }) => { states.push(tag); } },
  };
  // Zed shows the extension its folder under its real name, and says that name in PWD.
  const wasi = new shim({ sandbox: { preopens: { [work]: work, ".": work }, env: { PWD: work }, enableNetwork: false } }).getImportObject();
  const extension = await instantiate(undefined, { ...unversioned(wasi), ...host });
  extension.initExtension();
  const worktree = new Worktree();
  return { extension, worktree, asked, states, launcher, command: () => extension.languageServerCommand("specweave-lsp", worktree) };
}

const unversioned = (wasi) => Object.fromEntries(Object.entries(wasi).map(([name, it]) => [name.split("@")[0], it]));

test("the specweave-lsp of the project's PATH is started, with the shell's environment, and nothing is installed", async (t) => {
  const { command, asked } = await zed(t, { onPath: "/somewhere/specweave-lsp" });
  assert.deepEqual(command(), { command: "/somewhere/specweave-lsp", args: [], env: [["FROM_THE_SHELL", "yes"]] });
  assert.deepEqual(asked, ["which specweave-lsp"]);
});

test("else the npm package, which is installed once and follows new versions", async (t) => {
  const { command, asked, states, launcher } = await zed(t);
  const expected = { command: process.execPath, args: [launcher], env: [["FROM_THE_SHELL", "yes"]] };
  assert.deepEqual(command(), expected);
  assert.deepEqual(states, ["checking-for-update", "downloading"]);
  assert.deepEqual(command(), expected);
  const install = "install specweave-lsp 0.2.0";
  assert.deepEqual(asked.filter((it) => it.startsWith("install")), [install]);
  writeFileSync(launcher, "0.1.9");
  command();
  assert.deepEqual(asked.filter((it) => it.startsWith("install")), [install, install]);
});

test("without a network the version that is there serves; where there is none, the error is npm's", async (t) => {
  const { command, launcher } = await zed(t, { latest: null });
  assert.throws(command, (error) => error === "no network");
  mkdirSync(path.dirname(launcher), { recursive: true });
  writeFileSync(launcher, "0.2.0");
  assert.deepEqual(command().args, [launcher]);
});

test("the settings under lsp.specweave-lsp reach the server", async (t) => {
  const { extension, worktree, asked } = await zed(t, { settings: { settings: { includeArchived: true }, initialization_options: { codeLens: false } } });
  assert.deepEqual(JSON.parse(extension.languageServerWorkspaceConfiguration("specweave-lsp", worktree)), { includeArchived: true });
  assert.deepEqual(JSON.parse(extension.languageServerInitializationOptions("specweave-lsp", worktree)), { codeLens: false });
  assert.deepEqual([...new Set(asked)], ["settings lsp specweave-lsp"]);
});
