// node packaging/build.mjs TARGET [--profile PROFILE] [--out FOLDER]: the program for one target, ready to be packed.
//
// Linux is built with zig as the linker (`pip install cargo-zigbuild ziglang`): against glibc 2.17, of 2012, whatever this
// machine has; or against musl, and then statically.

import path from "node:path";
import { parseArgs } from "node:util";

import { copyProgram, binary, program, project, run, target as find } from "./lib.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: "string", default: "release" }, out: { type: "string", default: path.join(project, "dist/binaries") } },
});
const target = find(positionals[0]);
const rust = target.glibc === undefined ? target.rust : `${target.rust}.${target.glibc}`;
const build = ["--locked", "--bin", "specweave-lsp", "--profile", values.profile, "--target", rust];
if (target.build === "zigbuild") run("cargo-zigbuild", ["zigbuild", ...build], { cwd: project });
else run("cargo", ["build", ...build], { cwd: project });

// The profile `dev` has another name as a folder.
const folder = values.profile === "dev" ? "debug" : values.profile;
const targetFolder = process.env.CARGO_TARGET_DIR ?? path.join(project, "target");
const out = binary(path.resolve(values.out), target);
copyProgram(path.join(targetFolder, target.rust, folder, program(target)), out);
console.log(out);
