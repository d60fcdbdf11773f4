// node packaging/build.mjs TARGET [--pgo] [--profile PROFILE] [--out FOLDER]: one build for one target (`pip install maturin ziglang`),
// and from it the program, in FOLDER/binaries, and the wheel that PyPI takes, in FOLDER/wheels.
//
// Linux has zig as its linker: against glibc 2.17, of 2012, whatever this machine has; or against musl, and then statically.
// maturin refuses a wheel that needs a newer glibc than it says.
//
// With --pgo it is optimized by what runs often (pgo.mjs), which takes two builds.

import { cpSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { binary, builtIn, copyProgram, licenses, program, project, run, target as find, targetFolder } from "./lib.mjs";
import { checkThatCountsFit, countWhatRuns, guidedBy, withFlags } from "./pgo.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pgo: { type: "boolean" },
    profile: { type: "string", default: "release" },
    out: { type: "string", default: path.join(project, "dist") },
  },
});
const target = find(positionals[0]);
const counts = values.pgo ? countWhatRuns(target, values.profile) : undefined;
// A wheel takes no licence from outside of its own folder.
for (const file of licenses) cpSync(path.join(project, file), path.join(project, "python", file));
const zig = target.os === "linux" ? ["--zig"] : [];
const wheel = ["--target", target.rust, "--compatibility", target.wheel, "--out", path.resolve(values.out, "wheels")];
run("maturin", ["build", "--locked", "--profile", values.profile, ...wheel, ...zig], {
  cwd: path.join(project, "python"),
  env: counts === undefined ? process.env : withFlags(target, guidedBy(counts)),
});
const folder = builtIn(targetFolder, target, values.profile);
if (counts !== undefined) checkThatCountsFit(counts, folder);
const out = binary(path.resolve(values.out, "binaries"), target);
copyProgram(path.join(folder, program(target)), out);
console.log(out);
