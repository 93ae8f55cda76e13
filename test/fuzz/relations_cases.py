"""Cases of test/fuzz/relations: products, a call, and what they are stored in."""
import json
import random

TABLES = ("product", "product_variant", "product_feature_link", "product_custom_value", "product_custom_field_use")
SETUP = r"""
CREATE EXTENSION product_upsert;
SELECT product_tables_create();
CREATE TYPE mood AS ENUM ('glad', 'sad', 'Neutral');
CREATE DOMAIN code AS text CHECK (VALUE !~ '!');
ALTER TABLE product ADD COLUMN code code, ADD COLUMN mood mood, ADD COLUMN labels text[] DEFAULT '{}', ADD COLUMN extra jsonb, ADD COLUMN eans text,
    ADD COLUMN weight numeric(6,2) CHECK (weight < 50), ADD COLUMN v varchar(5) DEFAULT 'own', ADD COLUMN tz timestamptz, ADD COLUMN small bigint,
    ADD COLUMN alike bigint, ADD COLUMN second timestamptz(0);
ALTER TABLE product ALTER COLUMN price TYPE numeric(8,2), ALTER COLUMN upc TYPE varchar(3);
ALTER TABLE product_variant ALTER COLUMN price TYPE numeric(4,1);
CREATE UNIQUE INDEX small ON product (organization_id, small) WHERE small > 2;
SELECT product_identity_create('code', '{code}', folds => '{case}'), product_identity_create('eans', '{eans}', folds => '{gtin}'),
       product_identity_create('mood', '{mood,weight}', nulls_equal => true, required_fields => '{mood}');
INSERT INTO product_category (organization_id, name, reference) VALUES (1, 'One', 'one'), (1, 'Two', 'two');
INSERT INTO product_feature (organization_id, reference, name) VALUES (1, 'f1', 'F'), (1, 'f2', 'G');
INSERT INTO product_custom_field (organization_id, reference, name, type, unique_value, is_identifier, multiple_values)
VALUES (1, 'color', 'Color', 'text', true, true, false), (1, 'list', 'List', 'text', false, false, true), (1, 'shelf', 'Shelf', 'number', false, true, false);
CREATE TABLE source (n bigint, as_jsonb jsonb, as_text text);
CREATE VIEW source_in_order AS SELECT as_jsonb, as_text FROM source ORDER BY n;
INSERT INTO product_profile (name, definition) SELECT 'own', jsonb_set(definition, '{fields}', (definition -> 'fields') || '{
    "code": {"type": "text"}, "mood": {"type": "text"}, "labels": {"type": "texts"}, "extra": {"type": "json", "key": "k"}, "eans": {"type": "text"},
    "weight": {"type": "decimal"}, "v": {"type": "text"}, "tz": {"type": "timestamp"}, "small": {"type": "integer"}, "second": {"type": "timestamp"},
    "alike": {"role": "reference", "column": "alike", "table": "product", "by": ["id", "external_id", "reference"]}, "version": {"role": "version"}}')
    || jsonb_build_object('identity', (definition -> 'identity') || '["code", "eans", "mood"]') FROM product_profile WHERE name = 'catalog';
INSERT INTO product_profile (name, definition) SELECT 'acting', jsonb_set(definition, '{fields}', (definition -> 'fields') || '{
    "labels": {"type": "texts", "action": "APPEND"}, "extra": {"type": "json", "key": "k", "action": "MERGE"}, "tags": {"type": "texts", "action": "REMOVE"},
    "description": {"type": "text", "quiet": true}, "internal_name": {"type": "text", "action": "IGNORE"}, "department": {"type": "text", "create_only": "ignore"},
    "price": {"type": "decimal", "marked_up": {"base": "cost", "percent": "markup"}}, "meta": {"type": "json", "action": "MERGE"},
    "v": {"type": "text", "empty": "null"}, "id": {"type": "integer"}}') || '{"coerce": true, "identity": ["external_id", "code", "eans", "handle"]}' FROM product_profile WHERE name = 'own';
UPDATE product_profile SET definition = jsonb_set(jsonb_set(definition, '{fields,category_id,create_only}', '"ignore"'), '{fields,parent_product_id,create_only}', '"ignore"') WHERE name = 'acting';
INSERT INTO product_profile (name, definition) SELECT 'judged', definition || '{"judged_by": "tz"}' FROM product_profile WHERE name = 'own';
INSERT INTO product_profile (name, definition) SELECT 'removing', definition || '{"tombstone": {"field": "gone", "action": "delete"}}' FROM product_profile WHERE name = 'own';
INSERT INTO product_profile (name, definition) SELECT 'burying', definition || '{"tombstone": {"field": "gone", "value": "yes", "revive": true}}' FROM product_profile WHERE name = 'judged';
"""

OWN = {"code": ["Strasse", "straße", "STRASSE", "a", "A", "b", "ä", "Ä"], "mood": ["glad", "sad", "Neutral"],
       "labels": [[], ["x"], ["y", "x"]], "extra": [{"a": 1}, {"a": None, "b": 2}, [{"k": "1", "v": 1}], [{"k": "1", "v": None}, {"k": "2"}], 5, []],
       "eans": ["4006381333931", "04006381333931", "4006381-333931", "123", "0123", "abc"], "weight": [1, 1.004, 2.5, 49.999, 60], "v": ["a", "b", "", "longer"],
       "tz": ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-02T10:00:00Z", "2026-02-01T00:00:00Z"], "small": [1, 2, 3, 4], "version": [1, 2],
       "second": ["2026-03-01T10:00:00.5Z", "2026-03-01T10:00:01Z", "1999-12-31T23:59:58.5Z"], "alike": ["e1", "e2", "e3", {"external_id": "e4"}, "r1", "r2", None]}
PLAIN = {"tags": [[], ["x"], ["x", "y"]], "meta": [{"a": {"b": 1}}, {"a": None}, {"c": [1]}], "description": ["d", "e"], "internal_name": ["i", "j"],
         "price": [1, 2.50, 2.5, 1.005, 1.006, 999999.995], "cost": [1, 1.0, 2], "markup": [10, 20], "department": ["p", "q"], "upc": ["1", "2", "long"], "is_deleted": [True, False],
         "category_id": ["one", "two", "1", "none"], "features": [[], ["f1"], ["f2", "f1"]]}
KEYS = {"reference": "r", "handle": "h", "number": "n"}
NATURAL = {"manufacturer": ["M", "L"], "brand": ["B", "C"], "size": [1, 2, 1.0], "size_unit": ["oz", ""]}
ACTIONS = [("variants", "REPLACE"), ("variants", "REMOVE"), ("tags", "APPEND"), ("tags", "REMOVE"), ("meta", "MERGE"), ("custom_fields", "REPLACE"), ("features", "APPEND"),
           ("features", "REMOVE"), ("name", "IGNORE"), ("price", "CLEAR"), ("parent_product_id", "CLEAR"), ("category_id", "CLEAR")]
# What a tombstone says.
GONE = {"removing": True, "burying": "yes"}
# Of the profile acting: as the product was made.
CREATE_ONLY = ("department", "category_id", "parent_product_id")


class Differ(Exception):
    pass


class Case:
    """before: what is stored, call by call; then one call."""

    def __init__(self, chance):
        self.random = chance
        self.profile = chance.choice(["own", "judged", "acting", "catalog", "removing", "burying"])
        self.before = [[self.document(0.3) for _ in range(chance.randint(2, 8))] for _ in range(2)]
        density = chance.choice([0.1, 0.25, 0.4])
        self.documents = [self.document(density) for _ in range(chance.randint(2, 9))]
        self.options = {"profile": self.profile, "on_error": "skip", **self.some_options()}
        if self.options.get("on_duplicate") == "same" or chance.random() < 0.2:
            for _ in range(2):
                self.documents.insert(chance.randrange(len(self.documents) + 1), dict(chance.choice(self.documents)))
        self.seed = chance.random()

    def begin(self):
        """What the relations choose is the same each time."""
        self.random = random.Random(self.seed)

    def some_options(self):
        chance, options = self.random, {}
        if chance.random() < 0.3:
            options["identifier_field"] = chance.choice(["external_id", "external_id", "handle", "reference", "sku"] + ["code", "eans"] * (self.profile != "catalog"))
        elif chance.random() < 0.1:
            options["custom_field_reference"] = chance.choice(["color", "shelf"])
        if chance.random() < 0.3:
            options["field_actions"] = dict(chance.sample(ACTIONS, 2))
        if chance.random() < 0.1:
            options["mode"] = chance.choice(["create", "update"])
        if chance.random() < 0.1:
            options["if_version"] = chance.randint(1, 2)
        duplicates = chance.choice([None, None, "same", "last", "last"])
        return options | ({"on_duplicate": duplicates} if duplicates else {})

    def document(self, density):
        chance, document = self.random, {}
        values = PLAIN | (OWN if self.profile != "catalog" else {})
        if chance.random() < 0.85:
            document["external_id"] = f"e{chance.randint(1, 6)}"
        if chance.random() < 0.7:
            document["name"] = chance.choice(["N", "O"])
        for name, letter in KEYS.items():
            if chance.random() < density * 0.6:
                document[name] = f"{letter}{chance.randint(1, 6)}"
        for name, some in {**NATURAL, **values}.items():
            if chance.random() < density * (0.06 if name == "version" else 0.5):
                document[name] = chance.choice(some)
        if self.profile in GONE and chance.random() < 0.3:
            document["gone"] = chance.choice([GONE[self.profile]] * 3 + [False, "no"])
        if self.profile in ("judged", "burying") and chance.random() < 0.6:
            document["tz"] = chance.choice(OWN["tz"])
        if chance.random() < density:
            document["parent_product_id"] = chance.choice([f"e{chance.randint(1, 6)}", {"external_id": f"e{chance.randint(1, 6)}"}, f"r{chance.randint(1, 6)}"])
        if chance.random() < density:
            custom = {"color": ["red", "blue", None], "list": [["a"], ["b", "a"]], "shelf": [1, 1.0, 2], "free": [1, 2]}
            document["custom_fields"] = {n: chance.choice(some) for n, some in custom.items() if chance.random() < 0.5}
        if chance.random() < density:
            skus = chance.sample(range(1, 6), chance.randint(1, 2))
            document["variants"] = [{"sku": f"s{n}", "price": chance.choice([1, 2, 3, 1.25])} | ({"price_discounted": chance.choice([1, 1.0, 2])} if chance.random() < 0.5 else {})
                                    for n in skus]
        if self.profile == "acting" and chance.random() < 0.05:
            document["id"] = chance.choice([0, -4, 7, 70, 9007199254740992])
        for name, wrong in (("nope", 1), ("price", "x"), (chance.choice(["name", "tags", "handle", "parent_product_id"]), None)):
            if chance.random() < 0.03:
                document[name] = wrong
        return document

    def shrink(self, fails):
        """Takes away what can be taken away while it fails."""
        smaller = True
        while smaller:
            smaller = False
            for documents in [self.documents, *self.before]:
                smaller |= any([self.drop(documents, i, fails) for i in reversed(range(len(documents)))])
                for document in documents:
                    smaller |= any([self.drop(document, name, fails) for name in list(document)])
            smaller |= any([self.drop(self.options, name, fails) for name in list(self.options) if name not in ("profile", "on_error")])

    def drop(self, whole, key, fails):
        if whole is self.documents and len(whole) == 1:
            return False
        kept = whole.pop(key)
        if fails():
            return True
        if isinstance(whole, list):
            whole.insert(key, kept)
        else:
            whole[key] = kept
        return False

    def __str__(self):
        lines = [f"  {name}: {value}" for name, value in self.options.items()]
        lines += ["  before " + json.dumps(documents, ensure_ascii=False) for documents in self.before]
        return "\n".join(lines + ["  " + json.dumps(document, ensure_ascii=False) for document in self.documents])
