// Profile-guided optimization: a build that counts is used as people use the program (train.mjs), and its counts tell the compiler
// what runs often. Takes `rustup component add llvm-tools` or an LLVM_PROFDATA, and a machine on which the program runs.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

import { builtIn, fail, program, project, run, targetFolder } from "./lib.mjs";

const folder = path.join(targetFolder, "pgo");

/** The file with what ran how often. */
export function countWhatRuns(target, profile) {
  if (!runsHere(target)) fail(`--pgo runs the program, and one for ${target.name} does not run here; build it without.`);
  const raw = path.join(folder, "raw", target.name);
  rmSync(raw, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  const env = withFlags(target, [`-Cprofile-generate=${raw}`]);
  // zig cannot link the build that counts. What cargo-zigbuild also sets is set here as well: cargo names the functions by it.
  if (target.os === "linux" && target.rust === host()) {
    env.CARGO_UNSTABLE_TARGET_APPLIES_TO_HOST = "true";
    env.CARGO_TARGET_APPLIES_TO_HOST = "false";
    env.__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS = "nightly";
  }
  run("cargo", ["build", "--locked", "--profile", profile, "--target", target.rust, "--target-dir", folder], { cwd: project, env });
  const counting = path.join(builtIn(folder, target, profile), program(target));
  const LLVM_PROFILE_FILE = path.join(raw, "%m_%p.profraw");
  run(process.execPath, [path.join(project, "packaging/train.mjs"), counting], { env: { ...process.env, LLVM_PROFILE_FILE } });
  const counts = path.join(folder, `${target.name}.profdata`);
  // Sparse: what never ran is not in it, and stays as small as without.
  run(profdata(), ["merge", "--sparse", "--output", counts, raw]);
  return counts;
}

function runsHere({ os, cpu }) {
  const emulated = os === "darwin" && cpu === "x64" && process.arch === "arm64";
  return os === process.platform && (cpu === process.arch || emulated);
}

/** What runs often is still put into its callers, but only where it is small: left to weigh what each call costs, the compiler makes a
 * program of 6.9 MB instead of 6.0, which takes more memory, and a keystroke no less time. */
const INLINING = ["-inline-enable-cost-benefit-analysis=false", "-inlinehint-threshold=50", "-hot-callsite-threshold=325"];

export const guidedBy = (counts) => [`-Cprofile-use=${counts}`, ...INLINING.map((it) => `-Cllvm-args=${it}`)];

/** The environment, with these flags for the compiler besides those that are given. */
export function withFlags(target, flags) {
  const own = `CARGO_TARGET_${target.rust.toUpperCase().replaceAll("-", "_")}_RUSTFLAGS`;
  // Written like this, between flags, a path may have spaces; cargo then looks nowhere else for any.
  const given = process.env.CARGO_ENCODED_RUSTFLAGS?.split("\x1f") ?? (process.env.RUSTFLAGS ?? process.env[own])?.split(" ") ?? [];
  return { ...process.env, CARGO_ENCODED_RUSTFLAGS: [...given.filter(Boolean), ...flags].join("\x1f") };
}

/** Counts go by names that cargo gives, and the compiler is silent about those that it finds nowhere. */
export function checkThatCountsFit(counts, built) {
  const counted = functions(show(counts));
  if (counted.length === 0) fail(`${counts} counts no function of ours, or they have other names than packaging/pgo.mjs looks for.`);
  const there = new Set(functions(readFileSync(newestLibrary(built), "latin1")));
  const fitting = counted.filter((name) => there.has(name)).length;
  if (fitting * 2 < counted.length)
    fail(`Of ${counted.length} functions that ran, ${fitting} are in what was built: packaging/pgo.mjs has to build as maturin does.`);
}

/** Others may be left of builds with other flags. */
function newestLibrary(built) {
  const deps = path.join(built, "deps");
  const libraries = readdirSync(deps).filter((name) => /^libspecweave_lsp-.*\.rlib$/.test(name));
  const age = (name) => statSync(path.join(deps, name)).mtimeMs;
  return path.join(deps, libraries.sort((one, other) => age(other) - age(one))[0]);
}

/** Our own, by their mangled names, in either manner. */
const functions = (text) => [...new Set(text.match(/_ZN13specweave_lsp[\w$.]*17h[0-9a-f]{16}E|_R\w*13specweave_lsp\w*/g))];

/** The counts as text. */
export const show = (counts) => execFileSync(profdata(), ["show", "--all-functions", counts], { encoding: "utf8", maxBuffer: 1 << 28 });

const rustc = (...args) => execFileSync("rustc", args, { encoding: "utf8" });
const host = () => /^host: (.*)$/m.exec(rustc("-vV"))[1];

/** The compiler's LLVM has a tool that puts counts together. */
function profdata() {
  if (process.env.LLVM_PROFDATA) return process.env.LLVM_PROFDATA;
  const name = process.platform === "win32" ? "llvm-profdata.exe" : "llvm-profdata";
  const tool = path.join(rustc("--print", "sysroot").trim(), "lib/rustlib", host(), "bin", name);
  if (!existsSync(tool)) fail("--pgo needs llvm-profdata. Run `rustup component add llvm-tools`, or name it in LLVM_PROFDATA.");
  return tool;
}
