#!/usr/bin/python3
"""The reference model against the server: run.py SOCKET [PROPERTY...]. MODEL_SEED says which cases, MODEL_TIMES how many times
as many of them as in the normal run; both repeat a run exactly. `rows`, `varied` or `doors` instead of a property are all of that
kind. Runs may be side by side if they differ in the kind of their first property: each has a database of its own.

Each property ends in a line "ok NAME" or "not ok NAME"; what differs is printed with a script of SQL that shows it.
"""

import os
import random
import sys
import time
import traceback
from collections import Counter

import psycopg2

import answers
import doors
import gaps
from cases import Call, check, fails, script, shrink
from comparing import Difference
from generate import Generator, a_source, options
from giving_back import answers_of
from profiles import read_profiles
from server import FORMS, create_database, quote
from varied import vary

PROFILES = read_profiles()


def rows_equal_the_model(server, profile, seed, times, cases=100):
    """Returns (what was told and left out, calls that differ or None)."""
    told = Counter()
    for number in range(1, 1 + cases * times):
        chance = random.Random(f'{seed} {profile.name} {number}')
        server.clean()
        before = server.catalogue()
        calls = []
        for turn in range(chance.randint(2, 7)):
            generator = Generator(chance, profile, before)
            if turn == 0:
                calls.append(Call(profile, generator.first_documents(6), {'on_error': 'skip'} | ({'source': a_source(chance)} if profile.precedence else {})
                                  | ({'mode': 'create'} if profile.creates_by_mode else {})))
            elif profile.field_of('id') and not profile.identifiers and before.tables['product'] and generator.chance(5):
                chosen = {'identifier_field': 'id', 'on_error': 'skip'}
                if 'variants' in profile.fields:
                    chosen['field_actions'] = {'variants': 'REPLACE'}
                if profile.precedence:
                    chosen['source'] = a_source(chance)
                calls.append(Call(profile, generator.moves(), chosen))
            else:
                calls.append(Call(profile, generator.documents(chance.choice([1, 1, 2, 3, 5])), options(chance, profile, before)))
            calls[-1].form = chance.choice(FORMS)
            try:
                before = check(server, calls[-1], before, told)
            except gaps.Gap as gap:
                calls.pop()
                told[f'gap {gap}'] += 1
            except Difference:
                return told, calls
        calls.append(giving_back(chance, profile))
        try:
            check(server, calls[-1], before, told)
        except gaps.Gap as gap:
            told[f'gap {gap}'] += 1
        except Difference:
            return told, calls
    return told, None


def giving_back(chance, profile):
    options = {'on_error': 'skip'}
    if not profile.of_role('organization'):
        options['organization_id'] = chance.choice([1, 1, 2])
    if profile.precedence:
        options['source'] = a_source(chance)
    return Call(profile, [], options, gives_back=True, form=chance.choice(FORMS))


def say_source(server, profile, source):
    """Of all documents from now on, whatever session they come from."""
    if profile.precedence:
        server.run(f"UPDATE product_profile SET definition = definition || '{{\"source\": \"{source}\"}}' WHERE name = '{profile.name}'")


def doors_agree(server, profile, seed, times):
    told = Counter()
    for table in ('feed_bulk', 'feed_kept', 'feed_view'):
        server.run(f'DROP TRIGGER IF EXISTS t ON {table}')
    server.run(doors.TRIGGERS.replace('{profile}', profile.name))
    for number in range(1, 1 + 6 * times):
        chance = random.Random(f'{seed} doors {profile.name} {number}')
        server.clean()
        first = Generator(chance, profile, server.catalogue()).first_documents(8)
        say_source(server, profile, 'hand')
        server.run(doors.doors(profile, first)['rows'])
        say_source(server, profile, 'erp')
        # Some are so many that they are written directly, and in several pieces.
        size = {3: 250, 6: 600 if profile.name == 'catalog' else 60}.get((number - 1) % 6 + 1) or chance.choice([1, 1, 3, 3, 8, 20])
        documents = Generator(chance, profile, server.catalogue(), 1 + size // 8).documents(size)
        if number % 2:  # among them answers, which change nothing
            shown = answers_of(server, profile, None if profile.of_role('organization') else 1)
            documents[:len(shown) // 2] = chance.sample(shown, min(len(shown), len(documents[:len(shown) // 2])))
        try:
            for document in documents[:8]:
                answers.single_agrees(server, profile, document)
                answers.request_agrees(server, profile, document)
                told['single documents'] += 1
            if len(documents) < 100 and all(isinstance(d, dict) for d in documents):
                told['documents one by one'] += answers.order_agrees(server, profile, documents)
            doors.agree(server, profile, documents)
        except Difference as difference:
            print(difference)
            print(Call(profile, first, {'on_error': 'skip'}).sql())
            return told, [number]
        told['cases'] += 1
    server.run(f"UPDATE product_profile SET definition = definition - 'source' WHERE name = '{profile.name}' AND NOT is_builtin")
    return told, None


def counts(told):
    return ', '.join(f'{n} {what}' for what, n in sorted(told.items()))


def report(server, calls):
    calls = shrink(server, calls)
    print(fails(server, calls))
    print(script(calls))


def varied_equal_the_model(server, profile, seed, times):
    """The same with other profiles, each a few calls long: this one, some of whose options say something else."""
    told = Counter()
    for number in range(1, 1 + 14 * times):
        chance = random.Random(f'{seed} varied {profile.name} {number}')
        other = vary(chance, profile, lambda p: Generator(chance, p, server.catalogue()))
        if not take(server, other):
            told['definitions refused'] += 1
            continue
        of_it, calls = rows_equal_the_model(server, other, f'{seed} {number}', 1, cases=4)
        told.update(of_it)
        if calls:
            print(definition_of(other) + ';')
            return told, calls
    return told, None


def definition_of(profile):
    return (f"INSERT INTO product_profile (name, definition) VALUES ('{profile.name}', {quote(profile.definition)}) "
            'ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition')


def take(server, profile):
    """Whether the definition is taken: options that do not go together are refused."""
    try:
        server.run(definition_of(profile))
    except psycopg2.Error as error:
        if os.environ.get('MODEL_CODES'):
            print('refused', error)
        return False
    return True


PROPERTIES = {'rows': rows_equal_the_model, 'doors': doors_agree, 'varied': varied_equal_the_model}


def main():
    socket, wanted = sys.argv[1], sys.argv[2:]
    seed = os.environ.get('MODEL_SEED', '1')
    times = int(os.environ.get('MODEL_TIMES', '1'))
    print(f'MODEL_SEED={seed} MODEL_TIMES={times}')
    names = [name for one in wanted or PROPERTIES for name in ([f'{one}_{p}' for p in PROFILES] if one in PROPERTIES else [one])]
    server = create_database(f'model_{names[0].split("_")[0]}', host=socket, user='postgres')
    server.run(doors.SETUP)
    failed = 0
    for name in names:
        try:
            kind, profile = name.split('_', 1)
            began = time.monotonic()
            told, calls = PROPERTIES[kind](server, PROFILES[profile], seed, times)
            if calls and kind != 'doors':
                report(server, calls)
            print(f'{"not ok" if calls else "ok"} {name} ({counts(told)}; {time.monotonic() - began:.0f} s)', flush=True)
            failed += bool(calls)
        except Exception:
            traceback.print_exc()
            print(f'not ok {name}', flush=True)
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
