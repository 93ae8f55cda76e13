#!/usr/bin/python3
"""Clients race each other on a real server; a checker decides whether some serial order explains what they were told.

    history.py --bindir DIR --folder DIR --settings FILE [--seed N] [--seconds N] [--clients N]

Prints TAP. FILE holds the lines of postgresql.conf that find the extension, built with wait points (make wait_points).
What is longer than a round is done in rounds, since the checker takes longer than in proportion to a history's length.
"""
import argparse
import itertools
import os
import pickle
import random
import re
import sys
import time

import wal
from checker import Checker
from cluster import Cluster
from plants import PLANTS, Story
from workload import LEVELS, SETUP, Client, Stopper

SETTINGS = """
wal_level = logical
fsync = off
max_wal_size = 4GB
deadlock_timeout = 200ms
max_connections = 60
logical_decoding_work_mem = '256MB'
autovacuum_naptime = 2s
autovacuum_vacuum_threshold = 20
autovacuum_analyze_threshold = 20
log_min_messages = fatal
max_pred_locks_per_transaction = 1024
"""

# name, share of the time, levels, sizes (single, 5, 180 to 400, 200 to 2,000), share of direct SQL, direct writes, documents of a batch
RUNS = (
    ("small", 0.06, LEVELS, (10, 10, 0.4, 0), 0.12, None, None),
    ("mixed", 0.28, LEVELS, (10, 8, 2, 0.6), 0.12, None, None),
    ("read_committed", 0.17, LEVELS[:1], (10, 10, 2, 0.6), 0.1, None, None),
    ("repeatable_read", 0.13, LEVELS[1:2], (10, 10, 2, 0.4), 0.1, None, None),
    ("serializable", 0.14, LEVELS[2:], (10, 10, 1, 0.2), 0.1, None, None),
    ("without_direct_writes", 0.08, LEVELS[:1], (10, 10, 2, 0.3), 0.1, False, None),
    # One client's feeds are cut. What an earlier batch wrote cannot be undone: who waits for it has to yield. Direct SQL and another
    # such feed would not.
    ("feed_in_batches", 0.14, LEVELS[:1], (10, 10, 0.2, 0), 0, None, 2),
)


SECONDS_OF_A_ROUND = 60


def race(cluster, name, seed, seconds, clients, run):
    """Returns the transactions, what was committed, and the categories there were at first."""
    _, _, levels, sizes, direct_sql, direct_writes, batch_documents = run
    cluster.new_database(name)
    cluster.create_extension()
    cluster.sql(SETUP)
    categories = cluster.sql("SELECT id, reference FROM product_category")
    wal.create_slot(cluster)
    started = time.monotonic()
    ends = started + seconds
    options = {"started": started, "levels": levels, "sizes": sizes, "direct_sql": direct_sql, "wait_points": True,
               "direct_writes": direct_writes, "largest": 2000}
    threads = [Client(cluster, c, f"{seed}.{name}", ends, {**options, "batch_documents": None if c else batch_documents}) for c in range(clients)]
    stopper = Stopper(cluster, f"{seed}.{name}", ends)
    stopper.start()
    for thread in threads:
        thread.start()
    for thread in (*threads, stopper):
        thread.join(seconds + 120)
    faults = [(f"{t.name}: {t.fault}", []) for t in threads if t.fault] + [(f"{t.name} hangs", []) for t in threads if t.is_alive()]
    committed = wal.read(cluster)
    wal.drop_slot(cluster)
    transactions = [t for thread in threads for t in thread.log if t.outcome]
    return transactions, committed, categories, faults, stopper.stopped


def check(transactions, committed, categories, serializable, most=300):
    checker = Checker(transactions, committed, most)
    checker.seed([("product_category", "INSERT", {"id": str(k), "reference": r}) for k, r in categories])
    return checker, checker.check(serializable)


def stored(cluster, checker):
    """The tables at the end are what the log leads to."""
    rows = cluster.sql("SELECT id, version, external_id, reference, handle, number, name, price FROM product ORDER BY id")
    wanted = sorted((k, s.row["version"], *(s.row[c] for c in ("external_id", "reference", "handle", "number", "name", "price")))
                    for k, s in checker.last.items() if not s.gone)
    return [] if rows == wanted else [("the table is not what was committed", [repr(set(rows) ^ set(wanted))[:900]])]


def one(cluster, run, seed, seconds, arguments):
    """Returns a history and its faults; one that has any is kept in the folder."""
    name = run[0]
    transactions, committed, categories, faults, stopped = race(cluster, name, seed, seconds, arguments.clients, run)
    checker, found = check(transactions, committed, categories, name == "serializable")
    faults += found + (stored(cluster, checker) if not found else [])
    if faults:
        with open(os.path.join(arguments.folder, f"{name}.{seed}.pickle"), "wb") as file:
            pickle.dump((transactions, committed, categories), file)
    documents = sum(len(op.docs) for t in transactions for op in t.ops)
    print(f"# {name}: {len(transactions)} transactions, {documents} documents, {len(committed)} commits; "
          + ", ".join(f"{count} {what}" for what, count in sorted(checker.counts.items())))
    print(f"# {name}: stopped at " + ", ".join(f"{p} {c}" for p, c in sorted(stopped.items())))
    return (transactions, committed, categories), faults


def plant(seed, history, serializable):
    """Which of the faults planted in a sound history are not told."""
    missed, applied = [], []
    for make in PLANTS:
        story = Story(random.Random(f"{seed}.{make.__name__}"), *history[:2])
        if not make(story):
            continue
        applied.append(make.__name__)
        if not check(story.transactions, story.wal, history[2], serializable, 1)[1]:
            missed.append((make.__name__, []))
    return missed, applied


def tell(faults):
    """An example of each kind."""
    kinds = {}
    for what, where in faults:
        kinds.setdefault(re.sub(r"'.*'|\{.*\}|\d+", "…", what), []).append((what, where))
    for alike in kinds.values():
        print(f"# {len(alike)} times: " + alike[0][0][-600:].replace("\n", "\n# "))
        for line in alike[0][1]:
            print(f"#     {line}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bindir", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--seed", default=str(random.randrange(10**6)))
    parser.add_argument("--seconds", type=float, default=50)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = file.read()
    cluster = Cluster(arguments.bindir, os.path.join(arguments.folder, "history"), settings + SETTINGS)
    runs = [r for r in RUNS if arguments.only in (None, r[0])]
    share = sum(r[1] for r in runs)
    rounds = max(1, round(arguments.seconds / SECONDS_OF_A_ROUND))
    print(f"# seed {arguments.seed}, {arguments.seconds:g} s, {arguments.clients} clients")
    failed = number = 0
    sound = None
    try:
        cluster.create()
        cluster.start()
        for turn, run in itertools.product(range(1, rounds + 1), runs):
            number += 1
            seed = arguments.seed if turn == 1 else f"{arguments.seed}.{turn}"
            history, faults = one(cluster, run, seed, arguments.seconds / rounds * run[1] / share, arguments)
            failed += bool(faults)
            print(("not ok" if faults else "ok") + f" {number} - history {run[0]}: a serial order explains every answer (seed {seed})")
            tell(faults)
            # The smallest will do.
            if not faults and (sound is None or len(history[0]) < len(sound[0])):
                sound = history
            sys.stdout.flush()
        cluster.stop()
        missed, applied = plant(arguments.seed, sound, False) if sound else ([], [])
        tests = number + 1
        if not sound:
            print(f"ok {tests} - history: # SKIP no run is sound, nothing to plant faults in")
        else:
            print(("not ok" if missed else "ok") + f" {tests} - history: each of {len(applied)} faults planted in a sound history is told")
            print("# planted: " + ", ".join(applied))
        tell(missed)
        failed += bool(missed)
        print(f"1..{tests}")
    finally:
        cluster.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
