// Profile-guided optimization: a build that counts is used as people use the program (train.mjs), and its counts tell the compiler
// what runs often. Takes `rustup component add llvm-tools` or an LLVM_PROFDATA, and a machine on which the program runs.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

import { builtIn, fail, program, project, run, targetFolder } from "./lib.mjs";

const folder = path.join(targetFolder, "pgo");

/** The file with what ran how often. */
export function countWhatRuns(target, profile) {
  if (target.os !== process.platform || (target.cpu !== process.arch && process.platform !== "darwin"))
    fail(`--pgo runs the program, and one for ${target.name} does not run here; build it without.`);
  const raw = path.join(folder, "raw", target.name);
  rmSync(raw, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  const env = withFlags([`-Cprofile-generate=${raw}`]);
  // zig cannot link what counts. What cargo-zigbuild sets besides is set here as well: cargo names the functions by it.
  if (target.os === "linux")
    Object.assign(env, { CARGO_UNSTABLE_TARGET_APPLIES_TO_HOST: "true", CARGO_TARGET_APPLIES_TO_HOST: "false", __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS: "nightly" });
  run("cargo", ["build", "--locked", "--profile", profile, "--target", target.rust, "--target-dir", folder], { cwd: project, env });
  run(process.execPath, [path.join(project, "packaging/train.mjs"), path.join(builtIn(folder, target, profile), program(target))]);
  const counts = path.join(folder, `${target.name}.profdata`);
  // Sparse: what never ran is not in it, and stays as small as without.
  run(profdata(), ["merge", "--sparse", "--output", counts, raw]);
  return counts;
}

/** The compiler's flags. Without the second, whatever is marked `#[inline]` is put into all its callers: 0.4 MB more, and no faster. */
export const guidedBy = (counts) => [`-Cprofile-use=${counts}`, "-Cllvm-args=-inlinehint-threshold=100"];

export function withFlags(flags) {
  const given = process.env.RUSTFLAGS?.split(" ") ?? [];
  // Between flags written like this a path may have spaces.
  return { ...process.env, CARGO_ENCODED_RUSTFLAGS: [...given, ...flags].join("\x1f") };
}

/** Counts go by names that cargo gives, and the compiler is silent about those that it finds nowhere. */
export function checkThatCountsFit(counts, built) {
  const deps = path.join(built, "deps");
  const libraries = readdirSync(deps).filter((name) => /^libspecweave_lsp-.*\.rlib$/.test(name));
  const there = new Set(libraries.flatMap((name) => functions(readFileSync(path.join(deps, name), "latin1"))));
  const counted = functions(show(counts));
  const fitting = counted.filter((name) => there.has(name)).length;
  if (fitting * 2 < counted.length || fitting === 0)
    fail(`Of ${counted.length} functions that ran, ${fitting} are in what was built: packaging/pgo.mjs has to build as maturin does.`);
}

/** Our own, by their mangled names. */
const functions = (text) => [...new Set(text.match(/_ZN13specweave_lsp[\w$.]*17h[0-9a-f]{16}E/g))];

/** The counts as text. */
export const show = (counts) => execFileSync(profdata(), ["show", "--all-functions", counts], { encoding: "utf8", maxBuffer: 1 << 28 });

/** The compiler's LLVM has a tool that puts counts together. */
function profdata() {
  if (process.env.LLVM_PROFDATA) return process.env.LLVM_PROFDATA;
  const rustc = (...args) => execFileSync("rustc", args, { encoding: "utf8" });
  const host = /^host: (.*)$/m.exec(rustc("-vV"))[1];
  const name = process.platform === "win32" ? "llvm-profdata.exe" : "llvm-profdata";
  const tool = path.join(rustc("--print", "sysroot").trim(), "lib/rustlib", host, "bin", name);
  if (!existsSync(tool)) fail("--pgo needs llvm-profdata. Run `rustup component add llvm-tools`, or name it in LLVM_PROFDATA.");
  return tool;
}
