#!/usr/bin/python3
"""kill -9 of backends, of the server and of its standby, at wait points and at random moments.

    crash.py --bindir DIR --folder DIR --settings FILE [--seed N] [--crashes N]

After each restart every index and table is checked (amcheck, verify_heapam). At the end of a round the checker of
the histories says whether each call was committed whole or not at all, whether everything acknowledged is there, and whether the
tables are what was committed; and the standby, which replayed all of it with wal_consistency_checking, is compared row by row.
Prints TAP.
"""
import argparse
import os
import random
import signal
import sys
import time

import psycopg2

import wal
from cluster import Cluster
from history import check, stored, tell
from workload import LEVELS, LOCK_CLASS, SETUP, WAIT_POINTS, Client, Op

CRASHES_OF_A_ROUND = 12
SETTINGS = """
wal_level = logical
wal_consistency_checking = all
wal_compression = on
min_wal_size = 32MB
max_wal_size = 128MB
checkpoint_timeout = 30s
max_connections = 40
max_replication_slots = 4
deadlock_timeout = 200ms
restart_after_crash = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
hot_standby_feedback = on
autovacuum_naptime = 2s
autovacuum_vacuum_threshold = 50
"""


class CrashClient(Client):
    """Every document says something new, and none can be rejected: a call has written all of them or none."""

    def choose(self):
        rng, made = self.rng, self.documents
        size = rng.choices((1, 5, rng.randrange(200, 400)), (8, 8, 2))[0]
        func = "single" if size == 1 and rng.random() < 0.5 else rng.choice(("rows", "bulk", "from"))
        made.made += 1
        # Small calls meet on few products; large ones make new ones for each other to change.
        pool = range(40) if size <= 5 else range(1000 * (made.made // 40), 1000 * (made.made // 40) + 600)
        docs = []
        for k in rng.sample(pool, size):
            doc = {"external_id": f"k{k}", "name": f"name {rng.randrange(3)}", "price": rng.randrange(4), "internal_name": f"{self.client}.{made.made}.{k}"}
            if rng.random() < 0.3:
                doc["handle"] = f"k{k}"
            if rng.random() < 0.3:
                doc["variants"] = [{"sku": f"k{k}-{v}", "price": rng.randrange(9)} for v in range(2)]
            if rng.random() < 0.2:
                doc["custom_fields"] = {"serial": f"k{k}"}
            docs.append(doc)
        return Op(func, docs=docs, on_error=rng.choice(("abort", "skip")) if func != "single" else "abort")


class Round:
    def __init__(self, arguments, number, settings):
        folder = os.path.join(arguments.folder, f"crash{number}")
        self.seed = f"{arguments.seed}.{number}"
        self.rng = random.Random(self.seed)
        self.primary = Cluster(arguments.bindir, os.path.join(folder, "primary"), settings)
        self.standby = Cluster(arguments.bindir, os.path.join(folder, "standby"), "")
        self.faults = []
        self.counts = {}

    def fault(self, what, *where):
        self.faults.append((what, [repr(w)[:900] for w in where]))

    def run(self, crashes, clients):
        try:
            self.primary.create()
            self.primary.start()
            self.primary.new_database("crash")
            self.primary.create_extension()
            self.primary.sql(SETUP)
            self.primary.sql("CREATE EXTENSION amcheck")
            categories = self.primary.sql("SELECT id, reference FROM product_category")
            wal.create_slot(self.primary)
            self.standby.copy_of(self.primary)
            self.standby.database = "crash"
            self.standby.start()
            threads = self.start_clients(clients)
            for _ in range(crashes):
                self.crash()
            for thread in threads:
                thread.ends = 0
            for thread in threads:
                thread.join(60)
                if thread.fault or thread.is_alive():
                    self.fault(f"{thread.name}: {thread.fault or 'hangs'}")
            self.sound(self.primary)
            self.same_rows()
            transactions = [t for thread in threads for t in thread.log if t.outcome]
            committed = wal.read(self.primary)
            checker, found = check(transactions, committed, categories, False)
            # Whom a deadlock reaches is for the histories to judge.
            found = [f for f in found if not f[0].startswith("raw 40P01")]
            self.faults += found + (stored(self.primary, checker) if not found else [])
            self.counts["calls"] = sum(len(t.ops) for t in transactions)
            self.counts["without an answer"] = sum(t.outcome == "unknown" for t in transactions)
            self.counts.update(checker.counts)
            self.standby.stop()
            self.primary.stop()
        except Exception as problem:  # pylint: disable=broad-except
            self.fault(f"{type(problem).__name__}: {problem}", self.primary.log_tail()[-1500:], self.standby.log_tail()[-1500:])
        finally:
            self.standby.remove()
            self.primary.remove()
        return self.faults

    def start_clients(self, clients):
        options = {"started": time.monotonic(), "levels": LEVELS[:1], "direct_sql": 0, "wait_points": True, "crashes": True}
        threads = [CrashClient(self.primary, c, self.seed, float("inf"), options) for c in range(clients)]
        for thread in threads:
            thread.start()
        return threads

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def crash(self):
        rng = self.rng
        victim = rng.choices(("backend", "server", "standby"), (5, 5, 1))[0]
        if victim == "standby":
            time.sleep(rng.uniform(0.1, 0.8))
            self.standby.kill_server()
            self.standby.start()
            self.count("standby")
            return
        points = rng.sample(sorted({p.split("@")[0] for p in WAIT_POINTS}), 3) if rng.random() < 0.75 else []
        connection = self.primary.connect()
        with connection.cursor() as cursor:
            stopped, point = self.stopped_at(cursor, points) if points else (None, "random")
            if stopped is None:
                time.sleep(rng.uniform(0.05, 0.6))
            if rng.random() < 0.4:
                cursor.execute("CHECKPOINT")  # what is not committed is on the disk, too
            if victim == "backend":
                if stopped is None:
                    cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'crash' AND backend_type = 'client backend' "
                                   "AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC, random() LIMIT 1")
                    stopped = (cursor.fetchone() or (None,))[0]
                if stopped is not None:
                    os.kill(stopped, signal.SIGKILL)
                    self.wait_until_noticed(stopped)
            else:
                self.primary.kill_server()
        self.count(f"{victim} at {point}")
        try:
            connection.close()
        except psycopg2.Error:
            pass
        if victim == "server":
            self.primary.start()
        self.wait_until_up()
        self.sound(self.primary)

    def stopped_at(self, cursor, points):
        """Holds the points until a call has come to one: its backend, and the point."""
        for point in points:
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (LOCK_CLASS, point))
        for _ in range(200):
            cursor.execute("SELECT l.pid, p FROM pg_locks l, unnest(%s) p WHERE l.locktype = 'advisory' AND NOT l.granted AND l.classid = %s "
                           "AND l.objid::bigint = (hashtext(p)::bigint & 4294967295) LIMIT 1", (points, LOCK_CLASS))
            row = cursor.fetchone()
            if row:
                return row
            time.sleep(0.01)
        cursor.execute("SELECT pg_advisory_unlock_all()")
        return None, "random"

    @staticmethod
    def wait_until_noticed(backend):
        """Until the postmaster has seen this death: what connects before that is taken along."""
        for _ in range(600):
            try:
                os.kill(backend, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        raise RuntimeError(f"the death of backend {backend} goes unnoticed")

    def wait_until_up(self):
        for _ in range(600):
            try:
                self.primary.sql("SELECT 1")
                return
            except psycopg2.Error:
                time.sleep(0.1)
        raise RuntimeError("the server does not come back")

    def sound(self, cluster):
        for attempt in range(5):
            try:
                cluster.sql("SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname LIKE 'product%%' AND c.relkind = 'i' AND i.indisvalid")
                rotten = cluster.sql("SELECT c.relname, v.* FROM pg_class c, LATERAL verify_heapam(c.oid) v WHERE c.relname LIKE 'product%%' AND c.relkind = 'r'")
                if rotten:
                    self.fault("verify_heapam", rotten[:3])
                self.count("amcheck runs")
                return
            except psycopg2.OperationalError:
                # The death of a backend killed a moment ago takes us along.
                if attempt == 4:
                    raise
                self.wait_until_up()
            except psycopg2.Error as rotten:
                self.fault(f"amcheck: {rotten}")
                return

    def same_rows(self):
        """The standby has replayed all of it, and holds the same rows in the same places."""
        (end,), = self.primary.sql("SELECT pg_current_wal_insert_lsn()")
        for _ in range(1200):
            try:
                if self.standby.sql("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", end)[0][0]:
                    break
            except psycopg2.Error as gone:
                self.fault(f"the standby is gone: {gone}", self.standby.log_tail()[-1500:])
                return
            time.sleep(0.1)
        else:
            self.fault("the standby does not come along", self.standby.log_tail()[-1500:])
            return
        rows = 0
        for (table,) in self.primary.sql("SELECT relname FROM pg_class WHERE relname LIKE 'product%%' AND relkind = 'r' ORDER BY 1"):
            query = f"SELECT ctid::text, xmin::text, t::text FROM {table} t"
            ours, theirs = set(self.primary.sql(query)), set(self.standby.sql(query))
            rows += len(ours)
            if ours != theirs:
                self.fault(f"{table} is another on the standby", list(ours ^ theirs)[:3])
        self.counts["rows equal on the standby"] = rows
        self.sound(self.standby)
        with open(self.standby.log, encoding="utf-8", errors="replace") as log:
            for line in log:
                if "inconsistent page" in line or "PANIC" in line:
                    self.fault("the standby's log", line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bindir", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--seed", default=str(random.randrange(10**6)))
    parser.add_argument("--crashes", type=int, default=CRASHES_OF_A_ROUND)
    parser.add_argument("--clients", type=int, default=5)
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = file.read()
    # What a process has written survives it, flushed or not; the long form flushes all the same, as a server should.
    settings += f"\nfsync = {'on' if arguments.crashes > CRASHES_OF_A_ROUND else 'off'}\n"
    print(f"# seed {arguments.seed}, {arguments.crashes} crashes, {arguments.clients} clients")
    rounds = -(-arguments.crashes // CRASHES_OF_A_ROUND)
    failed = 0
    for number in range(1, rounds + 1):
        one = Round(arguments, number, settings + SETTINGS)
        crashes = min(CRASHES_OF_A_ROUND, arguments.crashes - CRASHES_OF_A_ROUND * (number - 1))
        faults = one.run(crashes, arguments.clients)
        failed += bool(faults)
        print(("not ok" if faults else "ok") + f" {number} - {crashes} crashes: all or nothing, acknowledged is there, tables and standby sound (seed {arguments.seed})")
        print("# " + ", ".join(f"{count} {what}" for what, count in sorted(one.counts.items())))
        tell(faults)
        sys.stdout.flush()
    print(f"1..{rounds}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
