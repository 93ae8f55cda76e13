"""What was only read must have been so at a moment between question and answer; who reads by one snapshot saw one moment."""
import json
from collections import defaultdict

from model import merged, said_variants
from workload import RULES


class Reads:
    """The part of the checker that asks when what was told was true."""

    def answers_that_only_read(self):
        for t in self.transactions:
            for number, op in enumerate(t.ops):
                if op.kind == "sql" or op.begun is None:
                    continue
                # What an undone transaction had written itself nobody else can know.
                if t.outcome != "committed" and number > 0:
                    continue
                # Nor what one was told that got no answer.
                if t.outcome == "unknown" or (op.rows is None and not op.error):
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
            if not said and not any(w is t or w.commit_begun <= interval[1] and (e is None or e.commit_ended >= interval[0]) for _, _, w, e in self.skus[sku]):
                self.fault(f"sku {sku} told as taken, and never was", t, op, doc, error)
        elif code == "taken" and error["field"].startswith("custom_fields"):
            serial = doc["custom_fields"]["serial"]
            same = any((d.get("custom_fields") or {}).get("serial") == serial for d in op.docs if d is not doc)
            if not same and not any(not s.gone and (s.row["custom_fields"] or {}).get("serial") == serial and (s.writer is t or s.maybe(interval)) for states in self.states.values() for s in states):
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
        # What its earlier statements hold may be what the other side waits for, however often this one is undone.
        if sqlstate in ("40P01", "40001") and not alone:
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
