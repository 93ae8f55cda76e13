"""A copy of the sources in which every mutant is compiled in, and chosen by the environment variable MUTANT.

So a mutant costs no compiling, and only the tests that reach its place. What cannot be chosen while the program runs
(a constant expression, a table) is compiled alone: one file, without optimization, linked before the library.
"""
import collections
import hashlib
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import time

from mutants import masked, mutants

HEADER = """#pragma once
namespace mutation {
inline constexpr int kMost = 1 << 16;
extern int chosen;
extern unsigned char reached[kMost];
void choose();
inline bool on(int number) {
  if (chosen < 0) choose();
  reached[number] = 1;
  return chosen == number;
}
}  // namespace mutation
"""


def bounded():
    """A mutant that allocates without end shall not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write_if_other(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def copy_if_other(source, target):
    """What has not changed keeps its time, so that it is not compiled again; what is gone goes."""
    wanted = {p.relative_to(source) for p in source.rglob("*") if p.is_file() and p.suffix not in (".o", ".d", ".bc")}
    for path in [p for p in target.rglob("*") if p.is_file() and p.relative_to(target) not in wanted]:
        path.unlink()
    for path in wanted:
        there = target / path
        if not there.exists() or there.read_bytes() != (source / path).read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / path, there)


class File:
    """A source file, its mutants, and the regions in which the compiler did not take them."""

    def __init__(self, path, text, first):
        self.path, self.text, self.first, self.seen = path, text, first, masked(text)
        self.mutants = list(mutants(path, text))
        self.numbers = {m: first + i for i, m in enumerate(self.mutants)}
        self.dropped = set()

    def kept(self):
        places = collections.defaultdict(list)
        for mutant in self.mutants:
            if mutant.region and mutant.region not in self.dropped:
                places[mutant.region].append(mutant)
        return places

    def one_line(self, start, end):
        """Without comments and line ends, for what is written in front of the original."""
        text = "".join(" " if s == "\n" or (s == "\x00" and self.in_comment(i)) else self.text[i]
                       for i, s in enumerate(self.seen[start:end], start))
        return re.sub(r"\s*\n\s*", " ", text)

    def in_comment(self, at):
        begins = self.seen.rfind("\n", 0, at) + 1
        while at > begins and self.seen[at - 1] == "\x00":
            at -= 1
        return self.text[at: at + 2] == "//"

    def woven(self, absolute):
        before, after = collections.defaultdict(list), collections.defaultdict(list)
        for region, inside in self.kept().items():
            def changed(m):
                return (self.one_line(region.start, m.start) + m.into + self.one_line(m.end, region.end)).strip()
            chosen = [(f"mutation::on({self.numbers[m]})", changed(m)) for m in inside]
            if region.what == "statement":
                opens = "{ " + "".join(f"if ({on}) {{ {text} }} else " for on, text in chosen) + "{ "
                closes = " } }"
            elif region.what == "value":
                opens, closes = "(" + "".join(f"{on} ? ({text}) : " for on, text in chosen) + "(", "))"
            else:
                opens = "(" + "".join(f"{on} ? static_cast<bool>({text}) : " for on, text in chosen) + "static_cast<bool>("
                closes = "))"
            before[region.start].append((region.end, opens))
            after[region.end].append((region.start, closes))
        made, last = [], 0
        for at in sorted(set(before) | set(after)):
            made.append(self.text[last:at])
            made += [text for _, text in sorted(after[at], reverse=True)]  # what began last ends first
            made += [text for _, text in sorted(before[at], reverse=True)]  # what ends last begins first
            last = at
        made.append(self.text[last:])
        return f'#include "core/value/chosen_mutant.hpp"\n#line 1 "{absolute}"\n' + "".join(made)

    def drop(self, lines):
        """The regions of these lines, or all where none stands there. False where there is nothing left to drop."""
        kept = self.kept()
        line_of = lambda at: self.text.count("\n", 0, at) + 1
        there = {r for r in kept if any(line_of(r.start) <= line <= line_of(r.end) for line in lines)}
        self.dropped |= there or set(kept)
        return bool(kept)


class Tree:
    def __init__(self, root, folder, jobs, slowest=1e9, lowest_only=False):
        """folder is kept up to date: what has not changed since the last time is not compiled again.

        slowest: tests that take more seconds are not asked.
        lowest_only: of src/core the rooms that need no other, and the tests of the lowest.
        """
        self.root, self.folder, self.jobs, self.slowest = root, folder, jobs, slowest
        self.build = folder / "build"
        self.copy(lowest_only)
        self.recall(lowest_only)
        self.configure()
        self.compile_all()
        self.measure()

    def sources(self, lowest_only):
        return [p for p in sorted((self.root / "src/core").glob("*/*.cpp")) if not lowest_only or p.parent.name in ("value", "catalogue")]

    def copy(self, lowest_only):
        for name in ("test/unit", "test/fixtures", "sql", "examples", "doc"):
            copy_if_other(self.root / name, self.folder / name)
        for header in (self.root / "src/core").glob("*/*.hpp"):
            write_if_other(self.folder / header.relative_to(self.root), header.read_text())
        wanted = {self.folder / p.relative_to(self.root) for p in self.sources(lowest_only)}
        for path in wanted:
            if not path.exists():
                path.touch()  # for the lists of CMake; woven later
        for path in set((self.folder / "src/core").glob("*/*.cpp")) - wanted:
            path.unlink()
        write_if_other(self.folder / "src/core/value/chosen_mutant.hpp", HEADER)
        for path in (self.folder / "test/unit").iterdir() if lowest_only else ():
            if path.name != "value":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        write_if_other(self.folder / "test/unit/mutation/reached.cpp", (self.root / "test/mutation/reached.cpp").read_text())
        write_if_other(self.folder / "product_upsert.control", (self.root / "product_upsert.control").read_text())
        # Each file of the core is an object of its own, for those that are linked alone; ctest is not asked.
        lists = (self.root / "CMakeLists.txt").read_text()
        lists = lists.replace("  unite(core ${core_sources})\n", "").replace("  gtest_discover_tests(", "  #")
        write_if_other(self.folder / "CMakeLists.txt", lists)

    def recall(self, lowest_only):
        """The numbers that mutants had the last time, so that only the files that changed are compiled again."""
        self.memory = self.folder / "woven.json"
        known = json.loads(self.memory.read_text()) if self.memory.exists() else {}
        self.files, free = {}, max([1, *(told["first"] + told["room"] for told in known.values())])
        for path in self.sources(lowest_only):
            name, text = str(path.relative_to(self.root)), path.read_text()
            told = known.get(name)
            file = File(name, text, told["first"] if told else free)
            if told is None or told["room"] < len(file.mutants):
                file = File(name, text, free)
                told = {"room": len(file.mutants) * 5 // 4 + 16, "text": "", "dropped": []}
                free += told["room"]
            file.room = told["room"]
            if told["text"] == hashlib.sha256(text.encode()).hexdigest():
                file.dropped = {m.region for m in file.mutants if m.region and [m.region.start, m.region.end] in told["dropped"]}
            self.files[name] = file

    def remember(self):
        self.memory.write_text(json.dumps({f.path: {"first": f.first, "room": f.room, "text": hashlib.sha256(f.text.encode()).hexdigest(),
                                                    "dropped": sorted([r.start, r.end] for r in f.dropped)}
                                           for f in self.files.values()}))

    def configure(self):
        environment = {k: v for k, v in os.environ.items() if k not in ("CXXFLAGS", "CMAKE_BUILD_TYPE", "CI")}
        linker = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"] if shutil.which("ld.lld") else []
        subprocess.run(["cmake", "-S", self.folder, "-B", self.build, "-G", "Unix Makefiles", "-DCMAKE_BUILD_TYPE=None",
                        "-DCMAKE_CXX_FLAGS=-O1 -w", "-DPRODUCT_UPSERT_UNITY=ON", *linker],
                       check=True, stdout=subprocess.DEVNULL, env=environment)

    def compile_all(self):
        while True:
            for file in self.files.values():
                write_if_other(self.folder / file.path, file.woven(self.folder / file.path))
            made = subprocess.run(["cmake", "--build", self.build, "--target", "core", f"-j{self.jobs}", "--", "-k"],
                                  capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
            if made.returncode == 0:
                break
            at, near = collections.defaultdict(set), collections.defaultdict(set)
            for name, line, error in re.findall(rf"(?m)^{re.escape(str(self.folder))}/(src/core/\S+\.cpp):(\d+):(?:\d+:)?\s+(error)?", made.stderr):
                (at if error else near)[name].add(int(line))
            failed = set(re.findall(r"CMakeFiles/core\.dir/(src/core/\S+\.cpp)\.o\] Error", made.stderr))
            if not failed or not all([self.files[name].drop(at[name] or near[name]) for name in failed]):
                sys.exit("mutate: the tree does not build:\n" + made.stderr[-3000:])
            self.remember()
            (self.folder / "errors.log").write_text(made.stderr)
        self.remember()
        made = subprocess.run(["cmake", "--build", self.build, "--target", "unit_tests", f"-j{self.jobs}"], capture_output=True, text=True)
        if made.returncode != 0:
            sys.exit("mutate: the tree does not build:\n" + made.stderr[-3000:])
        self.commands = {c["file"]: c for c in json.loads((self.build / "compile_commands.json").read_text())}
        self.linking = shlex.split((self.build / "CMakeFiles/unit_tests.dir/link.txt").read_text())

    def measure(self):
        """How long each test takes, and the mutants that it reaches. A test that fails as it is is not asked."""
        bounded()
        told = self.folder / "reached.tsv"
        ran = subprocess.run([self.build / "unit_tests", "--gtest_brief=1"], cwd=self.build, capture_output=True, text=True,
                             env=os.environ | {"MUTANTS_REACHED": str(told)})
        if ran.returncode != 0:
            print("mutate: tests fail as it is, and are not asked:\n" + ran.stdout[-5000:], flush=True)
        self.times, self.reached_by, self.before_all = {}, collections.defaultdict(list), set()
        for line in told.read_text().splitlines():
            name, milliseconds, passes, numbers = line.split("\t")
            if not name:
                self.before_all = {int(n) for n in numbers.split()}
            elif passes == "1":
                self.times[name] = int(milliseconds) / 1000
                for number in numbers.split():
                    self.reached_by[int(number)].append(name)

    def is_unreached(self, mutant):
        file = self.files[mutant.path]
        number = file.numbers[mutant]
        return (mutant.region is not None and mutant.region not in file.dropped
                and number not in self.before_all and number not in self.reached_by)

    def fails(self, program, tests, number=0):
        """The quick ones first, since most mutants are noticed at once."""
        for least, most in ((0, 0.02), (0.02, 0.3), (0.3, self.slowest)):
            some = [t for t in tests if least <= self.times[t] < most]
            if not some:
                continue
            flags = self.folder / f"flags.{os.getpid()}.{program.name}.{number}"  # of those compiled alone several run at a time
            flags.write_text("--gtest_filter=" + ":".join(some) + "\n--gtest_brief=1\n--gtest_fail_fast\n")
            try:
                if subprocess.run([program, f"--gtest_flagfile={flags}"], timeout=10 + 10 * sum(self.times[t] for t in some), cwd=self.build,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=os.environ | {"MUTANT": str(number)}).returncode != 0:
                    return True
            except subprocess.TimeoutExpired:
                return True
            finally:
                flags.unlink()
        return False

    def verdict(self, mutant):
        file = self.files[mutant.path]
        number = file.numbers[mutant]
        if mutant.region is None or mutant.region in file.dropped:
            return self.verdict_alone(mutant, number)
        tests = self.reached_by[number]
        if self.fails(self.build / "unit_tests", tests, number):
            return "killed"
        # What is computed once for all tests, as a profile is, is reached by the first of them, or before it.
        if (len(tests) < 5 or "compile" in mutant.path or "/profile/" in mutant.path) and (tests or number in self.before_all):
            rest = [t for t in self.times if t not in tests]
            if self.fails(self.build / "unit_tests", rest, number):
                return "killed"
        return "survived" if tests or number in self.before_all else "survived, reached by no test"

    def verdict_alone(self, mutant, number):
        text = self.files[mutant.path].text
        command = self.commands[str(self.folder / mutant.path)]
        place = self.folder / "alone"
        place.mkdir(exist_ok=True)
        source, made, program = (place / f"{number}{suffix}" for suffix in (".cpp", ".o", ""))
        try:
            source.write_text(text[: mutant.start] + mutant.into + text[mutant.end:])
            words = shlex.split(command["command"])
            words[words.index("-o") + 1] = str(made)
            words = [str(source) if w == command["file"] else "-O0" if w == "-O1" else w for w in words]
            if subprocess.run(words, cwd=command["directory"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
                return "invalid"
            words = list(self.linking)
            words[words.index("-o") + 1] = str(program)
            words.insert(words.index("libcore.a"), str(made))
            if subprocess.run(words, cwd=self.build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
                return "invalid"
            return "killed" if self.fails(program, list(self.times)) else "survived"
        finally:
            for path in (source, made, program):
                path.unlink(missing_ok=True)
