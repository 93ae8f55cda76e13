"""Documents for the fuzzers of the server: made from the fields of a profile, then mutated. Numbers are text, so that they stay what they are."""
import json


class Raw(str):
    """A piece of JSON text, written as it is."""


VALUES = [Raw(v) for v in (
    "null", "true", "false", "0", "1", "2", "-1", "-0", "0.0", "1.50", "1e3", "1E-5", "12", "0.00000000000000000001", "12345678901234567890123",
    "9223372036854775807", "9223372036854775808", "9007199254740991", "2147483647", "2147483648", "-2147483649", "1e131071", "1e-16383", "1e400", '""', '" "', '"x"', '" x "',
    '"\\u00a0"', '"\\ufeffx"', '"\\ud83d\\ude00"', '"\\u0001"', '"M"', '"N"', '"1"', '"0"', '"true"', '"2024-02-30"', '"2024-02-29"', '"2024-02-29T10:00:00Z"', '"2024-02-29T10:00:00+15:59"',
    '"294276-12-31T23:59:59Z"', '"-infinity"', '"123e4567-e89b-12d3-a456-426614174000"', '"123E4567-E89B-12D3-A456-42661417400"', "[]", "{}", "[[]]", "[null]", '["a"]', '["a","b","a"]',
    '[1,[2,{"a":3}]]', '{"a":null}', '{"id":1}', '{"id":"2"}', '{"reference":"r1"}', '{"code":"m"}', '[{"id":1},{"id":1}]', '{"b":1,"a":{"c":[]}}', '[{"sku":"s1","price":1,"position":1}]',
    '[{"sku":"s2","price":1,"position":1},{"sku":"s2"}]', '[{"sku":"s3","price":1,"position":1,"options":[{"name":"c","value":"red"}]}]', '[{"reference":"color","value":"red"}]',
    '[{"reference":"list","values":["a","b"]}]', '{"color":"red","weight":1.5}', '{"de":{"name":"x"}}', '[{"url":"u","sort_order":1}]', '[{"reference":"f1"}]', "[1]", '[{"id":1}]', '"plans"',
    '"A"', '"active"', '"DRAFT"', '"ACTIVE"', '"product"', '"plan"', '"simple"')]
WORDS = [json.dumps(w) for w in ("a", "b", "c", "Maker", "Brand", "x" * 255, "x" * 300, "ä", "名前", "a b", "'", "\\", '"', "%s", "$1", "; DROP", "null")]


def write(value):
    if isinstance(value, Raw):
        return value
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    # Pairs, so that a key may come twice.
    return "{" + ",".join(json.dumps(key) + ":" + write(member) for key, member in value.pairs) + "}"


class Object:
    def __init__(self, pairs):
        self.pairs = pairs


class Documents:
    def __init__(self, name, definition, random):
        self.name, self.definition, self.random = name, definition, random
        self.fields = definition["fields"]

    def value(self, field, depth=0):
        """Of its type, mostly."""
        r = self.random
        kind = field.get("type", "text")
        if r.random() < 0.06:
            return r.choice(VALUES)
        members = field.get("fields") or field.get("members")
        if members and depth < 4:
            made = [self.object(members, depth + 1) for _ in range(r.choice((0, 1, 1, 2, 3)))]
            return made if "list" in str(kind) or field.get("list") or kind in ("variants", "objects") else (made or [Object([])])[0]
        if "enum" in field and r.random() < 0.95:
            return Raw(json.dumps(r.choice(field["enum"])))
        small = r.randrange(12)
        if kind in ("integer", "bigint"):
            return Raw(str(small))
        if kind in ("decimal", "number", "numeric"):
            return Raw(r.choice((str(small), f"{small}.50", f"{small}e1", f'"{small}"')))
        if kind == "boolean":
            return Raw(r.choice(("true", "false")))
        if kind == "date":
            return Raw(f'"2024-01-{small + 10}"')
        if kind in ("timestamp", "timestamptz"):
            return Raw(f'"2024-01-{small + 10}T00:00:00Z"')
        if kind == "uuid":
            return Raw(f'"00000000-0000-4000-8000-0000000000{small:02}"')
        if kind in ("text_list", "texts", "list"):
            return [Raw(r.choice(WORDS)) for _ in range(r.randrange(4))]
        if kind in ("text", "string"):
            return Raw(json.dumps("v" + str(small)) if r.random() < 0.85 else r.choice(WORDS))
        return r.choice(VALUES)

    def object(self, fields, depth=0):
        r = self.random
        names = list(fields)
        wanted = [n for n in names if isinstance(fields[n], dict) and fields[n].get("required") and r.random() < 0.97]
        others = [n for n in r.sample(names, min(len(names), r.randrange(6))) if n not in wanted and (n != "id" or r.random() < 0.1)]
        return Object([(n, self.value(fields[n] if isinstance(fields[n], dict) else {}, depth)) for n in wanted + others])

    def one(self):
        document = self.object(self.fields)
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2, 3))):
            self.mutate(document)
        return write(document)

    def mutate(self, document):
        r = self.random
        places = []  # every pair and every item: where it stands, and at what place there

        def walk(value):
            if isinstance(value, Raw):
                return
            children = value.pairs if isinstance(value, Object) else value
            for i, child in enumerate(children):
                places.append((children, i, isinstance(value, Object)))
                walk(child[1] if isinstance(value, Object) else child)

        walk(document)
        if not places:
            document.pairs.append((r.choice(list(self.fields)), r.choice(VALUES)))
            return
        children, i, keyed = r.choice(places)
        was = children[i][1] if keyed else children[i]
        what = r.randrange(8)
        if what == 0:
            del children[i]
        elif what == 1:  # twice
            children.insert(i, children[i])
        elif what == 2 and keyed:  # another name
            children[i] = (r.choice(list(self.fields) + ["id", "sku", "reference", "", "a\u0000".strip("\u0000") + "b", "variants"]), was)
        elif what == 3:  # a nesting more, now and then a great many
            depth = r.choice((1, 1, 1, 1, 60, 600))
            new = Raw("[" * depth + write(was) + "]" * depth)
            children[i] = (children[i][0], new) if keyed else new
        elif what == 4:
            new = [was, was]
            children[i] = (children[i][0], new) if keyed else new
        else:
            new = r.choice(VALUES)
            children[i] = (children[i][0], new) if keyed else new


def broken(text, random):
    """Bytes of it changed, so that it is hardly JSON any more."""
    at = random.randrange(len(text) + 1)
    return random.choice((text[:at], text[:at] + random.choice(("{", "}", '"', "\\", "\\u0000", "\\ud800", ",", ":", "]", "e", "\u00e4", "\x7f")) + text[at:], text[:at] + text[at + 1:]))
