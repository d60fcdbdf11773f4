// node packaging/build.mjs TARGET [--profile PROFILE] [--out FOLDER]: one build for one target (`pip install maturin ziglang`), and
// from it the program, in FOLDER/binaries, and the wheel that PyPI takes, in FOLDER/wheels.
//
// Linux has zig as its linker: against glibc 2.17, of 2012, whatever this machine has; or against musl, and then statically.
// maturin refuses a wheel that needs a newer glibc than it says.

import { cpSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { binary, copyProgram, licenses, program, project, run, target as find } from "./lib.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: "string", default: "release" }, out: { type: "string", default: path.join(project, "dist") } },
});
const target = find(positionals[0]);
// A wheel takes no licence from outside of its own folder.
for (const file of licenses) cpSync(path.join(project, file), path.join(project, "python", file));
const zig = target.os === "linux" ? ["--zig"] : [];
const wheel = ["--target", target.rust, "--compatibility", target.wheel, "--out", path.resolve(values.out, "wheels")];
run("maturin", ["build", "--locked", "--profile", values.profile, ...wheel, ...zig], { cwd: path.join(project, "python") });

// The profile `dev` has another name as a folder.
const folder = values.profile === "dev" ? "debug" : values.profile;
const targetFolder = process.env.CARGO_TARGET_DIR ?? path.join(project, "target");
const out = binary(path.resolve(values.out, "binaries"), target);
copyProgram(path.join(targetFolder, target.rust, folder, program(target)), out);
console.log(out);
