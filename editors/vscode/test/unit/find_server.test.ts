import assert from "node:assert/strict";
import { test } from "node:test";

import { environmentVariable, findServer, type Surroundings } from "../../src/find_server.ts";

function find(programs: string[], around: Partial<Surroundings> = {}) {
  return findServer({
    environment: { PATH: "/usr/bin:relative:/opt/bin" },
    setting: "",
    extension: "/ext",
    workspace: "/work space",
    trusted: true,
    home: "/home/me",
    platform: "linux",
    arch: "x64",
    isExecutable: (file) => programs.includes(file),
    ...around,
  });
}

const everywhere = ["/env/server", "/set/server", "/ext/server/specweave-lsp", "/opt/bin/specweave-lsp"];

test("environment, then setting, then bundled, then PATH", () => {
  const environment = { [environmentVariable]: "/env/server", PATH: "/opt/bin" };
  assert.deepEqual(find(everywhere, { environment, setting: "/set/server" }), { command: "/env/server", source: "environment" });
  assert.deepEqual(find(everywhere, { setting: "/set/server" }), { command: "/set/server", source: "setting" });
  assert.deepEqual(find(everywhere), { command: "/ext/server/specweave-lsp", source: "bundled" });
  assert.deepEqual(find(["/opt/bin/specweave-lsp"]), { command: "/opt/bin/specweave-lsp", source: "PATH" });
});

test("a project's own comes before the bundled one, however it was installed", () => {
  const modules = "/work space/node_modules";
  for (const own of [
    `${modules}/specweave-lsp-linux-x64/specweave-lsp`,
    `${modules}/specweave-lsp-linux-x64-musl/specweave-lsp`,
    `${modules}/specweave-lsp/node_modules/specweave-lsp-linux-x64/specweave-lsp`,
    `${modules}/.pnpm/node_modules/specweave-lsp-linux-x64/specweave-lsp`,
  ]) {
    assert.deepEqual(find([...everywhere, own]), { command: own, source: "project" });
    assert.deepEqual(find([...everywhere, own], { setting: "/set/server" }), { command: "/set/server", source: "setting" });
    assert.deepEqual(find([...everywhere, own], { trusted: false }), { command: "/ext/server/specweave-lsp", source: "bundled" });
    assert.deepEqual(find([...everywhere, own], { workspace: undefined }), { command: "/ext/server/specweave-lsp", source: "bundled" });
    assert.deepEqual(find([...everywhere, own], { arch: "arm64" }), { command: "/ext/server/specweave-lsp", source: "bundled" });
  }
});

test("what was named and is not there is an error, not passed over", () => {
  for (const around of [{ environment: { [environmentVariable]: "/gone" } }, { setting: "/gone" }]) {
    const found = find(everywhere, around);
    assert.ok("problem" in found);
    assert.match(found.problem, /\/gone/);
  }
});

test("nothing anywhere is an error that names both places", () => {
  const found = find([]);
  assert.ok("problem" in found);
  assert.match(found.problem, /holds no server.*PATH/);
});

test("a setting may start at home or in the workspace", () => {
  assert.deepEqual(find(["/home/me/bin/server"], { setting: "~/bin/server" }), { command: "/home/me/bin/server", source: "setting" });
  assert.deepEqual(find(["/work space/target/server"], { setting: " target/server " }), { command: "/work space/target/server", source: "setting" });
});

test("a relative folder on the PATH is not searched: it would be the workspace's", () => {
  assert.ok("problem" in find(["relative/specweave-lsp"]));
});

test("Windows has another name for the program", () => {
  const around = { platform: "win32", environment: { PATH: "" } } as const;
  assert.deepEqual(find(["/ext/server/specweave-lsp.exe"], around), { command: "/ext/server/specweave-lsp.exe", source: "bundled" });
});
