// The shell and PowerShell installers, with the release's files on loopback. The one for PowerShell is read, not run.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";

import { archive, target, targets, version } from "../../packaging/lib.mjs";
import { allBinaries, clone, run, script, succeeds, temporary } from "./setup.mjs";

const base = temporary({ after });
const release = path.join(base, "release");
let server;
let address;

before(async () => {
  const folder = clone({ after });
  const at = (name, ...args) => succeeds(process.execPath, [`packaging/${name}.mjs`, ...args], { cwd: folder });
  const unnamed = await at("installers", "--out", release);
  assert.match(unnamed.stdout, /^no installers: /);
  assert.ok(!existsSync(release));
  writeFileSync(path.join(folder, "packaging/identity.json"), JSON.stringify({ owner: "some-owner", repository: "some-repository", publisher: "some-publisher" }));
  await at("apply-identity");
  await at("installers", "--out", release);
  const made = await script("archives.mjs", ["--binaries", allBinaries(path.join(base, "binaries")), "--out", release]);
  assert.equal(made.code, 0, made.stderr);
  server = createServer((request, response) => {
    const file = path.join(release, request.url);
    if (existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}`;
});
after(() => server?.close());

/** Somebody with a shell and curl; `ldd` says which glibc there is. */
function somebody(t, glibc = "2.36") {
  const home = temporary(t);
  const bin = path.join(home, "bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "ldd"), `#!/bin/sh\necho 'ldd (GNU libc) ${glibc}'\n`, { mode: 0o755 });
  return { home, env: { HOME: home, PATH: `${bin}:/usr/bin:/bin`, SHELL: "/bin/sh", SPECWEAVE_LSP_DOWNLOAD_URL: address } };
}

const install = (env) => run("sh", [path.join(release, "specweave-lsp-installer.sh")], { env });

test("the shell installer: the program is in ~/.local/bin, and nothing asks for anything", async (t) => {
  const { home, env } = somebody(t);
  const { code, stdout, stderr } = await install(env);
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(readdirSync(path.join(home, ".local/bin")).filter((name) => name.startsWith("specweave")), ["specweave-lsp"]);
  const { stdout: said } = await succeeds(path.join(home, ".local/bin/specweave-lsp"), ["--version"], { env });
  assert.equal(said, `specweave-lsp ${version}\n`);
});

test("a glibc older than 2.17 gets the static program, a newer one does not", async (t) => {
  for (const [glibc, name] of [["2.12", "linux-x64-musl"], ["2.17", "linux-x64"]]) {
    const { stdout, stderr } = await install({ ...somebody(t, glibc).env, SPECWEAVE_LSP_PRINT_VERBOSE: "1" });
    assert.ok((stdout + stderr).includes(`/${archive(target(name))}`), `${glibc}: ${stdout}${stderr}`);
  }
});

test("where an archive is missing it fails, says which, and leaves nothing behind", async (t) => {
  const { home, env } = somebody(t);
  const { code, stderr } = await install({ ...env, SPECWEAVE_LSP_DOWNLOAD_URL: `${address}/nowhere` });
  assert.notEqual(code, 0);
  assert.match(stderr, /nowhere\/specweave-lsp-x86_64-unknown-linux-gnu\.tar\.gz/);
  assert.ok(!existsSync(path.join(home, ".local/bin/specweave-lsp")));
});

test("both ask only for archives that a release has, at the address of the project", () => {
  for (const [file, systems] of [["specweave-lsp-installer.sh", ["linux", "darwin", "win32"]], ["specweave-lsp-installer.ps1", ["win32"]]]) {
    const text = readFileSync(path.join(release, file), "utf8");
    const asked = [...new Set([...text.matchAll(/"(specweave-lsp-[\w-]+\.(?:tar\.\w+|zip))"/g)].map(([, name]) => name))].sort();
    assert.deepEqual(asked, targets.filter(({ os }) => systems.includes(os)).map(archive).sort());
    assert.ok(text.includes(`/some-owner/some-repository/releases/download/v${version}`));
  }
});
