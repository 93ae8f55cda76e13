"""Decides whether the commits, in their order, explain every answer.

The order is that of the log (wal.py): who waits for another's row or key commits after it. In that order every
change must be what its document makes of the product as the change before left it; whatever was only read
(unchanged, rejected) must have been so at a moment between question and answer (reads.py). Among serializable
transactions no cycle of dependencies may be left.
"""
import traceback
from collections import defaultdict
from decimal import Decimal

from model import COLUMNS, MOVING, Initial, State, merged, product_row, said_variants, short
from reads import Reads
from workload import RULES


class Fault(Exception):
    """There are so many that more say nothing."""


class Checker(Reads):
    def __init__(self, transactions, wal, most=300):
        self.most = most                     # so many faults are enough
        self.transactions = transactions
        self.faults = []
        self.counts = defaultdict(int)
        self.states = defaultdict(list)      # product -> its states, in order
        self.last = {}                       # product -> its newest state
        self.holders = defaultdict(list)     # (rule, value) -> states in which a product has it
        self.skus = defaultdict(list)        # sku -> [product, variant, writer, writer of its end or None]
        self.categories = defaultdict(list)  # id -> [reference, writer, writer of its end or None]
        self.owners = {}                     # (rule, value), ("sku", s), ("serial", v) -> product, as committed by now
        self.variants = {}                   # variant id -> (product, sku, price)
        self.of_product = defaultdict(dict)  # product -> {sku: price}
        self.values = defaultdict(set)       # product -> its unique values
        self.owned_parts = {}                # product -> its skus and unique values, as in owners
        self.own = {}                        # (transaction, number of op) -> {product: State}: what it had written before
        self.reads = []                      # (transaction, op, state) that somebody saw
        self.initial = Initial()
        self.by_xid = {}
        self.unknown = {}                    # what only one document says -> the transaction, where the server went away
        self.wal = wal
        self.order = {}

    def fault(self, what, *where):
        self.faults.append((what, [short(w) for w in where]))
        if len(self.faults) >= self.most:
            raise Fault

    # --- the commits, in order -----------------------------------------------------------------------

    def replay(self):
        for t in self.transactions:
            if t.outcome == "unknown":
                self.unknown.update((d["internal_name"], t) for op in t.ops for d in op.docs if "internal_name" in d)
            # Of an unknown one the number may be another's: what had reached no disk is given again after a crash.
            if t.xid is not None and t.outcome == "committed":
                self.by_xid[int(t.xid)] = t
        seen = set()
        for place, (xid, changes) in enumerate(self.wal):
            if not changes:
                continue
            t = self.by_xid.get(xid) or self.claim(changes)
            if t is None:
                self.fault(f"transaction {xid} is committed, and no client was told so", changes[:3])
                continue
            seen.add(xid)
            self.order[id(t)] = place
            self.transaction(t, changes)
        for t in self.transactions:
            if t.outcome == "committed" and (t.xid is None or int(t.xid) not in seen):
                for op in t.ops:
                    if any(status in ("created", "updated") for status, *_ in self.answers(op)):
                        self.fault("a change was answered, and nothing was committed", t, op)

    def claim(self, changes):
        """The call that nobody was told the end of, by what its documents say; all of it or nothing was committed."""
        names = {row.get("internal_name"): (int(row["id"]), action, row) for table, action, row in changes if table == "product"}
        t = next((self.unknown[n] for n in names if n in self.unknown), None)
        if t is None:
            return None
        for op in t.ops:
            if op.rows is None:
                op.kind = "rows"
                op.rows = []
                for position, doc in enumerate(op.docs, 1):
                    if doc["internal_name"] not in names:
                        self.fault("a call was committed in part", t, op, doc)
                        continue
                    key, action, row = names[doc["internal_name"]]
                    op.rows.append((position, "created" if action == "INSERT" else "updated", key, "external_id", int(row["version"]), None, None))
        self.counts["committed, and nobody told"] += 1
        return t

    def seed(self, changes):
        """What was written before the clients began."""
        for change in changes:
            self.apply(change, self.initial, set())

    @staticmethod
    def answers(op):
        """[(status, id, version, decided_by, changed, errors, position)] where rows tell them."""
        if op.kind in ("rows", "from") and op.rows:
            return [(r[1], r[2], r[4], r[3], r[5], r[6], r[0]) for r in op.rows]
        return []

    @staticmethod
    def products(op):
        """The products that single and bulk answer, by position."""
        if op.rows is None:
            return []
        if op.kind == "single":
            return [op.rows[0][0]]
        return op.rows[0][0] if op.kind == "bulk" else []

    def transaction(self, t, changes):
        """Gives each operation its changes; the products come first in each, then what belongs to them."""
        at = 0
        before = {}  # product -> its state within the transaction
        touched = set()
        for number, op in enumerate(t.ops):
            self.own[(id(t), number)] = dict(before)
            wanted = self.expected(t, op, changes[at:])
            mine = []
            while at < len(changes) and (wanted or changes[at][0] != "product"):
                table, action, row = changes[at]
                if table == "product":
                    if int(row["id"]) not in wanted:
                        self.fault(f"product {row['id']} was written, and the answer does not say so", t, op, changes[at])
                    wanted.discard(int(row["id"]))
                mine.append(changes[at])
                at += 1
            if wanted:
                self.fault(f"products {sorted(wanted)[:5]} were answered as written, and are not", t, op)
            self.operation(t, op, mine, before, touched)
        self.own[(id(t), len(t.ops))] = dict(before)
        if at < len(changes):
            self.fault("more was written than was answered", t, changes[at:at + 3])
        self.committed(t, before, touched)

    def expected(self, t, op, changes):
        if op.kind == "sql":
            return {r[0] for r in op.rows or [] if r[0] is not None}
        if op.kind in ("rows", "from"):
            return {a[1] for a in self.answers(op) if a[0] in ("created", "updated")}
        # A whole product is answered, not what became of it: what was written tells. Each once.
        # What the next call of the transaction writes leads to another version.
        versions = {p["id"]: p["version"] for p in self.products(op) if p is not None}
        found = set()
        for table, _, row in changes:
            if table == "product":
                if "version" not in row or versions.get(int(row["id"])) != int(row["version"]) or int(row["id"]) in found:
                    break
                found.add(int(row["id"]))
        return found

    def operation(self, t, op, mine, before, touched):
        rows = {}
        variants_before = {}
        for table, action, row in mine:
            if table == "product":
                key = int(row["id"])
                variants_before[key] = dict(self.of_product[key])
                rows[key] = (action, self.current(key, before), product_row(row))
        for change in mine:
            self.apply(change, t, touched)
        if op.kind == "sql":
            for key, version in op.rows or []:
                if key is not None and rows[key][0] == "UPDATE":
                    self.version(t, op, rows[key])
        else:
            self.documents(t, op, rows, variants_before)
        for key, (action, _, row) in rows.items():
            gone = action == "DELETE"
            before[key] = State(row, {} if gone else dict(self.of_product[key]), t, gone)

    def current(self, key, before):
        state = before.get(key) or self.last.get(key)
        return None if state is None or state.gone else state

    def version(self, t, op, change):
        action, was, row = change
        if action == "INSERT":
            if was is not None or row["version"] != 1:
                self.fault("created where there was one", t, op, row)
        elif was is None:
            self.fault("a product that is not there was updated", t, op, row)
        elif row["version"] != was.version + 1:
            self.fault(f"version {was.version} became {row['version']}", t, op, row)

    def documents(self, t, op, rows, variants_before):
        told = {a[1]: a for a in self.answers(op) if a[0] in ("created", "updated")}
        docs = {}
        for status, key, *_, position in self.answers(op):
            if status in ("created", "updated"):
                docs[key] = op.docs[position - 1]
        for position, product in enumerate(self.products(op)):
            if product is not None and product["id"] in rows:
                if product["id"] in docs:
                    self.fault("one product is the answer to two documents", t, op, product)
                docs[product["id"]] = op.docs[position]
                told[product["id"]] = None
                self.whole(t, op, product, rows[product["id"]][2], self.of_product[product["id"]])
        for key, doc in docs.items():
            if key in rows:
                self.document(t, op, doc, told[key], rows[key], variants_before[key])

    def document(self, t, op, doc, told, change, variants_before):
        """What was written is what the document makes of what was there."""
        action, was, row = change
        self.counts["changes"] += 1
        self.version(t, op, change)
        if action == "DELETE" or (action == "UPDATE" and was is None):
            return self.fault("told as written, and is not", t, op, row)
        before = was.row if was else None
        after = merged(before, doc, op.actions)
        changed = set()
        for column in row:
            if column in MOVING or column in ("parent_product_id", "category_id"):
                continue
            wanted = after[column] if column in after else before.get(column) if before else None
            if column in after and before is not None and before.get(column) != wanted:
                changed.add(column)
            if before is None and wanted is None and column in ("is_archived", "is_deleted"):
                wanted = "false"
            if row[column] != wanted:
                self.fault(f"{column} is {row[column]!r}, and should be {wanted!r}", t, op, doc, before, row)
        for column in ("parent_product_id", "category_id"):
            if column not in doc:
                wanted = before[column] if before else None
                if row[column] != wanted:
                    self.fault(f"{column} is {row[column]}, and should be {wanted}", t, op, doc, before, row)
            else:
                if (before[column] if before else None) != row[column]:
                    changed.add(column)
                self.reference(t, op, doc, column, row)
        key = row["id"]
        wanted = {**variants_before, **said_variants(doc)}
        if self.of_product[key] != wanted:
            self.fault(f"variants are {self.of_product[key]}, and should be {wanted}", t, op, doc)
        if before is not None and wanted != variants_before:
            changed.add("variants")
        if told is not None:
            status, _, version, decided_by, said, _, _ = told
            if (status == "created") != (action == "INSERT") or version != row["version"]:
                self.fault("the answer tells another status or version than was written", t, op, told, row)
            if status == "updated" and before is not None:
                if said is not None and set(said) != changed:
                    self.fault(f"changed is {said}, and should be {sorted(changed)}", t, op, doc, before, row)
                if decided_by in RULES and doc.get(decided_by) != before[decided_by]:
                    self.fault("decided by a key that the product did not have", t, op, told, before)
        if action == "UPDATE" and not changed:
            self.fault("nothing changed, and it was written", t, op, doc, before, row)
        if action == "UPDATE" and not any(doc.get(r) is not None and doc[r] == before[r] for r in RULES):
            self.fault("the document names another product than was written", t, op, doc, before)
        return None

    def reference(self, t, op, doc, column, row):
        said, is_now = doc[column], row[column]
        if said is None or is_now is None:
            if said is not None or is_now is not None:
                self.fault(f"{column} is {is_now}, and should be {said}", t, op, doc)
            return
        interval = (t.ops[0].begun if t.level != "read committed" else op.begun, op.ended)
        if column == "category_id":
            if not any(r == said and (w is t or w.commit_begun <= interval[1]) for r, w, _ in self.categories[is_now]):
                self.fault(f"category {is_now} is not {said}", t, op, doc)
            return
        number = next(n for n, o in enumerate(t.ops) if o is op)
        own = self.own[(id(t), number)].get(is_now)
        made = [d for d in op.docs if d.get("external_id") == said or d.get("reference") == said]
        if made or (own is not None and said in (own.row["external_id"], own.row["reference"])):
            return
        if not any(not s.gone and said in (s.row["external_id"], s.row["reference"]) and s.maybe(interval) for s in self.states[is_now]):
            self.fault(f"product {is_now} was not {said}", t, op, doc)

    def whole(self, t, op, product, row, variants):
        """An answer in the profile's shape says what is stored."""
        self.counts["whole products"] += 1
        for column in COLUMNS:
            said = product.get(column)
            if column == "price" and said is not None:
                said = Decimal(str(said))
            if said != row[column]:
                self.fault(f"the answer's {column} is {said!r}, stored is {row[column]!r}", t, op, product, row)
        if product["version"] != row["version"]:
            self.fault("the answer's version is not the one stored", t, op, product, row)
        shown = {v["sku"]: Decimal(str(v["price"])) for v in product.get("variants") or []}
        if shown != variants:
            self.fault(f"the answer's variants are {shown}, stored are {variants}", t, op, product)

    # --- rows, and the rules that hold between them ----------------------------------------------------

    def apply(self, change, t, touched):
        table, action, row = change
        if table == "product":
            touched.add(int(row["id"]))
        elif table == "product_variant":
            key = int(row["id"])
            old = self.variants.pop(key, None)
            if old is not None:
                del self.of_product[old[0]][old[1]]
                touched.add(old[0])
                self.end(self.skus[old[1]], key, t)
            if action != "DELETE":
                product, sku, price = int(row["product_id"]), row["sku"], Decimal(row["price"])
                if sku in self.of_product[product]:
                    self.fault(f"sku {sku} twice in product {product}", t)
                self.variants[key] = (product, sku, price)
                self.of_product[product][sku] = price
                self.skus[sku].append([key, product, t, None])
                touched.add(product)
        elif table == "product_custom_value":
            product = int(row["product_id"])
            touched.add(product)
            if action == "DELETE":
                self.values[product].discard(row["value"])
            else:
                self.values[product].add(row["value"])
        elif table == "product_category":
            key = int(row["id"])
            self.end(self.categories[key], None, t)
            if action != "DELETE":
                self.categories[key].append([row["reference"], t, None])

    @staticmethod
    def end(entries, key, t):
        for entry in entries:
            if entry[-1] is None and (key is None or entry[0] == key):
                entry[-1] = t

    def committed(self, t, before, touched):
        """What holds between the rows whenever somebody has committed."""
        for key in touched:
            state = before.get(key)
            if state is None:
                # Something of it moved without the product: direct SQL's cascades only.
                last = self.last.get(key)
                if last is not None and not last.gone and (last.variants != self.of_product[key]):
                    self.fault(f"variants of product {key} changed, its version did not", t)
                continue
            state.variants = dict(self.of_product[key])
            self.release(key)
        for key in touched:
            state = before.get(key)
            if state is None:
                continue
            previous = self.last.get(key)
            if previous is not None:
                previous.next = state
                if previous.gone:
                    self.fault(f"id {key} was given twice", t)
            self.states[key].append(state)
            self.last[key] = state
            if state.gone:
                if self.of_product[key] or self.values[key]:
                    self.fault(f"product {key} is gone, what belonged to it is not", t, self.of_product[key], self.values[key])
                continue
            self.take(t, key, state)
        for key in touched:
            state = self.last.get(key)
            if key in before and state is not None and not state.gone:
                self.references(t, key, state)

    def keys(self, key):
        state = self.last.get(key)
        if state is None or state.gone:
            return
        for rule in RULES:
            if state.row[rule] is not None:
                yield rule, state.row[rule]

    def release(self, key):
        for owned in [*self.keys(key), *(o for o in self.owned_parts.get(key, ()))]:
            if self.owners.get(owned) == key:
                del self.owners[owned]

    def take(self, t, key, state):
        parts = [("sku", s) for s in state.variants] + [("serial", v) for v in self.values[key]]
        self.owned_parts[key] = parts
        for owned in [*self.keys(key), *parts]:
            other = self.owners.get(owned)
            if other is not None and other != key:
                self.fault(f"products {other} and {key} both have {owned}", t, state.row)
            self.owners[owned] = key
            if owned[0] in RULES:
                self.holders[owned].append(state)
        serial = (state.row["custom_fields"] or {}).get("serial")
        if self.values[key] != ({serial} if serial is not None else set()):
            self.fault(f"the unique values of product {key} are {self.values[key]}, its custom_fields {state.row['custom_fields']}", t)

    def references(self, t, key, state):
        category = state.row["category_id"]
        if category is not None and not any(e[-1] is None for e in self.categories[category]):
            self.fault(f"product {key} is of category {category}, which is not there", t, state.row)
        above, steps = state.row["parent_product_id"], 0
        while above is not None and steps < 1000:
            parent = self.last.get(above)
            if parent is None or parent.gone:
                self.fault(f"product {above} is a parent, and not there", t, state.row)
                return
            if above == key:
                self.fault(f"product {key} is its own ancestor", t, state.row)
                return
            above, steps = parent.row["parent_product_id"], steps + 1

    def check(self, serializable=False):
        try:
            self.replay()
            self.answers_that_only_read()
            if serializable:
                self.no_cycle()
        except Fault:
            pass
        except Exception:  # pylint: disable=broad-except
            # What was told is so far from what was done that it cannot be followed.
            self.faults.append(("cannot be followed", traceback.format_exc().splitlines()[-4:]))
        return self.faults
