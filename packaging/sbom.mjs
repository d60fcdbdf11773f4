// node packaging/sbom.mjs [--wheels FOLDER] [--out FOLDER]: what the program is made of, a file a target. maturin writes it, from
// cargo's own resolution, into the wheels; it is as true of the archives, which hold the same builds.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { fail, project, targets, version } from "./lib.mjs";

const { values } = parseArgs({
  options: {
    wheels: { type: "string", default: path.join(project, "dist/wheels") },
    out: { type: "string", default: path.join(project, "dist/release") },
  },
});
const wheels = readdirSync(values.wheels).filter((name) => name.endsWith(".whl"));
if (wheels.length === 0) fail(`There is no wheel in ${values.wheels}. Run \`node packaging/build.mjs TARGET\` first.`);
mkdirSync(values.out, { recursive: true });
for (const wheel of wheels) {
  const target = targets.find((it) => isFor(wheel, it));
  if (target === undefined) fail(`${wheel} is for none of the targets in packaging/targets.json.`);
  const inside = `specweave_lsp-${version}.dist-info/sboms/specweave-lsp.cyclonedx.json`;
  const name = `specweave-lsp-${target.rust}.cdx.json`;
  writeFileSync(path.join(values.out, name), execFileSync("unzip", ["-p", path.join(values.wheels, wheel), inside], { maxBuffer: 1 << 26 }));
  console.log(name);
}

/** A wheel's name ends in Python's words for the platform. */
function isFor(wheel, target) {
  const cpu = target.cpu === "x64" ? ["x86_64", "amd64"] : ["aarch64", "arm64"];
  const system = { glibc: "manylinux", musl: "musllinux" }[target.libc] ?? { darwin: "macosx", win32: "win" }[target.os];
  return wheel.includes(`-${system}`) && cpu.some((it) => wheel.endsWith(`_${it}.whl`));
}
