"""Faults put into a history that is sound: each must be told by the checker, or it is worth nothing."""
import pickle
from collections import defaultdict


class Story:
    """A copy of a history, to be falsified in one place."""

    def __init__(self, rng, transactions, committed):
        self.rng = rng
        self.transactions, self.wal = pickle.loads(pickle.dumps((transactions, committed)))
        self.by_xid = {int(t.xid): t for t in self.transactions if t.xid and t.outcome == "committed"}

    def any(self, found):
        return self.rng.choice(found) if found else None

    def changes(self, table, *actions):
        return [(n, i) for n, (xid, changes) in enumerate(self.wal) if xid in self.by_xid
                for i, (name, action, _) in enumerate(changes) if name == table and action in actions]

    def writes(self):
        """Places of each product's changes, in order."""
        all_of = defaultdict(list)
        for n, i in self.changes("product", "INSERT", "UPDATE"):
            all_of[self.wal[n][1][i][2]["id"]].append((n, i))
        return all_of

    def row(self, place):
        return self.wal[place[0]][1][place[1]][2]

    def upsert_of(self, place):
        """The rows that told of the change, and the answer among them."""
        t = self.by_xid[self.wal[place[0]][0]]
        for op in t.ops:
            if op.kind in ("rows", "from"):
                for n, answer in enumerate(op.rows or []):
                    if answer[1] in ("created", "updated") and answer[2] == int(self.row(place)["id"]):
                        return op, n
        return None

    def told(self, action):
        return [(p, *u) for p in self.changes("product", action) if (u := self.upsert_of(p))]

    def unchanged(self):
        return [(t, op, n) for t in self.transactions if t.outcome == "committed" and len(t.ops) == 1
                for op in t.ops if op.kind in ("rows", "from") for n, a in enumerate(op.rows or []) if a[1] == "unchanged"]


def lost_update(s):
    """An update carries on what the one before it had replaced."""
    found = [(p, old) for places in s.writes().values() for old, mid, p in zip(places, places[1:], places[2:])
             for c in ("price",) if s.row(old)[c] != s.row(mid)[c] == s.row(p)[c]]
    if not found:
        return False
    place, old = s.any(found)
    s.row(place)["price"] = s.row(old)["price"]
    return True


def forgotten_column(s):
    """What the document did not say is null."""
    found = [p for p, op, n in s.told("UPDATE") if s.row(p)["description"] is not None and "description" not in op.docs[op.rows[n][0] - 1]]
    if found:
        s.row(s.any(found))["description"] = None
    return bool(found)


def version_twice(s):
    found = [p for p, op, n in s.told("UPDATE")]
    if found:
        row = s.row(s.any(found))
        row["version"] = str(int(row["version"]) - 1)
    return bool(found)


def half_a_batch(s):
    found = [p for p, op, n in s.told("INSERT") + s.told("UPDATE") if sum(c[0] == "product" for c in s.wal[p[0]][1]) > 2]
    if found:
        n, i = s.any(found)
        del s.wal[n][1][i]
    return bool(found)


def acknowledged_and_lost(s):
    found = s.told("INSERT") + s.told("UPDATE")
    if found:
        del s.wal[s.any(found)[0][0]]
    return bool(found)


def never_acknowledged(s):
    found = s.told("UPDATE")
    if found:
        t = s.by_xid[s.wal[s.any(found)[0][0]][0]]
        t.outcome = "failed"
    return bool(found)


def wrong_order(s):
    """Two writers of a product, the other way round."""
    found = [(a[0], b[0]) for places in s.writes().values() for a, b in zip(places, places[1:]) if a[0] != b[0]]
    if found:
        a, b = s.any(found)
        s.wal[a], s.wal[b] = s.wal[b], s.wal[a]
    return bool(found)


def duplicate_key(s):
    found = [p for p in s.changes("product", "INSERT") if s.row(p)["external_id"]]
    if len(found) < 2:
        return False
    a, b = s.rng.sample(found, 2)
    s.row(max(a, b))["external_id"] = s.row(min(a, b))["external_id"]
    return True


def duplicate_sku(s):
    found = s.changes("product_variant", "INSERT")
    skus = [p for p in found if s.row(p)["product_id"] != s.row(found[0])["product_id"]]
    if skus:
        s.row(s.any(skus))["sku"] = s.row(found[0])["sku"]
    return bool(skus)


def duplicate_value(s):
    found = s.changes("product_custom_value", "INSERT")
    others = [p for p in found if s.row(p)["value"] != s.row(found[0])["value"]]
    if others:
        s.row(s.any(others))["value"] = s.row(found[0])["value"]
    return bool(others)


def own_ancestor(s):
    found = [p for p in s.changes("product", "UPDATE")]
    if found:
        row = s.row(s.any(found))
        row["parent_product_id"] = row["id"]
    return bool(found)


def no_such_parent(s):
    found = s.changes("product", "INSERT")
    if found:
        s.row(s.any(found))["parent_product_id"] = "999999999"
    return bool(found)


def no_such_category(s):
    found = s.changes("product", "INSERT")
    if found:
        s.row(s.any(found))["category_id"] = "999999999"
    return bool(found)


def created_told_as_updated(s):
    found = s.told("INSERT")
    if found:
        _, op, n = s.any(found)
        op.rows[n] = (op.rows[n][0], "updated", *op.rows[n][2:5], ["name"], None)
    return bool(found)


def wrong_changed(s):
    found = s.told("UPDATE")
    if found:
        _, op, n = s.any(found)
        op.rows[n] = (*op.rows[n][:5], [*op.rows[n][5], "upc"], None)
    return bool(found)


def unchanged_but_is_not(s):
    """A document that says something else is told as unchanged."""
    found = s.unchanged()
    if found:
        _, op, n = s.any(found)
        op.docs[op.rows[n][0] - 1]["price"] = 77
    return bool(found)


def stale_read(s):
    """Unchanged, long after somebody else had changed it."""
    begun = {int(t.xid): t for t in s.transactions if t.xid}
    replaced = {}
    for places in s.writes().values():
        for a, b in zip(places, places[1:]):
            replaced[(int(s.row(a)["id"]), int(s.row(a)["version"]))] = begun[s.wal[b[0]][0]].commit_ended
    found = [(op, replaced[(op.rows[n][2], op.rows[n][4])]) for t, op, n in s.unchanged() if (op.rows[n][2], op.rows[n][4]) in replaced and t.single]
    if found:
        op, end = s.any(found)
        # The feed of a `from` was filled up to a second before.
        op.begun, op.ended = end + 2, end + 3
    return bool(found)


def dirty_read(s):
    """Unchanged, before the writer came to commit."""
    written = {(int(s.row(p)["id"]), int(s.row(p)["version"])): s.by_xid[s.wal[p[0]][0]] for places in s.writes().values() for p in places}
    found = [(op, written[(op.rows[n][2], op.rows[n][4])]) for t, op, n in s.unchanged()
             if t.single and written.get((op.rows[n][2], op.rows[n][4]), t) is not t]
    if found:
        op, writer = s.any(found)
        op.begun, op.ended = writer.commit_begun - 2, writer.commit_begun - 1
    return bool(found)


def raw_error(s):
    found = [t for t in s.transactions if t.outcome == "failed" and t.ops[0].error and t.ops[0].kind != "sql"]
    if found:
        s.any(found).ops[0].error = ("23505", "duplicate key value violates unique constraint", "Key (a)=(b) already exists.")
    return bool(found)


def serialization_at_read_committed(s):
    found = [t for t in s.transactions if t.level == "read committed" and t.outcome == "failed" and t.ops[0].kind != "sql" and t.ops[0].error]
    if found:
        s.any(found).ops[0].error = ("40001", "could not serialize", None)
    return bool(found)


def taken_by_nobody(s):
    for t in s.transactions:
        for op in t.ops:
            for answer in (op.rows or []) if op.kind in ("rows", "from") else []:
                for error in answer[6] or []:
                    if error["code"] == "taken" and "rule" in error and t.outcome == "committed":
                        error["id"] = 999999999
                        return True
    return False


def torn_read(s):
    """One document of a reader sees a transaction, another does not."""
    writers = {}
    following = {}
    for places in s.writes().values():
        for a, b in zip(places, places[1:]):
            following[(int(s.row(a)["id"]), int(s.row(a)["version"]))] = b
        for p in places:
            writers[(int(s.row(p)["id"]), int(s.row(p)["version"]))] = p
    for t, op, n in s.unchanged():
        if any(a[1] != "unchanged" for a in op.rows) or len(op.rows) < 2:
            continue
        for m, answer in enumerate(op.rows):
            late = following.get((op.rows[n][2], op.rows[n][4]))
            early = writers.get((answer[2], answer[4]))
            if m != n and late and early and late[0] > early[0]:
                # As if the writer of what one of them saw had replaced what the other saw.
                change = s.wal[late[0]][1].pop(late[1])
                s.wal[early[0]][1].append(change)
                return True
    return False


PLANTS = (lost_update, forgotten_column, version_twice, half_a_batch, acknowledged_and_lost, never_acknowledged, wrong_order, duplicate_key,
          duplicate_sku, duplicate_value, own_ancestor, no_such_parent, no_such_category, created_told_as_updated, wrong_changed,
          unchanged_but_is_not, stale_read, dirty_read, raw_error, serialization_at_read_committed, taken_by_nobody, torn_read)
