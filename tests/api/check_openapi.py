#!/usr/bin/python3
"""Holds what a server answered against schema/openapi.yaml.

    check_openapi.py OPENAPI [--log FILE]... [--routes FILE]

The file itself is always checked: references, names, examples, closed
objects. Then:

--log FILE     answers that were observed, one JSON object a line:
               {"method": "GET", "path": "/v1/admin/audit?limit=1",
                "status": 200, "content_type": "application/json",
                "body": "..."}
               body is the text as it came, or null when it was not kept (only
               for what is not JSON). Each answer must fit its route and
               status, and each documented route and status must have been
               seen.
--routes FILE  the server's own table, a line "METHOD PATTERN" each; it must
               be the file's.

Every finding is one line that begins with FAIL. The last line counts; the
exit status is 1 when there is a finding, 2 when nothing could be checked.

Needs Debian's python3-yaml and python3-jsonschema.
"""

import argparse
import json
import re
import sys

import jsonschema
import yaml

METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"
INTEGER_MAX = 2**53 - 1
# Where an answer outside the file is described, in the file.
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
ANYWHERE_SCHEMA = {"$ref": "#/components/schemas/ProblemAnywhere"}
UNKNOWN_PATH = "a path that is not in the file"
UNKNOWN_METHOD = "a method that is not in the file"


class Finding(Exception):
    """One sentence about one thing that is wrong."""


class Tally:
    """Cases by name: a case passes unless something was found about it."""

    def __init__(self):
        self.found = {}

    def case(self, name):
        self.found.setdefault(name, [])

    def fail(self, name, sentence):
        self.case(name)
        if sentence not in self.found[name]:
            self.found[name].append(sentence)

    def close(self):
        failed = 0
        for name, sentences in self.found.items():
            failed += bool(sentences)
            for sentence in sentences:
                print(f"FAIL {name}: {sentence}")
        print(f"{len(self.found) - failed} passed, {failed} failed")
        return 1 if failed or not self.found else 0


def check_pattern(validator, pattern, instance, schema):
    """Python's $ would let a line feed stand behind the end."""
    if isinstance(instance, str):
        if not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), instance):
            yield jsonschema.ValidationError(
                f"{instance!r} does not match {pattern!r}"
            )


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": check_pattern}
)


# Reading.


class StrictLoader(yaml.SafeLoader):
    """No dates (they are strings here), no key twice."""


StrictLoader.yaml_implicit_resolvers = {
    first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def strict_mapping(loader, node):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise Finding(f"line {node.start_mark.line + 1}: {key!r} twice")
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor("tag:yaml.org,2002:map", strict_mapping)


def unique(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise Finding(f"the member {key!r} stands there twice")
    return dict(pairs)


def no_number(text):
    raise Finding(f"{text} is no number of ours")


def integer(text):
    if abs(int(text)) > INTEGER_MAX:
        raise Finding(f"{text} is beyond 2^53 - 1")
    return int(text)


def parse_json(text):
    try:
        return json.loads(
            text,
            object_pairs_hook=unique,
            parse_int=integer,
            parse_float=no_number,
            parse_constant=no_number,
        )
    except ValueError as error:
        raise Finding(f"the body is not JSON ({error}): {text[:60]!r}")


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [(n, line.strip()) for n, line in enumerate(file, 1)]


# The file.


class Operation:
    def __init__(self, method, path, item, fields):
        self.method, self.path, self.fields = method.upper(), path, fields
        self.parameters = item.get("parameters", []) + fields.get(
            "parameters", []
        )
        self.name = f"{self.method} {path}"
        self.responses = fields.get("responses", {})

    def case(self, status):
        return f"{self.name} {status}"


class Spec:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.doc = yaml.load(file, StrictLoader)
        if not isinstance(self.doc, dict) or "paths" not in self.doc:
            raise Finding("no OpenAPI description: it has no paths")
        self.operations = [
            Operation(method, path, item, item[method])
            for path, item in self.doc["paths"].items()
            for method in METHODS
            if method in item
        ]
        self.schemas = self.doc.get("components", {}).get("schemas", {})

    def resolve(self, thing):
        """Follows $ref where it stands alone (responses, parameters)."""
        while isinstance(thing, dict) and set(thing) == {"$ref"}:
            thing = self.at(thing["$ref"])
        return thing

    def at(self, ref):
        thing = self.doc
        if not ref.startswith("#/"):
            raise Finding(f"$ref {ref} does not stay in this file")
        for part in ref[2:].split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(thing, dict) or part not in thing:
                raise Finding(f"$ref {ref} leads nowhere")
            thing = thing[part]
        return thing

    def validate(self, schema, value):
        """None, or where and why the value does not fit."""
        # The whole file around it gives "#/components/…" its meaning.
        validator = Validator({**self.doc, **schema})
        errors = list(validator.iter_errors(value))
        # A member that does not fit counts as unevaluated, too: an echo.
        errors = [
            e for e in errors if e.validator != "unevaluatedProperties"
        ] or errors
        if not errors:
            return None
        error = jsonschema.exceptions.best_match(errors)
        message = error.message
        if len(message) > 300:
            message = message[:300] + " …"
        return f"{error.json_path}: {message}"

    def rest_of(self, operation):
        """The path parameters that may contain slashes."""
        return {
            p["name"]
            for p in map(self.resolve, operation.parameters)
            if p.get("in") == "path" and p.get("x-rest")
        }

    def pattern(self, operation):
        """The path as the server's table spells it: {name*} for the rest."""
        path = operation.path
        for name in self.rest_of(operation):
            path = path.replace("{" + name + "}", "{" + name + "*}")
        return path

    def find(self, path):
        """The operations of the template that this path fits best."""
        fitting = []
        for operation in self.operations:
            parts = re.split(r"\{[^}]*\}", operation.path)
            names = re.findall(r"\{([^}]*)\}", operation.path)
            rest = self.rest_of(operation)
            expression = re.escape(parts[0])
            for name, literal in zip(names, parts[1:]):
                expression += ".+" if name in rest else "[^/]+"
                expression += re.escape(literal)
            if re.fullmatch(expression, path):
                fitting.append((len(names), operation))
        fewest = min((n for n, _ in fitting), default=0)
        return [operation for n, operation in fitting if n == fewest]


# The file by itself.


def walk(node, where="#"):
    yield where, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{where}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from walk(value, f"{where}/{i}")


def references(node):
    for where, part in walk(node):
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            yield where, part["$ref"]


def check_references(spec, tally):
    name = "every $ref leads somewhere, every component is used"
    tally.case(name)
    used = set()
    for where, ref in references(spec.doc):
        used.add(ref)
        try:
            spec.at(ref)
        except Finding as found:
            tally.fail(name, f"{where}: {found}")
    for kind, things in spec.doc.get("components", {}).items():
        for thing in things:
            ref = f"#/components/{kind}/{thing}"
            if kind != "securitySchemes" and ref not in used:
                tally.fail(name, f"{ref} is used nowhere")
    return not tally.found[name]


def faults_of(spec, operation):
    for field in ("operationId", "summary", "tags"):
        if not operation.fields.get(field):
            yield f"it has no {field}"
    declared = {
        p["name"]
        for p in map(spec.resolve, operation.parameters)
        if p.get("in") == "path"
    }
    for name in declared ^ set(re.findall(r"\{([^}]*)\}", operation.path)):
        yield f"parameter {name} is not both in its path and in its list"
    for status in operation.responses:
        if status != "default" and not re.fullmatch("[1-5][0-9]{2}", status):
            yield f"{status!r} is no status"
    schemes = spec.doc.get("components", {}).get("securitySchemes", {})
    needed = operation.fields.get("security", [])
    for scheme in {name for requirement in needed for name in requirement}:
        if scheme not in schemes:
            yield f"security scheme {scheme} is not known"
    if needed and "401" not in operation.responses:
        yield "it needs a token and has no 401"


def check_operations(spec, tally):
    name = "every operation is described"
    tally.case(name)
    identities = [o.fields.get("operationId") for o in spec.operations]
    for operation in spec.operations:
        for fault in faults_of(spec, operation):
            tally.fail(name, f"{operation.name}: {fault}")
        identity = operation.fields.get("operationId")
        if identities.count(identity) > 1:
            tally.fail(name, f"operationId {identity} is there twice")


def check_schemas(spec, tally):
    name = "every schema is one, every example fits"
    tally.case(name)
    for title, schema in spec.schemas.items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.exceptions.SchemaError as error:
            tally.fail(name, f"{title}: no JSON schema: {error.message}")
            continue
        for i, example in enumerate(schema.get("examples", [])):
            wrong = spec.validate(schema, example)
            if wrong is not None:
                tally.fail(name, f"{title}: example {i + 1}: {wrong}")


def is_open(schema):
    return (
        "properties" in schema
        and "additionalProperties" not in schema
        and "unevaluatedProperties" not in schema
    )


def check_closed(spec, tally):
    """What we answer has no members but those named, or says that it may."""
    name = "every object of an answer says whether it is closed"
    tally.case(name)
    seen = set()

    def visit(schema, where, is_closed):
        if not isinstance(schema, dict):
            return
        is_closed = is_closed or "unevaluatedProperties" in schema
        if is_open(schema) and not is_closed:
            tally.fail(name, f"{where} does not")
        if "$ref" in schema and (schema["$ref"], is_closed) not in seen:
            seen.add((schema["$ref"], is_closed))
            visit(spec.at(schema["$ref"]), schema["$ref"], is_closed)
        for i, part in enumerate(schema.get("allOf", [])):
            visit(part, f"{where}/allOf/{i}", is_closed or i > 0)
        for i, part in enumerate(schema.get("oneOf", [])):
            visit(part, f"{where}/oneOf/{i}", is_closed)
        for key, part in schema.get("properties", {}).items():
            visit(part, f"{where}/{key}", False)
        visit(schema.get("items"), f"{where}/items", False)
        visit(schema.get("additionalProperties"), f"{where}/*", False)

    for operation in spec.operations:
        for status, response in operation.responses.items():
            content = spec.resolve(response).get("content", {})
            for media in content.values():
                visit(media.get("schema"), operation.case(status), False)


def check_file(spec, tally):
    # Without its references nothing else can be judged.
    if check_references(spec, tally):
        check_operations(spec, tally)
        check_schemas(spec, tally)
        check_closed(spec, tally)


# What was observed.


def check_body(spec, content, status, kind, body):
    """Raises a Finding when the body is not as its media type says."""
    if kind not in content:
        expected = " or ".join(content) or "no body"
        raise Finding(f"its content type is {kind}, not {expected}")
    schema = content[kind].get("schema", {})
    if kind.endswith("json") and status != 206:
        if body is None:
            raise Finding("its body was not kept")
        value = parse_json(body)
    elif body is None:
        return
    else:
        value = body
    wrong = spec.validate(schema, value)
    if wrong is not None:
        raise Finding(wrong)
    if kind == PROBLEM and value["status"] != status:
        raise Finding(f"the problem says status {value['status']}")


def check_empty(kind, body):
    if kind is not None or body not in (None, ""):
        raise Finding("it has a body where none belongs")


def check_head(entry):
    if entry["body"] not in (None, ""):
        raise Finding("HEAD has a body")


def check_outside(spec, entry, kind, wanted):
    """A path (wanted is 404) or a method (405) that the file does not have."""
    status = entry["status"]
    if entry["method"] == "HEAD":
        check_head(entry)
    elif entry["method"] == "OPTIONS" and wanted == 405:
        if status != 204:
            raise Finding("OPTIONS is answered by 204")
        check_empty(kind, entry["body"])
    else:
        schema = PROBLEM_SCHEMA if status == wanted else ANYWHERE_SCHEMA
        content = {PROBLEM: {"schema": schema}}
        check_body(spec, content, status, kind, entry["body"])


def check_inside(spec, operation, entry, kind):
    status = str(entry["status"])
    is_documented = status in operation.responses
    response = operation.responses.get(
        status, operation.responses.get("default")
    )
    if response is None:
        raise Finding("this status is not documented")
    content = spec.resolve(response).get("content", {})
    try:
        if entry["method"] == "HEAD":
            check_head(entry)
        elif content:
            check_body(spec, content, int(status), kind, entry["body"])
        else:
            check_empty(kind, entry["body"])
    except Finding:
        if is_documented:
            raise
        # Why it is none of the default's either would only distract.
        code = re.search(r'"code": *"([^"]*)"', entry["body"] or "")
        raise Finding(
            "this status is not documented"
            + (f" (code {code.group(1)})" if code else "")
        )


def check_entry(spec, entry, seen, tally):
    """Checks one answer and adds what it is an answer of to `seen`."""
    method, status = entry["method"], entry["status"]
    path = entry["path"].split("?")[0]
    kind = entry["content_type"]
    kind = kind.split(";")[0].strip().lower() if kind else None
    operations = spec.find(path)
    asked = "GET" if method == "HEAD" else method
    operation = next((o for o in operations if o.method == asked), None)
    try:
        if operation is not None:
            case = operation.case(status)
            check_inside(spec, operation, entry, kind)
        else:
            case, wanted = (
                (UNKNOWN_METHOD, 405) if operations else (UNKNOWN_PATH, 404)
            )
            check_outside(spec, entry, kind, wanted)
            if status != wanted:
                return
    except Finding as found:
        tally.fail(case, f"{method} {path} {status}: {found}")
    if method != "HEAD":
        seen.add(case)


FIELDS = {
    "method": str,
    "path": str,
    "status": int,
    "content_type": (str, type(None)),
    "body": (str, type(None)),
}


def parse_entry(line):
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise Finding(f"the line is not JSON ({error})")
    for field, wanted in FIELDS.items():
        if not isinstance(entry, dict) or not isinstance(
            entry.get(field, ...), wanted
        ):
            raise Finding(f"the line has no good {field!r}")
    return entry


def check_logs(spec, paths, tally):
    seen = set()
    for path in paths:
        name = f"log {path}"
        tally.case(name)
        lines = [(n, line) for n, line in read_lines(path) if line]
        if not lines:
            tally.fail(name, "it is empty")
        for n, line in lines:
            try:
                check_entry(spec, parse_entry(line), seen, tally)
            except Finding as found:
                tally.fail(name, f"line {n}: {found}")
    documented = [
        operation.case(status)
        for operation in spec.operations
        for status in operation.responses
        if status != "default"
    ]
    for case in documented + [UNKNOWN_PATH, UNKNOWN_METHOD]:
        tally.case(case)
        if case not in seen and not tally.found[case]:
            tally.fail(case, "documented, never seen")


# The server's table.


def shape(pattern):
    return re.sub(r"\{[^}*]*(\*?)\}", r"{\1}", pattern)


def read_routes(path):
    routes = []
    for n, line in read_lines(path):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or not words[1].startswith("/"):
            raise Finding(f"line {n}: a line is METHOD PATTERN, not {line!r}")
        routes.append((words[0], words[1]))
    return routes


def check_routes(spec, path, tally):
    name = f"routes {path}"
    tally.case(name)
    try:
        routes = read_routes(path)
    except Finding as found:
        tally.fail(name, str(found))
        return
    if not routes:
        tally.fail(name, "it is empty")
    served = {(m, shape(p)): p for m, p in routes}
    described = {
        (o.method, shape(spec.pattern(o))): spec.pattern(o)
        for o in spec.operations
    }
    for key, pattern in served.items():
        case = f"route {key[0]} {pattern}"
        tally.case(case)
        if key not in described:
            tally.fail(case, "the server has it, the file does not")
        elif described[key] != pattern:
            tally.fail(case, f"the file spells it {described[key]}")
    for key, pattern in described.items():
        if key not in served:
            tally.fail(
                f"route {key[0]} {pattern}",
                "the file has it, the server does not",
            )


def main():
    parser = argparse.ArgumentParser(
        description="Holds a server's answers against its OpenAPI file."
    )
    parser.add_argument("openapi")
    parser.add_argument("--log", action="append", default=[])
    parser.add_argument("--routes")
    options = parser.parse_args()
    tally = Tally()
    try:
        spec = Spec(options.openapi)
        check_file(spec, tally)
        if options.log:
            check_logs(spec, options.log, tally)
        if options.routes:
            check_routes(spec, options.routes, tally)
    except (Finding, OSError, yaml.YAMLError) as error:
        tally.fail(options.openapi, " ".join(str(error).split()))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
