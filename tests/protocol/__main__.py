"""Random sessions with a language server, each of its messages judged.

    python tests/protocol SERVER --sessions 60        the first 60 seeds
    python tests/protocol SERVER --seed 17            one session again, with every violation
    python tests/protocol --self-test                 each kind of violation is planted, and must be found

SPECWEAVE_LSP_META names a folder with the protocol's meta models (metaModel-3.17.json and 3.18, plain or .xz). Without it
`lsprotocol` and the rules judge alone.
"""

import argparse
import collections
import concurrent.futures
import os
import sys

import libraries
import meta
import selftest
import session
from kinds import KINDS

JUDGES = {}


def judges():
    """Once in each process: reading the meta models takes longer than many a session."""
    if not JUDGES:
        folder = os.environ.get("SPECWEAVE_LSP_META")
        JUDGES["models"] = meta.models(folder) if folder else {}
        if folder and not JUDGES["models"]:
            sys.exit(f"There is no metaModel-*.json in {folder}, which SPECWEAVE_LSP_META names.")
        JUDGES["libraries"] = libraries.Libraries()
    return JUDGES["models"], JUDGES["libraries"]


def play(server, seed):
    judge, name = session.run(seed, [server, "--stdio"], *judges())
    return seed, name, judge.count, judge.violations


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?")
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int)
    # A session waits most of the time.
    parser.add_argument("--jobs", type=int, default=3 * os.cpu_count())
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not os.environ.get("SPECWEAVE_LSP_META"):
        print("SPECWEAVE_LSP_META is not set: lsprotocol and the rules judge without the protocol's meta model.")
    if options.self_test:
        sys.exit(selftest.run(*judges()))
    if not options.server:
        parser.error("name the server's binary")
    if options.seed is not None:
        report([play(options.server, options.seed)], options.server, everything=True)
    seeds = range(options.first, options.first + options.sessions)
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        report(list(pool.map(play, [options.server] * len(seeds), seeds)), options.server)


def report(played, server, everything=False):
    found = collections.defaultdict(list)
    for seed, name, _, violations in played:
        for kind, what, seen in violations:
            found[kind, what].append((seed, name, seen))
    for (kind, what), cases in sorted(found.items(), key=lambda item: -len(item[1])):
        seeds = sorted({seed for seed, _, _ in cases})
        print(f"{len(cases):6}  {kind}: {what}    ({KINDS[kind]})")
        for seed, name, seen in cases if everything else cases[:1]:
            print(f"        seed {seed} of {len(seeds)}, {name}: {meta.shown(seen, 4000 if everything else 400)}")
        print(f"        again: python tests/protocol {server} --seed {seeds[0]}")
    total = collections.Counter(kind for kind, _ in found for _ in found[kind, _])
    print(f"{len(played)} sessions, {sum(count for _, _, count, _ in played)} messages of the server judged.")
    if total:
        print("Violations: " + ", ".join(f"{kind} {count}" for kind, count in total.most_common()))
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
