#!/usr/bin/env python3
"""doc/errors.md has a section for each code of the source, with a mend, and for no other; and it has every SQLSTATE of theirs.
The messages that it shows are the source's. What is said of a field is its predicate: {sentence} in the profiles' errors puts the
field before it."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[1]
page = (root / "doc/errors.md").read_text()
source = (root / "src/core/value/failure.cpp").read_text()
names = source[source.index("const char* name(Code code)"):]
codes = set(re.findall(r'return "(\w+)"', names[:names.index("\n}")])) - {"invalid"}
sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.M | re.S))
wrong = [f"no section for the code {code}" for code in sorted(codes - set(sections))]
wrong += [f"there is no code {code} in the source" for code in sorted(set(sections) - codes)]
wrong += [f"{code}: no **Fix:**" for code, text in sections.items() if "**Fix:**" not in text]
literals = re.sub(r'"\s*\n\s*"', "", "".join(file.read_text() for file in sorted((root / "src").rglob("*.[ch]pp"))))
for code, text in sections.items():
    for message in re.findall(r"`([^`]+)`", "".join(re.findall(r"^\*\*Says:\*\* (.*)$", text, re.M))):
        pieces = [piece.strip(" ,") for piece in re.split("…|must be a (?:whole )?number|must be text", message)]
        wrong += [f"{code}: no message of the source has: {piece}" for piece in pieces if len(piece) > 4 and piece not in literals]
told = re.sub(r"//[^\n]*", "", "".join(re.sub(r'"\s*\n\s*"', "", file.read_text()) for file in sorted((root / "src").rglob("*.cpp"))))
verbs = re.compile(r"(?:is|was|has|had|must|cannot|would|does|names|wants|needs|finds|leads|contradicts)\b")
for field, message in re.findall(r'Code::\w+,\s*((?:[^,;"{}]|"[^"]*")+?),\s*(?:std::string\()?"([^"]+)"', told):
    wrong += [f"not what can be said of a field: {message}"] if field.strip() != '""' and not verbs.match(message) else []
header = (root / "src/core/value/failure.hpp").read_text()
states = re.findall(r"//\s+([0-9A-Z]{5})\b", header[header.index("enum class Refused"):header.index("class Refusal")])
wrong += [f"no SQLSTATE {state}" for state in states if not re.search(rf"^\|.*\b{state}\b.*\|.*\|$", page, re.M)]
print("\n".join(wrong) or f"{len(codes)} codes, {len(states)} SQLSTATEs")
sys.exit(bool(wrong))
