"""Clients that upsert random documents from small pools of keys, and log what they asked and were told."""
import random
import threading
import time
import traceback

import psycopg2
from psycopg2.extras import Json, execute_values

RULES = ("external_id", "reference", "handle", "number")
LEVELS = ("read committed", "repeatable read", "serializable")
WAIT_POINTS = ("decided", "insert_chunk", "update_row", "update_row@20", "beside", "beside@2", "release", "undone", "commit")
LOCK_CLASS = 32171

SETUP = """
INSERT INTO product_category (organization_id, reference, name) SELECT 1, 'c' || k, 'C' || k FROM generate_series(1, 4) k;
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value) VALUES (1, 'serial', 'Serial', 'text', true);
"""


class Op:
    """One statement of a client, and its answer."""

    def __init__(self, kind, **said):
        self.kind = kind
        self.docs = said.get("docs", [])
        self.on_error = said.get("on_error", "abort")
        self.actions = said.get("actions")
        self.identifier = said.get("identifier")
        self.sql = said.get("sql")
        self.begun = self.ended = None
        self.rows = None
        self.error = None

    def __repr__(self):
        told = self.rows and (self.rows[0][0][:1] if self.kind == "bulk" else self.rows[:2])
        return f"{self.kind} {self.on_error} {len(self.docs)} {self.docs[:2]} {self.sql or ''} -> {told} {self.error}"


class Transaction:
    """Committed, failed, rolled_back, or unknown where the server went away."""

    def __init__(self, client, number, level, single):
        self.client = client
        self.number = number
        self.level = level
        self.single = single  # a statement by itself
        self.ops = []
        self.xid = None
        self.outcome = None
        self.error = None
        self.commit_begun = self.commit_ended = None

    def __repr__(self):
        return f"client {self.client} transaction {self.number} ({self.level}, xid {self.xid}, {self.outcome}, {self.error})"


class Documents:
    """Random documents; `epoch` moves the pool of large batches on, so that all clients create there at once."""

    def __init__(self, rng, client, started):
        self.rng = rng
        self.client = client
        self.started = started
        self.made = 0

    def key(self, rule):
        return f"{rule[0]}{self.rng.randrange(24)}"

    def small(self):
        rng = self.rng
        doc = {}
        for rule in rng.choices(((0,), (1,), (0, 1), (0, 2), (2, 3), (0, 1, 2, 3)), (6, 3, 3, 2, 1, 1))[0]:
            doc[RULES[rule]] = self.key(RULES[rule])
        if len(doc) > 1 and rng.random() < 0.1:
            doc[rng.choice(list(doc)[1:])] = None
        return self.fields(doc)

    def fields(self, doc):
        rng = self.rng
        self.made += 1
        if rng.random() < 0.85:
            doc["name"] = f"name {rng.randrange(3)}"
        if rng.random() < 0.5:
            doc["price"] = rng.randrange(4)
        if rng.random() < 0.3:
            doc["description"] = rng.choice((None, "short", "other"))
        if rng.random() < 0.2:
            doc["tags"] = [f"t{rng.randrange(6)}"]
        if rng.random() < 0.4:
            doc["internal_name"] = f"{self.client}.{self.made}"
        if rng.random() < 0.12:
            skus = rng.sample(range(30), rng.choice((1, 1, 2, 3)))
            doc["variants"] = [{"sku": f"s{k}", "price": rng.randrange(3)} for k in skus]
        if rng.random() < 0.12:
            doc["custom_fields"] = {"serial": f"u{rng.randrange(16)}"}
        if rng.random() < 0.07:
            doc["parent_product_id"] = rng.choice((None, self.key("external_id"), self.key("external_id")))
        if rng.random() < 0.1:
            doc["category_id"] = rng.choice((None, f"c{rng.randrange(1, 5)}"))
        return doc

    def large(self, least, most):
        """Of the pool that all clients are at just now."""
        rng = self.rng
        epoch = int((time.monotonic() - self.started) / 2.5)
        size = rng.randrange(least, most + 1)
        parts = rng.random() < 0.3
        crossing = rng.random() < 0.15
        docs = []
        for k in rng.sample(range(most + most // 4), size):
            doc = {"external_id": f"b{epoch}-{k}", "name": f"name {rng.randrange(3)}"}
            if rng.random() < 0.3:
                doc["handle"] = f"b{epoch}-{k % (most // 2) if crossing and rng.random() < 0.02 else k}"
            if rng.random() < 0.5:
                doc["price"] = rng.randrange(4)
            if rng.random() < 0.3:
                doc["internal_name"] = f"{self.client}.{self.made}.{k}"
            if parts and rng.random() < 0.5:
                doc["variants"] = [{"sku": f"b{epoch}-{k}-{v}", "price": rng.randrange(3)} for v in range(rng.randrange(1, 3))]
            if parts and rng.random() < 0.2:
                doc["custom_fields"] = {"serial": f"b{epoch}-{k}"}
            docs.append(doc)
        self.made += 1
        return docs


class Client(threading.Thread):
    def __init__(self, cluster, client, seed, ends, options):
        super().__init__(name=f"client {client}", daemon=True)
        self.cluster = cluster
        self.client = client
        self.rng = random.Random(f"{seed}.{client}")
        self.ends = ends
        self.options = options
        self.documents = Documents(self.rng, client, options["started"])
        self.log = []
        self.fault = None
        self.connection = None
        self.level = None

    def run(self):
        try:
            if self.options.get("crashes"):
                self.reconnect()
            else:
                self.connect()
            while time.monotonic() < self.ends:
                self.transaction()
            self.connection.close()
        except Exception:  # pylint: disable=broad-except
            self.fault = traceback.format_exc()

    def connect(self):
        self.connection = self.cluster.connect()
        self.level = None
        with self.connection.cursor() as cursor:
            cursor.execute("SET client_min_messages = error; SET temp_buffers = '1MB'; "
                           "CREATE TEMP TABLE feed (document jsonb)")
            if self.options.get("direct_writes") is not None:
                cursor.execute("SET product_upsert.direct_writes = %s", (self.options["direct_writes"],))
            if self.options.get("batch_documents") is not None:
                cursor.execute("SET product_upsert.batch_documents = %s", (self.options["batch_documents"],))

    def transaction(self):
        rng = self.rng
        level = rng.choice(self.options["levels"])
        single = rng.random() < 0.7
        transaction = Transaction(self.client, len(self.log), level, single)
        self.log.append(transaction)
        try:
            self.settings(level)
            if single:
                self.execute(transaction, self.choose())
                transaction.outcome = "failed" if transaction.ops[0].error else "committed"
                transaction.error = transaction.ops[0].error
                transaction.commit_begun = transaction.ops[0].begun
                transaction.commit_ended = transaction.ops[0].ended
            else:
                self.several(transaction)
        except psycopg2.Error as gone:
            if not self.options.get("crashes"):
                raise
            self.lost(transaction, gone)

    def settings(self, level):
        with self.connection.cursor() as cursor:
            if level != self.level:
                cursor.execute("SET default_transaction_isolation = %s", (level,))
                self.level = level
            if self.options["wait_points"] and self.rng.random() < 0.3:
                cursor.execute("SET product_upsert.wait_point = %s", (self.rng.choice((*WAIT_POINTS, "")),))

    def lost(self, transaction, gone):
        """The server went away: what it was asked to commit it may have committed."""
        begun = transaction.commit_begun
        if transaction.single and transaction.ops:
            begun = transaction.ops[0].begun
        transaction.outcome = "failed" if begun is None else "unknown"
        transaction.error = (gone.pgcode, str(gone).strip(), None)
        transaction.commit_begun = begun if begun is not None else time.monotonic()
        transaction.commit_ended = time.monotonic() if begun is None else float("inf")
        self.reconnect()

    def reconnect(self):
        """Until a server takes us: one that crashes may do so while we connect, the first time too."""
        while time.monotonic() < self.ends:
            try:
                self.connect()
                return
            except psycopg2.Error:
                time.sleep(0.05)

    def several(self, transaction):
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for _ in range(self.rng.randrange(1, 4)):
                self.execute(transaction, self.choose())
                if transaction.ops[-1].error:
                    transaction.error = transaction.ops[-1].error
                    break
            if transaction.error is None and transaction.xid is None:
                cursor.execute("SELECT pg_current_xact_id_if_assigned()::text")
                transaction.xid = cursor.fetchone()[0]
            transaction.commit_begun = time.monotonic()
            if transaction.error is None and self.rng.random() < 0.9:
                try:
                    cursor.execute("COMMIT")
                    transaction.outcome = "committed"
                except psycopg2.Error as error:
                    if error.pgcode is None or error.pgcode.startswith("57P"):
                        raise
                    transaction.outcome = "failed"
                    transaction.error = (error.pgcode, str(error), None)
                    cursor.execute("ROLLBACK")
            else:
                cursor.execute("ROLLBACK")
                transaction.outcome = "failed" if transaction.error else "rolled_back"
            transaction.commit_ended = time.monotonic()

    def choose(self):
        rng = self.rng
        if rng.random() < self.options["direct_sql"]:
            return self.direct_sql()
        docs = self.documents
        kind = rng.choices(("single", "small", "medium", "large"), self.options["sizes"])[0]
        if kind == "single":
            said = [docs.small()]
            func = rng.choice(("single", "rows", "bulk"))
        elif kind == "small":
            said = [docs.small() for _ in range(5)]
            func = rng.choice(("rows", "rows", "bulk", "from"))
        elif kind == "medium":
            said = docs.large(180, 400)
            func = rng.choice(("rows", "bulk", "from"))
        else:
            said = docs.large(200, self.options["largest"])
            func = rng.choice(("rows", "rows", "bulk", "from"))
        actions = {"tags": "APPEND"} if rng.random() < 0.5 else None
        skips = "skip" if func != "single" and rng.random() < 0.6 else "abort"
        return Op(func, docs=said, on_error=skips, actions=actions)

    def direct_sql(self):
        rng = self.rng
        key = self.documents.key
        wanted = rng.choices(("price", "move", "insert", "delete", "category", "variant"), (4, 2, 2, 3, 2, 2))[0]
        if wanted == "price":
            sql = ("UPDATE product SET price = coalesce(price, 0) + 10, version = version + 1 WHERE external_id = %s RETURNING id, version", (key("external_id"),))
        elif wanted == "move":
            rule = rng.choice(RULES)
            sql = (f"UPDATE product SET {rule} = %s, version = version + 1 WHERE external_id = %s RETURNING id, version", (rng.choice((None, key(rule))), key("external_id")))
        elif wanted == "insert":
            sql = ("INSERT INTO product (organization_id, external_id, name) VALUES (1, %s, 'direct') RETURNING id, version", (key("external_id"),))
        elif wanted == "delete":
            sql = ("DELETE FROM product WHERE external_id = %s RETURNING id, version", (key("external_id"),))
        elif wanted == "category":
            place = rng.randrange(1, 5)
            if rng.random() < 0.5:
                sql = ("DELETE FROM product_category WHERE reference = %s RETURNING NULL::bigint, NULL::int", (f"c{place}",))
            else:
                sql = ("INSERT INTO product_category (organization_id, reference, name) VALUES (1, %s, 'C') ON CONFLICT DO NOTHING RETURNING NULL::bigint, NULL::int", (f"c{place}",))
        else:
            sql = ("UPDATE product SET version = version + 1 WHERE id = (SELECT product_id FROM product_variant WHERE sku = %s) RETURNING id, version", (f"s{rng.randrange(30)}",))
        return Op("sql", sql=sql)

    def execute(self, transaction, op):
        transaction.ops.append(op)
        with self.connection.cursor() as cursor:
            try:
                if op.kind == "from":
                    cursor.execute("TRUNCATE feed")
                    execute_values(cursor, "INSERT INTO feed VALUES %s", [(Json(d),) for d in op.docs], page_size=3000)
                    # A table may keep them in another order.
                    cursor.execute("SELECT document FROM feed")
                    op.docs = [row[0] for row in cursor.fetchall()]
                op.begun = time.monotonic()
                self.send(cursor, op)
                rows = cursor.fetchall()
                op.ended = time.monotonic()
            except psycopg2.Error as error:
                op.ended = time.monotonic()
                if error.pgcode is None or error.pgcode.startswith("57P"):
                    raise
                op.error = (error.pgcode, error.diag.message_primary, error.diag.message_detail)
                return
        if rows:
            transaction.xid = rows[0][-1] or transaction.xid
        op.rows = [row[:-1] for row in rows]

    @staticmethod
    def send(cursor, op):
        xid = "pg_current_xact_id_if_assigned()::text"
        if op.kind == "sql":
            cursor.execute(f"WITH w AS ({op.sql[0]}) SELECT w.*, {xid} FROM w", op.sql[1])
            return
        options = "identifier_field => %s, field_actions => %s"
        said = [op.identifier, Json(op.actions) if op.actions else None]
        if op.kind == "single":
            cursor.execute(f"SELECT product_upsert(%s::jsonb, {options}), {xid}", [Json(op.docs[0]), *said])
        elif op.kind == "bulk":
            cursor.execute(f"SELECT product_upsert_bulk(%s::jsonb, {options}, on_error => %s), {xid}", [Json(op.docs), *said, op.on_error])
        elif op.kind == "rows":
            cursor.execute(f"SELECT r.*, {xid} FROM product_upsert_rows(%s::jsonb, {options}, on_error => %s) r", [Json(op.docs), *said, op.on_error])
        else:
            cursor.execute(f"SELECT r.position, r.status, r.id, r.decided_by, r.version, r.changed, r.errors, {xid} FROM product_upsert_from('feed', 'document', {options}, on_error => %s) r", [*said, op.on_error])


class Stopper(threading.Thread):
    """Holds the wait points, one after the other, for moments."""

    def __init__(self, cluster, seed, ends):
        super().__init__(name="stopper", daemon=True)
        self.cluster = cluster
        self.rng = random.Random(f"{seed}.stopper")
        self.ends = ends
        self.stopped = {}

    def run(self):
        connection = self.cluster.connect()
        points = sorted({p.split("@")[0] for p in WAIT_POINTS})
        with connection.cursor() as cursor:
            while time.monotonic() < self.ends:
                held = self.rng.sample(points, 2)
                for point in held:
                    cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (LOCK_CLASS, point))
                time.sleep(self.rng.uniform(0.02, 0.25))
                cursor.execute("SELECT p, count(*) FROM pg_locks l, unnest(%s) p WHERE l.locktype = 'advisory' AND NOT l.granted "
                               "AND l.classid = %s AND l.objid::bigint::int8 = (hashtext(p)::bigint & 4294967295) GROUP BY 1", (held, LOCK_CLASS))
                for point, count in cursor.fetchall():
                    self.stopped[point] = self.stopped.get(point, 0) + count
                cursor.execute("SELECT pg_advisory_unlock_all()")
                time.sleep(self.rng.uniform(0, 0.05))
        connection.close()
