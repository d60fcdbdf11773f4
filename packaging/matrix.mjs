// node packaging/matrix.mjs: the targets as a job's matrix on GitHub, which has no other list of them.

import { targets } from "./lib.mjs";

console.log(`matrix=${JSON.stringify({ include: targets.map(({ name, rust, runner }) => ({ name, rust, runner })) })}`);
