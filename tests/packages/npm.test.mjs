// npm's packages, published to a registry of our own and used as people use them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { npmPackage, targets, version } from "../../packaging/lib.mjs";
import { Client } from "../../packaging/client.mjs";
import { desync, kibibytes, nodes, published, run, script, succeeds, temporary } from "./setup.mjs";

const folder = temporary({ after });
let served;
let env;

before(async () => {
  served = await published(folder);
  env = served.env;
  console.log(served.made);
});

after(() => served?.stop());

/** A folder with a project in it, that has a package.json. */
function project(t) {
  const root = desync(temporary(t));
  writeFileSync(path.join(root, "package.json"), '{ "private": true }\n');
  return root;
}

const bin = (root) => path.join(root, "node_modules/.bin/specweave-lsp");
const found = /status-desync.*spec\.md says `active`, metadata\.json says `completed`/;

test("a newcomer with Node.js alone: from nothing to the first finding in one command", async (t) => {
  const root = desync(temporary(t));
  const started = performance.now();
  const { code, stdout, stderr } = await run("npx", ["--yes", "specweave-lsp", "check"], { cwd: root, env });
  const seconds = (performance.now() - started) / 1000;
  assert.equal(code, 1, stderr);
  assert.match(stdout, found);
  t.diagnostic(`npx --yes specweave-lsp check: ${seconds.toFixed(1)} s to the first finding`);
});

test("npm install --global", async (t) => {
  const prefix = temporary(t);
  await succeeds("npm", ["install", "--global", "specweave-lsp"], { cwd: prefix, env: { ...env, npm_config_prefix: prefix } });
  const { stdout } = await succeeds(path.join(prefix, "bin/specweave-lsp"), ["--version"], { env });
  assert.equal(stdout, `specweave-lsp ${version}\n`);
  // Of the packages that fit no other platform, one came along.
  const installed = readdirSync(path.join(prefix, "lib/node_modules/specweave-lsp/node_modules"));
  assert.deepEqual(installed, ["specweave-lsp-linux-x64"]);
});

for (const manager of ["npm", "pnpm"]) {
  test(`in a project, with ${manager}`, async (t) => {
    const root = project(t);
    await succeeds(manager, manager === "npm" ? ["install", "--save-dev", "specweave-lsp"] : ["add", "--save-dev", "specweave-lsp"], { cwd: root, env });
    const { code, stdout } = await run(bin(root), ["check"], { cwd: root, env });
    assert.equal(code, 1);
    assert.match(stdout, found);
    const runner = manager === "npm" ? ["npx", "--no"] : ["pnpm", "exec"];
    assert.equal((await run(runner[0], [runner[1], "specweave-lsp", "check"], { cwd: root, env })).code, 1);
    // A lock file written here is good for every platform.
    const lock = readFileSync(path.join(root, manager === "npm" ? "package-lock.json" : "pnpm-lock.yaml"), "utf8");
    for (const target of targets) assert.ok(lock.includes(npmPackage(target)), target.name);
    // Nothing is run or built by installing: npm 11 would block it.
    assert.ok(!lock.includes("hasInstallScript") && !lock.includes("requiresBuild"), lock);
  });
}

test("without its optional dependencies it says what to do", async (t) => {
  const root = project(t);
  await succeeds("npm", ["install", "--omit=optional", "specweave-lsp"], { cwd: root, env });
  for (const node of Object.values(nodes)) {
    const { code, stdout, stderr } = await run(node, [bin(root), "check"], { cwd: root, env });
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /^error: The package specweave-lsp-linux-x64, .* is not installed\. .*without `--omit=optional`.*\n$/);
  }
});

test("node_modules from another platform: it says what to do, and what it says helps", async (t) => {
  const root = project(t);
  await succeeds("npm", ["install", "--os=darwin", "--cpu=arm64", "specweave-lsp"], { cwd: root, env });
  assert.deepEqual(readdirSync(path.join(root, "node_modules")).filter((name) => !name.startsWith(".")), ["specweave-lsp", "specweave-lsp-darwin-arm64"]);
  const { code, stderr } = await run(bin(root), ["check"], { cwd: root, env });
  assert.equal(code, 2);
  assert.match(stderr, /Delete node_modules and install again/);
  rmSync(path.join(root, "node_modules"), { recursive: true });
  await succeeds("npm", ["ci"], { cwd: root, env });
  assert.equal((await run(bin(root), ["check"], { cwd: root, env })).code, 1);
});

test("each platform gets its own package and no other", async (t) => {
  for (const { name, os, cpu, libc } of targets) {
    const root = project(t);
    const flags = [`--os=${os}`, `--cpu=${cpu}`, ...(libc === undefined ? [] : [`--libc=${libc}`])];
    await succeeds("npm", ["install", ...flags, "specweave-lsp"], { cwd: root, env });
    const installed = readdirSync(path.join(root, "node_modules")).filter((it) => it.startsWith("specweave-lsp-"));
    assert.deepEqual(installed, [`specweave-lsp-${name}`]);
  }
});

test("a platform without a build: it installs, and says so", async (t) => {
  const root = project(t);
  await succeeds("npm", ["install", "--os=freebsd", "--cpu=x64", "specweave-lsp"], { cwd: root, env });
  const pretend = path.join(root, "pretend.cjs");
  writeFileSync(pretend, 'Object.defineProperty(process, "platform", { value: "freebsd" });\n');
  const { code, stderr } = await run(nodes.newest, ["--require", pretend, bin(root), "check"], { cwd: root, env });
  assert.equal(code, 2);
  assert.match(stderr, /^error: specweave-lsp has no build for freebsd on x64\. .*cargo install specweave-lsp/);
});

test("with both packages of Linux, as Yarn 1 leaves them, the one that fits is started; the one for musl alone serves, too", async (t) => {
  const root = project(t);
  await succeeds("npm", ["install", "specweave-lsp", "specweave-lsp-linux-x64-musl", "--force"], { cwd: root, env });
  const there = () => ["specweave-lsp-linux-x64", "specweave-lsp-linux-x64-musl"].filter((name) => existsSync(path.join(root, "node_modules", name)));
  assert.equal(there().length, 2);
  const musl = path.join(root, "node_modules/specweave-lsp-linux-x64-musl/specweave-lsp");
  writeFileSync(musl, "#!/bin/sh\necho the one for musl\n");
  const says = async () => (await succeeds(bin(root), ["--version"], { env })).stdout;
  assert.equal(await says(), `specweave-lsp ${version}\n`);
  rmSync(path.join(root, "node_modules/specweave-lsp-linux-x64"), { recursive: true });
  assert.equal(await says(), "the one for musl\n");
});

test("a release that broke off goes on: what is published already is left out", async () => {
  const again = await script("publish-npm.mjs", [served.packages, "--provenance=false"], { env });
  assert.equal(again.code, 0, again.stderr);
  assert.equal(again.stdout.match(/is there already/g)?.length, targets.length + 1);
});

test("what npm takes", async () => {
  const order = readFileSync(path.join(served.packages, "order"), "utf8").trim().split("\n");
  assert.equal(order.at(-1), `specweave-lsp-${version}.tgz`);
  for (const file of order) {
    const { stdout } = await succeeds("tar", ["-tzf", path.join(served.packages, file)]);
    const files = stdout.trim().split("\n").map((it) => it.replace("package/", "")).sort();
    const own = file === order.at(-1) ? ["bin/specweave-lsp.js", "lsp.schema.json", "platforms.json"] : [file.includes("win32") ? "specweave-lsp.exe" : "specweave-lsp"];
    assert.deepEqual(files, ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json", ...own].sort(), file);
  }
  const manifest = JSON.parse((await succeeds("tar", ["-xzOf", path.join(served.packages, order[2]), "package/package.json"])).stdout);
  assert.deepEqual({ os: manifest.os, cpu: manifest.cpu, libc: manifest.libc, version: manifest.version, license: manifest.license }, { os: ["linux"], cpu: ["x64"], libc: ["musl"], version, license: "MIT OR Apache-2.0" });
});

test("half a release is refused", async (t) => {
  const { code, stderr } = await script("npm.mjs", ["--binaries", process.env.SPECWEAVE_BINARIES, "--out", temporary(t)]);
  assert.equal(code, 2);
  assert.match(stderr, /lacks the programs for .*win32-arm64/);
});

for (const [name, node] of Object.entries(nodes)) {
  // The newest becomes the program itself; the oldest stays beside it.
  test(`through the launcher, with the ${name} Node.js`, async (t) => {
    const root = project(t);
    await succeeds("npm", ["install", "specweave-lsp"], { cwd: root, env });
    const launcher = [path.join(root, "node_modules/specweave-lsp/bin/specweave-lsp.js")];

    await t.test("exit codes, arguments and streams are the program's", async () => {
      const json = await run(node, [...launcher, "check", "--format", "json"], { cwd: root, env });
      assert.equal(json.code, 1);
      assert.equal(json.stderr, "");
      JSON.parse(json.stdout);
      assert.equal((await run(node, [...launcher, "check", "--exit-zero"], { cwd: root, env })).code, 0);
      const wrong = await run(node, [...launcher, "check", "--no-such flag"], { cwd: root, env });
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /--no-such flag/);
    });

    await t.test("a session of the language server", async () => {
      const client = new Client(node, launcher, { cwd: root, env });
      const { serverInfo } = await client.initialize(root);
      assert.deepEqual(serverInfo, { name: "specweave-lsp", version });
      const { params } = await client.next("textDocument/publishDiagnostics");
      assert.equal(params.diagnostics[0].code, "status-desync");
      await client.request("shutdown");
      client.notify("exit");
      assert.deepEqual(await client.ended, { code: 0, signal: null });
    });

    for (const signal of ["SIGTERM", "SIGINT"]) {
      await t.test(`${signal} ends the program, and nothing is left behind`, async () => {
        const direct = await endedBy(signal, (client) => client.pid, path.join(root, "node_modules/specweave-lsp-linux-x64/specweave-lsp"), []);
        const through = await endedBy(signal, (client) => client.pid, node, launcher);
        assert.deepEqual(through, direct);
      });
    }

    async function endedBy(signal, pidOf, command, args) {
      const client = new Client(command, args, { cwd: root, env });
      await client.initialize(root);
      process.kill(pidOf(client), signal);
      const end = await client.ended;
      // Its output is closed when the last process that holds it is gone.
      await client.closed;
      return end;
    }

    await t.test("what it costs", async (t) => {
      const program = path.join(root, "node_modules/specweave-lsp-linux-x64/specweave-lsp");
      const times = { direct: [], launched: [] };
      for (let round = 0; round < 7; round += 1) {
        times.direct.push(await milliseconds(program, ["--version"]));
        times.launched.push(await milliseconds(node, [...launcher, "--version"]));
      }
      const median = (list) => list.sort((a, b) => a - b)[3];
      const client = new Client(node, launcher, { cwd: root, env });
      await client.initialize(root);
      const isProgram = readFileSync(`/proc/${client.pid}/comm`, "utf8").startsWith("specweave");
      const memory = isProgram ? 0 : kibibytes(client.pid, "VmRSS") / 1024;
      client.kill();
      await client.ended;
      t.diagnostic(
        `the launcher costs ${(median(times.launched) - median(times.direct)).toFixed(0)} ms (${median(times.direct).toFixed(0)} -> ${median(times.launched).toFixed(0)}), ` +
          `and ${memory.toFixed(0)} MiB while it waits`,
      );
      assert.equal(isProgram, name === "newest");
    });
  });
}

async function milliseconds(command, args) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: "ignore", env });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  return performance.now() - started;
}
