import assert from "node:assert/strict";
import { test } from "node:test";

import { Crashes } from "../../src/crashes.ts";

const minute = 60_000;

test("four crashes are forgiven, the fifth within three minutes is not", () => {
  const crashes = new Crashes();
  assert.deepEqual([0, 1, 2, 3, 4].map((time) => crashes.startAgain(time)), [true, true, true, true, false]);
});

test("crashes that lie apart are always forgiven", () => {
  const crashes = new Crashes();
  for (let time = 0; time < 20 * minute; time += minute) assert.ok(crashes.startAgain(time), `at ${time}`);
});

test("after a restart by hand the count begins anew", () => {
  const crashes = new Crashes();
  for (const time of [0, 1, 2, 3, 4]) crashes.startAgain(time);
  crashes.forget();
  assert.ok(crashes.startAgain(5));
  assert.equal(crashes.total, 6);
});
