// node packaging/matrix.mjs: the targets as a job's matrix on GitHub, which has no other list of them. The runner for Windows
// has another processor than the program for arm64, which it therefore cannot run.

import { targets } from "./lib.mjs";

const include = targets.map(({ name, rust, runner, pgo = true }) => ({ name, rust, runner, options: pgo ? "--pgo" : "" }));
console.log(`matrix=${JSON.stringify({ include })}`);
