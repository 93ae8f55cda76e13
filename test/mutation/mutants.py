"""The mutants of a source file: what could be changed in it, one thing at a time.

Text alone is read, so what is found here need not compile. A place is a region of the text in which a mutant can be
chosen while the program runs (weave.py): a condition, what is returned, what a variable begins with, a statement.
"""
import re
from dataclasses import dataclass

# What is never a decision: no mutant of these lines tells anything.
SKIPPED = re.compile(r"^\s*(//|#|\*|}(?! else if)|namespace |using |static_assert|template|class |struct |enum |case .*:$|public:|private:)|\.reserve\(|PRODUCT_UPSERT_ASSERT")
SWAPS = [
    ("<", re.compile(r" <(?=\s)"), " <="),
    ("<=", re.compile(r" <=(?=\s)"), " <"),
    (">", re.compile(r" >(?=\s)"), " >="),
    (">=", re.compile(r" >=(?=\s)"), " >"),
    ("==", re.compile(r" ==(?=\s)"), " !="),
    ("!=", re.compile(r" !=(?=\s)"), " =="),
    ("+ 1", re.compile(r" \+ 1\b(?!')"), " + 0"),
    ("- 1", re.compile(r" - 1\b(?!')"), " - 0"),
    ("true", re.compile(r"\btrue\b"), "false"),
    ("false", re.compile(r"\bfalse\b"), "true"),
    ("|=", re.compile(r" \|=(?=\s)"), " ="),
    ("&=", re.compile(r" &=(?=\s)"), " ="),
    ("+=", re.compile(r" \+=(?=\s)"), " ="),
]
STATEMENT = re.compile(r"(?m)^[ \t]+(?!return\b|throw\b|using\b|delete\b|default\b|goto\b|const\b|auto\b|static\b|else\b|case\b|if\b|for\b|while\b|switch\b|do\b)"
                       r"(?=(?:\+\+|--|\*?\(?[A-Za-z_][\w:]*(?:\.|->|\[|\(|\+\+|--| [-+*/|&]?= )|(?:continue|break);))")


@dataclass(frozen=True)
class Region:
    """text[start:end]; what: condition, value or statement."""
    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Mutant:
    path: str
    kind: str
    start: int  # text[start:end] becomes `into`
    end: int
    into: str
    region: Region | None
    line: int  # from 1
    was: str
    changed: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.kind}: {self.was}  =>  {self.changed}"

    def known_as(self):
        """Without the line's number, which other changes of the file move."""
        return f"{self.path}: {self.kind}: {self.was}  =>  {self.changed}"


def masked(text):
    """The text with what stands in quotes, comments and directives blotted out, of the same length."""
    quoted = r'R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|^[ \t]*#[^\n]*'
    return re.sub("(?m)" + quoted, lambda m: re.sub(r"[^\n]", "\x00", m.group(0)), text)


def closing(seen, at):
    """Where the bracket that opens at `at` closes, or -1."""
    depth = 0
    for i in range(at, len(seen)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(seen[i], 0)
        if depth == 0:
            return i
    return -1


def semicolon(seen, at):
    """The first `;` after `at` that stands in no bracket opened since, or -1."""
    depth = 0
    for i in range(at, len(seen)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(seen[i], 0)
        if depth < 0:
            return -1
        if depth == 0 and seen[i] == ";":
            return i
    return -1


def has_body(inside):
    """A constructor, not a statement."""
    depth = 0
    for c in inside:
        if c == "{" and depth == 0:
            return True
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0)
    return False


def is_condition(inside):
    return ";" not in inside.split("{")[0] and not re.search(r"[^=!<>]=[^=]", inside.split("[&")[0])


def regions(seen):
    for m in re.finditer(r"\b(?:if|while) \(", seen):
        end = closing(seen, m.end() - 1)
        if end > 0 and is_condition(seen[m.end(): end]):
            yield Region(m.end(), end, "loop" if m.group(0)[0] == "w" else "condition")
    for m in re.finditer(r"\bfor \(", seen):
        end, first = closing(seen, m.end() - 1), semicolon(seen, m.end())
        second = semicolon(seen, first + 1) if 0 < first < end else -1
        if 0 < second < end and seen[first + 1: second].strip():
            yield Region(first + 1, second, "loop")
    for m in re.finditer(r"\breturn (?=[^;])|(?<![=!<>]) =\s+", seen):
        end = semicolon(seen, m.end())
        if end > 0 and seen[m.end()] != "{":
            yield Region(m.end(), end, "value")
    for m in STATEMENT.finditer(seen):
        end = semicolon(seen, m.end())
        before = seen[: m.start()].replace("\x00", " ").rstrip()
        begins = before[-1:] in tuple(";{}):") or before.endswith("else")
        if begins and end > 0 and not has_body(seen[m.end(): end]):
            yield Region(m.end(), end + 1, "statement")


def operands(seen, start, end):
    """Of a && b, a || b at any depth of parentheses: each operand with what makes it of no account."""
    depth, pieces, begin = 0, [], start  # what stands between commas, and the parts of a ? b : c, each for itself
    for i in range(start, end):
        if seen[i] in "([{":
            if depth == 0 and seen[i] == "(":
                yield from operands(seen, i + 1, closing(seen, i))
            depth += 1
        elif seen[i] in ")]}":
            depth -= 1
        elif depth == 0 and seen[i] in ",?:;" and ":" not in (seen[i - 1], seen[i + 1]):
            pieces.append((begin, i))
            begin = i + 1
    for begin, stop in [*pieces, (begin, end)]:
        yield from operands_of(seen, begin, stop)


def operands_of(seen, start, end):
    depth, cuts = 0, {"||": [], "&&": []}
    for i in range(start, end):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(seen[i], 0)
        if depth == 0 and seen[i: i + 2] in cuts:
            cuts[seen[i: i + 2]].append(i)
    word = "||" if cuts["||"] else "&&"
    if not cuts[word]:
        return
    for begin, stop in zip([start, *(c + 2 for c in cuts[word])], [*cuts[word], end]):
        while begin < stop and seen[begin].isspace():
            begin += 1
        while stop > begin and seen[stop - 1].isspace():
            stop -= 1
        yield begin, stop, word
        if word == "||":
            yield from operands_of(seen, begin, stop)


def changes(seen, every):
    """(kind, start, end, into) of all that could be changed."""
    for kind, pattern, into in SWAPS:
        for m in pattern.finditer(seen):
            yield kind, m.start(), m.end(), into
    for m in re.finditer(r"(?<=[(& |])!(?=[\w(])", seen):
        yield "!", m.start(), m.end(), ""
    for region in every:
        if region.what == "condition":
            yield "never", region.start, region.end, "false"
            yield "always", region.start, region.end, "true"
        elif region.what == "loop":
            yield "never", region.start, region.end, "false"
        elif region.what == "statement":
            yield "left out", region.start, region.end, ";"
        if region.what in ("condition", "loop", "value"):
            for start, end, word in operands(seen, region.start, region.end):
                yield "operand", start, end, {"&&": "true", "||": "false"}[word]


def mutants(path, text):
    seen = masked(text)
    every = sorted(set(regions(seen)), key=lambda r: r.end - r.start)
    known = set()
    for kind, start, end, into in sorted(changes(seen, every), key=lambda c: (c[1], c[2], c[0])):
        begins = text.rfind("\n", 0, start) + 1
        ends = text.find("\n", end)
        if SKIPPED.search(text[begins: text.find("\n", start)]) or (start, end, into) in known:
            continue
        if text[start:end] in ("true", "false") and kind in ("never", "always"):
            continue  # while (true)
        known.add((start, end, into))
        region = next((r for r in every if r.start <= start and end <= r.end), None)
        short = lambda s: re.sub(r"\s+", " ", s).strip()
        yield Mutant(path, kind, start, end, into, region, text.count("\n", 0, start) + 1,
                     short(text[begins:ends]), short(text[begins:start] + into + text[end:ends]))
