#!/usr/bin/env node
// Starts the program for this platform, which lies in a package of its own (`optionalDependencies`). Arguments, standard
// streams, signals and the exit code are the program's.
//
// Plain CommonJS for Node.js 18 or newer, with nothing to load: a language server is waited for at every start of an editor.
"use strict";

// Made from packaging/targets.json, beside package.json.
const platforms = require("../platforms.json");

const own = platforms[`${process.platform}-${process.arch}`];
if (own === undefined) {
  fail(
    `specweave-lsp has no build for ${process.platform} on ${process.arch}. ` +
      "Build it with `cargo install specweave-lsp` (Rust 1.95 or newer).",
  );
}
const program = installed(own);
if (program === undefined) {
  fail(
    `The package ${own[0].package}, which holds specweave-lsp for this platform, is not installed. ` +
      "Delete node_modules and install again without `--omit=optional`; " +
      "if the lockfile was written on another platform, delete it too.",
  );
}
// Some versions of Node.js abort when there is nothing to start.
if (!executable(program)) fail(`${program} cannot be started: it is not executable. Delete node_modules and install again.`);
if (process.platform !== "win32" && typeof process.execve === "function") {
  // The program takes this process over: no second process, no memory, and signals reach it by themselves.
  process.execve(program, ["specweave-lsp", ...process.argv.slice(2)], process.env);
} else {
  start(program);
}

/** The program in whichever package there is. Older npm and Yarn 1 install both packages of Linux, as they ignore `libc`. */
function installed(packages) {
  const there = packages.flatMap(({ package: name, file, libc }) => {
    try {
      return [{ file: require.resolve(`${name}/${file}`), libc }];
    } catch {
      return [];
    }
  });
  if (process.platform !== "linux") return there[0]?.file;
  const libc = runsOnMusl() ? "musl" : "glibc";
  // Linked statically, the one for musl starts everywhere; the other one only where there is glibc.
  return (there.find((it) => it.libc === libc) ?? there.find((it) => it.libc === "musl"))?.file;
}

/** Of Node.js itself, so of what it starts. `process.report` would know too, at the cost of a third of the launcher's time. */
function runsOnMusl() {
  try {
    return require("node:fs").readFileSync("/proc/self/maps", "latin1").includes("/ld-musl-");
  } catch {
    return false;
  }
}

function executable(file) {
  const { accessSync, constants } = require("node:fs");
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function start(file) {
  const child = require("node:child_process").spawn(file, process.argv.slice(2), { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    process.on(signal, () => {
      // On Windows a console tells every process of Ctrl+C itself, and `kill` would not let the program tidy up.
      if (process.platform !== "win32") child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`${file} cannot be started: ${error.message}.`));
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    // Whoever started this sees how the program ended.
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  console.error(`error: ${message}`);
  // As the program itself: 2 is "could not look", 1 would be "found something".
  process.exit(2);
}
