"""Products as commits left them, and what a document makes of one."""
import json
from decimal import Decimal

FOREVER = float("inf")
COLUMNS = ("external_id", "reference", "handle", "number", "name", "price", "description", "internal_name", "tags",
           "custom_fields", "parent_product_id", "category_id")
# What moves by itself, or belongs to what is compared apart.
MOVING = {"version", "updated_at", "created_at", "id", "organization_id"}


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
