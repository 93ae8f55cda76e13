"""Holds descriptions of profiles (product_profile_schema) against OpenAPI 3.1 itself and against what was asked and answered.

check.py SCHEMAS REQUESTS    SCHEMAS: a JSON object, profile's name to its description; REQUESTS: lines of psql with "REQUEST {...}"
Prints TAP's lines but for the plan: one for each description, one for each profile's requests.
"""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator, RefResolver  # what newer versions put in its place, Debian 12 has not

# What a schema can say; the rest is the database's to know.
SAID_BY_SCHEMA = {"type", "too_long", "enum", "unknown_field"}
OPENAPI = Draft202012Validator(json.loads((pathlib.Path(__file__).parent / "openapi-3.1.json").read_text()))
ERRORS = 5  # told of one check


def faults_of(validator, value):
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]


class Description:
    def __init__(self, whole):
        self.whole = whole
        self.resolver = RefResolver("", whole)
        self.paths = []
        for path in whole["paths"]:
            pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path))
            prefix = "(/.*)?" if "servers" in whole else ""
            self.paths.append((-len(re.findall(r"\{", path)), re.compile(f"^{prefix}{pattern}$"), path))
        self.paths.sort(key=lambda p: p[0], reverse=True)

    def validator(self, schema):
        return Draft202012Validator(schema, resolver=self.resolver)

    def faults(self):
        """What is wrong with it as an OpenAPI description."""
        found = faults_of(OPENAPI, self.whole)
        for name, schema in self.whole["components"]["schemas"].items():
            found += [f"{name}: {e.message}" for e in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema)]
        operations = [o for item in self.whole["paths"].values() for o in item.values()]
        names = [o["operationId"] for o in operations]
        found += [f"operation {name} stands twice" for name in set(names) if names.count(name) > 1]
        for operation in operations:
            said = [(p["in"], p["name"].lower()) for p in operation.get("parameters", [])]
            found += [f"{operation['operationId']}: {p} stands twice" for p in set(said) if said.count(p) > 1]
        for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(self.whole)):
            place = self.whole
            for step in reference.split("/"):
                place = place.get(step) if isinstance(place, dict) else None
            if place is None:
                found.append(f"#/{reference} is nothing")
        return found

    def operation(self, method, path):
        """The operation that answers, or None; and whether the path is known."""
        path = path.split("?")[0]
        for _, pattern, name in self.paths:
            if pattern.match(path):
                return self.whole["paths"][name].get(method.lower()), True
        return None, False

    def request_faults(self, request):
        status, answer = request["status"], request["answer"]
        method = (request["method"] or "").upper()
        operation, known = self.operation(method, request["path"] or "")
        if operation is None:
            if answer is None and method in ("HEAD", "OPTIONS"):
                return []
            name = f"Error{status}"
            if name not in self.whole["components"]["schemas"]:
                return [f"{status} is not told, of {'a method' if known else 'a path'}"]
            return faults_of(self.validator({"$ref": f"#/components/schemas/{name}"}), answer)
        told = operation["responses"].get(str(status))
        if told is None:
            return [f"status {status} is not told"]
        found = []
        if "content" in told:
            found += faults_of(self.validator(told["content"]["application/json"]["schema"]), answer)
        elif answer is not None:
            found.append(f"status {status} has a body")
        return found + self.body_faults(operation, request)

    def body_faults(self, operation, request):
        """What is accepted is what the schema takes, and what is refused for something that schemas say, it refuses."""
        if "requestBody" not in operation or request["body"] is None:
            return []
        try:
            body = json.loads(request["body"])
        except ValueError:
            return []
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        refused = faults_of(self.validator(schema), body)
        if request["status"] < 300:
            return [f"accepted, but the schema refuses the body: {f}" for f in refused]
        answer = request["answer"] or {}
        errors = answer.get("errors", answer.get("violations", [])) if isinstance(answer, dict) else []
        told = [e for e in errors if isinstance(e, dict) and e.get("code") in SAID_BY_SCHEMA]
        documents = body.get("body", [body]) if isinstance(body, dict) else body
        said = {member for d in documents if isinstance(d, dict) for member in d} if isinstance(documents, list) else set()
        fields = [(e.get("field") or e.get("propertyPath") or "").split(".")[0] for e in told]
        # Of the body, not of a parameter; what custom fields may be the database alone knows.
        told = [e for e, f in zip(told, fields) if f in said and not re.match("custom_?fields", f, re.I)]
        if told and not refused:
            return [f"refused for what schemas say, but the schema takes the body: {told}"]
        return []


def main(schemas, requests):
    descriptions = {name: Description(whole) for name, whole in json.load(open(schemas, encoding="utf-8")).items()}
    failed = 0

    def report(name, found):
        nonlocal failed
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} - {name}")
        for fault in found[:ERRORS]:
            print(f"# {fault}")

    for name, description in sorted(descriptions.items()):
        report(f"{name}: an OpenAPI 3.1 description", description.faults())
    found, asked, others = {}, {}, {}
    for line in open(requests, encoding="utf-8"):
        place = line.find("REQUEST {")
        if place < 0:
            continue
        request = json.loads(line[place + 8:])
        name = request["profile"]
        if name is None:  # the setting's
            continue
        description = descriptions.get(name)
        if request["schema"]:
            key = json.dumps(request["schema"])
            if key not in others:
                others[key] = Description(request["schema"])
                report(f"{name}: an OpenAPI 3.1 description, of a test's own", others[key].faults())
            description = others[key]
        asked[name] = asked.get(name, 0) + 1
        call = f"{request['method']} {request['path']} {(request['body'] or '')[:200]}"
        found.setdefault(name, []).extend(f"{call}: {f}" for f in description.request_faults(request))
    for name in sorted(asked):
        report(f"{name}: {'all' if asked[name] else 'no'} requests and answers are as described", found[name])
        print(f"# {asked[name]} requests")
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
