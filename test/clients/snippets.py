#!/usr/bin/env python3
"""Every piece of code in doc/ that is of a client's language stands in a page of examples/clients, line for line."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
languages = {"python": "py", "js": "js", "java": "java", "cpp": "cpp", "php": "php", "ruby": "rb", "go": "go", "ts": "ts"}


def lines_of(text):
    return "\n".join(line.strip() for line in text.splitlines()) + "\n"


failed = 0
for page in sorted(root.glob("doc/*.md")) + [root / "README.md"]:
    text = page.read_text()
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        language, code = found.groups()
        if language not in languages:
            continue
        pages = (root / "examples/clients").glob(f"**/*.{languages[language]}")
        if not any("\n" + lines_of(code) in "\n" + lines_of(each.read_text()) for each in pages):
            failed += 1
            print(f"{page.name}:{text.count(chr(10), 0, found.start()) + 1}: stands in no page of examples/clients")
sys.exit(failed > 0)
