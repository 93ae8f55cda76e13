"""Decides whether the commits, in their order, explain every answer.

The order is that of the log (wal.py): who waits for another's row or key commits after it. In that order every
change must be what its document makes of the product as the change before left it; whatever was only read
(unchanged, rejected) must have been so at a moment between question and answer. A reader by one snapshot saw
one moment. Among serializable transactions no cycle of dependencies may be left.
"""
import json
from collections import defaultdict
from decimal import Decimal

from workload import RULES

FOREVER = float("inf")
COLUMNS = ("external_id", "reference", "handle", "number", "name", "price", "description", "internal_name", "tags",
           "custom_fields", "parent_product_id", "category_id")
# What moves by itself, or belongs to what is compared apart.
MOVING = {"version", "updated_at", "created_at", "id", "organization_id"}


class Fault(Exception):
    pass


class State:
    """A product as a commit left it. `gone`: deleted."""
    __slots__ = ("row", "variants", "writer", "next", "gone")

    def __init__(self, row, variants, writer, gone=False):
        self.row = row
        self.variants = variants
        self.writer = writer
        self.next = None
        self.gone = gone

    @property
    def version(self):
        return self.row["version"]

    def until(self):
        """When it surely was not to be seen any more."""
        return self.next.writer.commit_ended if self.next else FOREVER

    def maybe(self, interval):
        return self.writer.commit_begun <= interval[1] and self.until() >= interval[0]

    def surely(self, moment):
        over = self.next.writer.commit_begun if self.next else FOREVER
        return self.writer.commit_ended <= moment < over


class Initial:
    """Wrote what was there before the first client came."""
    commit_begun = commit_ended = -FOREVER
    xid = None

    def __repr__(self):
        return "what was there before"


def short(thing):
    """As it is printed: what is null says nothing."""
    if isinstance(thing, dict):
        thing = {k: v for k, v in thing.items() if v is not None and k not in ("organization_id", "is_archived", "is_deleted", "created_at")}
    return repr(thing)[:900]


def text_array(text):
    if text is None:
        return None
    return [] if text == "{}" else [item.strip('"') for item in text[1:-1].split(",")]


def product_row(row):
    """From the log's texts to what documents say."""
    row = dict(row)
    for name in ("id", "version", "parent_product_id", "category_id", "organization_id"):
        if row.get(name) is not None:
            row[name] = int(row[name])
    if row.get("price") is not None:
        row["price"] = Decimal(row["price"])
    row["tags"] = text_array(row.get("tags"))
    if row.get("custom_fields") is not None:
        row["custom_fields"] = json.loads(row["custom_fields"])
    return row


def merged(before, doc, actions):
    """The columns that the document says, as they are to be; but for the references, which are looked up."""
    after = {}
    for name, said in doc.items():
        if name in ("variants", "parent_product_id", "category_id"):
            continue
        if name == "price" and said is not None:
            said = Decimal(said)
        if name == "tags" and said is not None and actions and actions.get("tags") == "APPEND":
            had = (before["tags"] if before else None) or []
            said = had + [t for t in said if t not in had]
        if name == "custom_fields" and said is not None:
            said = {**((before["custom_fields"] if before else None) or {}), **said}
        after[name] = said
    return after


def said_variants(doc):
    return {v["sku"]: Decimal(v["price"]) for v in doc.get("variants") or []}


class Checker:
    def __init__(self, transactions, wal):
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
        self.wal = wal
        self.order = {}

    def fault(self, what, *where):
        self.faults.append((what, [short(w) for w in where]))
        if len(self.faults) > 500:
            raise Fault

    # --- the commits, in order -----------------------------------------------------------------------

    def replay(self):
        for t in self.transactions:
            if t.xid is not None and t.outcome == "committed":
                self.by_xid[int(t.xid)] = t
        seen = set()
        for place, (xid, changes) in enumerate(self.wal):
            if not changes:
                continue
            t = self.by_xid.get(xid)
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
        ids = {p["id"] for p in self.products(op) if p is not None}
        found = set()
        for table, _, row in changes:
            if table == "product":
                if int(row["id"]) not in ids or int(row["id"]) in found:
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
            if status == "updated":
                if set(said) != changed:
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
            if not any(r == said and w.commit_begun <= interval[1] for r, w, _ in self.categories[is_now]):
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

    # --- what was only read ------------------------------------------------------------------------------

    def answers_that_only_read(self):
        for t in self.transactions:
            for number, op in enumerate(t.ops):
                if op.kind == "sql" or op.begun is None:
                    continue
                # What an undone transaction had written itself nobody else can know.
                if t.outcome != "committed" and number > 0:
                    continue
                seen = []
                own = self.own.get((id(t), number), {})
                first = t.ops[0]
                interval = (op.begun, op.ended) if t.level == "read committed" else (first.begun, first.ended)
                if first.kind == "from" and t.level != "read committed":
                    interval = (first.begun - 1, first.ended)  # its feed was filled before
                if op.error:
                    self.error(t, op, own, interval)
                    continue
                wrote = self.wrote(t, op)
                for status, key, version, decided_by, _, errors, position in self.answers(op):
                    doc = op.docs[position - 1]
                    if status == "unchanged":
                        self.unchanged(t, op, doc, key, version, decided_by, own, interval, seen)
                    elif status == "rejected":
                        self.reject(t, op, doc, errors, own, interval)
                for position, product in enumerate(self.products(op)):
                    # Which of them were written, of an undone transaction nobody knows.
                    if product is not None and product["id"] not in wrote and t.outcome == "committed":
                        state = self.unchanged(t, op, op.docs[position], product["id"], product["version"], None, own, interval, seen)
                        if state is not None:
                            self.whole(t, op, product, state.row, state.variants)
                if self.answers(op) and [a[6] for a in self.answers(op)] != list(range(1, len(op.docs) + 1)):
                    self.fault("positions are not 1, 2, 3, …", t, op)
                if op.kind in ("bulk", "single") and len(self.products(op)) != len(op.docs):
                    self.fault("answers are not as many as documents", t, op)
                self.reads.extend((t, op, s) for s in seen)
                if len(seen) == len(op.docs):
                    self.one_moment(t, op, seen)
            if t.level != "read committed" and t.outcome == "committed":
                self.one_moment(t, t.ops, [s for r, _, s in self.reads[-5000:] if r is t and s.writer is not t])

    def wrote(self, t, op):
        number = next(n for n, o in enumerate(t.ops) if o is op)
        later = self.own.get((id(t), number + 1), {})
        mine = self.own.get((id(t), number), {})
        return {k for k, s in later.items() if mine.get(k) is not s}

    def unchanged(self, t, op, doc, key, version, decided_by, own, interval, seen):
        self.counts["unchanged"] += 1
        if key in own:
            candidates = [own[key]]
        else:
            candidates = [s for s in self.states.get(key, ()) if not s.gone and s.version == version and s.maybe(interval)]
        for state in candidates:
            if state.gone or state.version != version:
                continue
            after = merged(state.row, doc, op.actions)
            agrees = all(state.row[c] == v for c, v in after.items()) and all(state.variants.get(s) == p for s, p in said_variants(doc).items())
            named = doc.get(decided_by) == state.row[decided_by] if decided_by in RULES else any(doc.get(r) is not None and doc[r] == state.row[r] for r in RULES)
            if agrees and named:
                if key not in own:
                    seen.append(state)
                return state
        self.fault(f"product {key} at version {version} was told as unchanged, and never was so", t, op, doc, [(s.version, s.row, s.variants) for s in candidates])
        return None

    def one_moment(self, t, op, states):
        """Nobody sees a transaction in part, or a later one without the one before it."""
        writers = {}
        for s in states:
            writers[id(s.writer)] = s.writer
        if not writers:
            return
        newest = max(w.commit_begun for w in writers.values())
        for s in states:
            if s.next is None:
                continue
            if id(s.next.writer) in writers:
                self.fault("a transaction was seen in part", t, op, s.next.writer, s.row)
            elif s.next.writer.commit_ended < newest:
                self.fault("a commit was seen without one that came before it", t, op, s.next.writer, s.row)

    def had(self, rule, value, interval, own, key=None):
        """The products that may have had that key then."""
        states = [s for s in self.holders.get((rule, value), ()) if s.maybe(interval)]
        ids = {s.row["id"] for s in states} | {k for k, s in own.items() if not s.gone and s.row[rule] == value}
        return ids if key is None else key in ids

    def surely_had(self, rule, value, interval, own):
        """Whether at every moment some product had it: then it is not to be told as new."""
        moments = [interval[0], interval[1]]
        states = [s for s in self.holders.get((rule, value), ()) if s.maybe(interval) and s.row["id"] not in own]
        for s in states:
            if s.next:
                moments += [s.next.writer.commit_begun, s.next.writer.commit_ended]
        moments = [m for m in moments if interval[0] <= m <= interval[1]]
        return all(any(s.surely(m) for s in states) for m in moments)

    def reject(self, t, op, doc, errors, own, interval):
        for error in errors:
            self.counts[f"rejected: {error['code']}"] += 1
            self.reason(t, op, doc, error, own, interval)
        if not errors:
            self.fault("rejected without a reason", t, op, doc)

    def reason(self, t, op, doc, error, own, interval):
        code = error["code"]
        if code == "collision" and "positions" in error:
            self.clash(t, op, error)
        elif code == "collision" and "ids" in error:
            for key in error["ids"]:
                if not any(doc.get(r) is not None and self.had(r, doc[r], interval, own, key) for r in RULES):
                    self.fault(f"told to name product {key}, which never had one of its keys", t, op, doc, error)
        elif code == "taken" and error.get("rule") in RULES:
            rule = error["rule"]
            if not self.had(rule, doc.get(rule), interval, own, error["id"]):
                self.fault(f"{rule} told as taken by product {error['id']}, which never had it", t, op, doc, error)
        elif code == "taken" and error["field"].startswith("variants."):
            sku = doc["variants"][int(error["field"].split(".")[1])]["sku"]
            said = any(sku in said_variants(d) for d in op.docs if d is not doc)
            if not said and not any(w.commit_begun <= interval[1] and (e is None or e.commit_ended >= interval[0]) for _, _, w, e in self.skus[sku]):
                self.fault(f"sku {sku} told as taken, and never was", t, op, doc, error)
        elif code == "taken" and error["field"].startswith("custom_fields"):
            serial = doc["custom_fields"]["serial"]
            same = any((d.get("custom_fields") or {}).get("serial") == serial for d in op.docs if d is not doc)
            if not same and not any(not s.gone and (s.row["custom_fields"] or {}).get("serial") == serial and s.maybe(interval) for states in self.states.values() for s in states):
                self.fault(f"serial {serial} told as taken, and never was", t, op, doc, error)
        elif code == "collision" and error["field"] and error["field"].split(".")[0] in ("variants", "custom_fields"):
            pass  # two documents of one call want it
        elif code == "required" and error["field"] == "name" and doc.get("name") is None:
            # `maybe` a moment without any holder: not surely one at every moment.
            for rule in RULES:
                if doc.get(rule) is not None and self.surely_had(rule, doc[rule], interval, own):
                    self.fault(f"told to be new, and {rule} was another's all the time", t, op, doc, error)
        elif code == "not_found" and error["field"] in ("category_id", "parent_product_id"):
            self.missing(t, op, doc, error, own, interval)
        elif code == "range" and error["field"] == "parent_product_id":
            pass
        else:
            self.fault("rejected for no reason that is known", t, op, doc, error)

    def missing(self, t, op, doc, error, own, interval):
        said = doc[error["field"]]
        if "document" in error["message"]:
            return
        if error["field"] == "category_id":
            there = [e for entries in self.categories.values() for e in entries if e[0] == said]
            surely = [e for e in there if e[1].commit_ended <= interval[0] and (e[2] is None or e[2].commit_begun > interval[1])]
            if surely:
                self.fault(f"category {said} was there all the time", t, op, doc, error)
        elif any(s.surely(interval[0]) and s.surely(interval[1]) and s.row["id"] not in own for s in self.holders.get(("external_id", said), ())):
            self.fault(f"parent {said} was there all the time", t, op, doc, error)

    def clash(self, t, op, error):
        for position in error["positions"]:
            told = [a for a in self.answers(op) if a[6] == position]
            if told and told[0][0] != "rejected":
                self.fault(f"document {position} collides, and is not rejected", t, op, error)

    def error(self, t, op, own, interval):
        """What a call may fail with."""
        sqlstate, message, detail = op.error
        self.counts[f"error {sqlstate}"] += 1
        alone = t.ops[0] is op
        if sqlstate == "40001" and t.level != "read committed":
            return
        if sqlstate == "40P01" and not alone:
            return
        try:
            errors = json.loads(detail)["errors"]
        except (TypeError, ValueError, KeyError):
            self.fault(f"raw {sqlstate}: {message}", t, op, detail)
            return
        if op.on_error == "skip":
            self.fault(f"a call that skips failed with {sqlstate}: {message}", t, op)
        for error in errors:
            position = error.get("position", 1)
            self.counts[f"refused: {error['code']}"] += 1
            self.reason(t, op, op.docs[position - 1], error, own, interval)

    # --- serializable --------------------------------------------------------------------------------------

    def no_cycle(self):
        """Where all are serializable: an order of the transactions that none of their dependencies contradicts."""
        edges = defaultdict(set)
        node = {}

        def edge(a, b):
            if a is not b and a is not self.initial:
                edges[id(a)].add(id(b))
                node[id(a)], node[id(b)] = a, b
        for states in self.states.values():
            for s in states:
                if s.next:
                    edge(s.writer, s.next.writer)
        for t, _, s in self.reads:
            if t.outcome != "committed":
                continue
            edge(s.writer, t)
            if s.next:
                edge(t, s.next.writer)
        color = {}
        for start in list(node):
            if color.get(start):
                continue
            path = [(start, iter(edges[start]))]
            color[start] = 1
            while path:
                at, rest = path[-1]
                for following in rest:
                    if color.get(following) == 1:
                        ring = [node[p] for p, _ in path]
                        self.fault("transactions depend on each other in a circle", *ring[-4:], node[following])
                        return
                    if not color.get(following):
                        color[following] = 1
                        path.append((following, iter(edges[following])))
                        break
                else:
                    color[at] = 2
                    path.pop()

    def check(self, serializable=False):
        try:
            self.replay()
            self.answers_that_only_read()
            if serializable:
                self.no_cycle()
        except Fault:
            pass
        return self.faults
