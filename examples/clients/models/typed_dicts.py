"""Types for Python of what a profile says: reads product_profile_schema(…) and prints a module with Document and Product.

    psql -XAtc "SELECT product_profile_schema('catalog')" | python3 typed_dicts.py > catalog.py
"""
import json
import sys

NAMES = {"string": "str", "integer": "int", "number": "Number", "boolean": "bool", "null": "None"}
named = []  # every TypedDict, inner ones first


def union(types):
    types = list(dict.fromkeys(types))
    return "Any" if "Any" in types else types[0] if len(types) == 1 else f"Union[{', '.join(types)}]"


def type_of(schema, name):
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        words = [repr(word) for word in schema["enum"] if word is not None]
        return union([f"Literal[{', '.join(words)}]"] + ["None"] * (None in schema["enum"]))
    if "type" not in schema and "anyOf" in schema:
        return union([type_of(each, name) for each in schema["anyOf"]])
    kinds = schema.get("type", [])
    return union([one_type(kind, schema, name) for kind in ([kinds] if isinstance(kinds, str) else kinds)] or ["Any"])


def one_type(kind, schema, name):
    if kind == "array":
        return f"List[{type_of(schema.get('items', {}), name)}]"
    if kind != "object":
        return NAMES[kind]
    if "properties" in schema:
        return typed_dict(schema, name)
    further = schema.get("additionalProperties")
    return f"Dict[str, {type_of(further, name) if isinstance(further, dict) else 'Any'}]"


def typed_dict(schema, name):
    required = set(schema.get("required", []))
    members = [f'    "{member}": ' + (type_of(each, name + member.title().replace("_", "")) if member in required else
                                      f"NotRequired[{type_of(each, name + member.title().replace('_', ''))}]") + ",\n"
               for member, each in schema["properties"].items() if not each.get("readOnly")]
    text = "TypedDict(\"%s\", {\n" + "".join(members) + "})\n"
    name = next(n for n in [name] + [f"{name}{i}" for i in range(2, 99)] if all(n != other or text == it for other, it in named))
    if (name, text) not in named:
        named.append((name, text))
    return name


schema = json.load(sys.stdin)
for each in ("Document", "Product"):
    type_of(schema["components"]["schemas"][each], each)
print(f'''"""Documents and products of the profile {schema["info"]["title"]}. Made by typed_dicts.py; not to be edited."""
from decimal import Decimal
from typing import Any, Dict, List, Literal, NotRequired, TypedDict, Union

Number = Union[int, float, Decimal]
''')
for name, text in named:
    print(f"{name} = {text % name}")
