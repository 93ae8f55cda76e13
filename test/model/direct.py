#!/usr/bin/python3
"""Direct writes against SQL: direct.py SOCKET. The same random changes of the tables and the same random transactions in two
databases, with product_upsert.direct_writes on and off: every answer, every error (at the statement, at COMMIT) and what is
stored are the same. DIRECT_CASES says how many, MODEL_SEED repeats them; one case alone: DIRECT_CASE=number.

Ends in "ok direct_writes_equal_sql" or "not ok …"; what differs is printed with the case, made as small as it goes.
"""

import itertools
import json
import os
import random
import sys
import time

import psycopg2

import server
from direct_cases import PRODUCT_TABLES, make_case

SETUP = r'''
CREATE TABLE shelf (shelf int PRIMARY KEY);
CREATE TABLE place (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE noted (n bigint);
CREATE TABLE ancestor (organization_id bigint NOT NULL, name text COLLATE "C");
CREATE FUNCTION few(most bigint) RETURNS boolean LANGUAGE plpgsql SET search_path = public AS $$ BEGIN RETURN (SELECT count(*) <= most FROM product); END $$;
CREATE FUNCTION few_of(what text, most bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE SET search_path = public AS $$ BEGIN RETURN (SELECT count(*) <= most FROM product); END $$;
CREATE FUNCTION is_good(product) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1.price < 8 $$;
CREATE FUNCTION loud(what text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(what) $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.description := left(TG_OP, 3); RETURN NEW; END $$;
CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.price = 4.5 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE FUNCTION keep_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.action = 'updated' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO noted SELECT count(*) FROM rows; RETURN NULL; END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.price = 9 THEN RAISE EXCEPTION 'refused' USING ERRCODE = 'P0042'; END IF; RETURN NULL; END $$;
DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk;
SELECT product_grant('clerk', p, 1) FROM unnest('{PRODUCT.VIEW,PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.DELETE}'::text[]) p;
GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk;
'''

CASES = 20  # about 15 seconds

# What a run of the same statements may well do otherwise: ids (a failed attempt has taken some), times.
VOLATILE = {'id', 'created_at', 'updated_at', 'product_id', 'parent_product_id', 'xact', 'changed_at', 'called_at'}


def steady(held):
    """What is the same in every run."""
    if isinstance(held, dict):
        return {k: steady(v) for k, v in held.items() if k not in VOLATILE and not k.startswith('vary')}
    return [steady(v) for v in held] if isinstance(held, list) else held


def state_query():
    parts = []
    for table in PRODUCT_TABLES:
        owner = 'external_id' if table == 'product' else f'(SELECT p.external_id FROM product p WHERE p.id = t.product_id)'
        size = 'pg_column_size(t.*)'
        parts.append(f"SELECT '{table}' AS of, {owner} AS owner, {size} AS size, to_jsonb(t)::text AS held FROM {table} t")
    # The change feed, which tells of products and what stands beside them.
    parts.append("SELECT 'product_change', (SELECT p.external_id FROM product p WHERE p.id = t.product_id), 0, to_jsonb(t)::text FROM product_change t")
    parts.append("SELECT 'use', NULL, 0, to_jsonb(t)::text FROM product_custom_field_use t")
    parts.append("SELECT 'noted', NULL, 0, to_jsonb(t)::text FROM noted t")
    return ' UNION ALL '.join(parts)


class Side:
    """One of the two databases."""

    def __init__(self, name, direct, socket):
        self.name, self.direct, self.socket = name, direct, socket
        self.create()

    def create(self):
        self.server = server.create_database(self.name, host=self.socket, user='postgres')
        with self.server.watcher.cursor() as cursor:
            cursor.execute(SETUP)
            cursor.execute('CREATE EXTENSION amcheck')
        self.connection = self.server.connection
        for notice in ('client_min_messages = error', f'product_upsert.direct_writes = {self.direct}', "timezone = 'Asia/Kolkata'", 'product_upsert.change_feed = on'):
            self.connection.cursor().execute('SET ' + notice)

    def close(self):
        self.server.connection.close()
        self.server.watcher.close()

    def run(self, statement):
        """What came of it: rows, or the SQLSTATE and the constraint's name."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else cursor.rowcount
                return ('rows', normal(rows))
        except psycopg2.Error as error:
            if self.connection.closed:
                raise
            return ('error', error.pgcode, error.diag.constraint_name, codes(error.diag.message_detail))

    def state(self):
        with self.server.watcher.cursor() as cursor:
            cursor.execute(state_query())
            rows = []
            for table, owner, size, held in cursor.fetchall():
                kept = steady(json.loads(held))
                rows.append(json.dumps([table, owner, size, kept], sort_keys=True))
            return sorted(rows)

    def damage(self):
        """What amcheck says of the indexes."""
        with self.server.watcher.cursor() as cursor:
            try:
                cursor.execute("SELECT bt_index_check(i.indexrelid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'"
                               " WHERE i.indisvalid AND i.indrelid = ANY (%s::regclass[])", (PRODUCT_TABLES,))
            except psycopg2.Error as error:
                return str(error)

    def clean(self):
        with self.connection.cursor() as cursor:
            cursor.execute('ROLLBACK; RESET ROLE')
        with self.server.watcher.cursor() as cursor:
            cursor.execute('TRUNCATE product, product_change, noted, shelf, product_custom_field_use RESTART IDENTITY CASCADE; DELETE FROM product_category WHERE id = 999; INSERT INTO shelf VALUES (1); INSERT INTO place VALUES (1, 1) ON CONFLICT DO NOTHING')


def in_short(errors):
    return sorted(str((e.get('field'), e.get('code'), e.get('constraint'), e.get('position'))) for e in errors)


def codes(detail):
    """The first errors, and how many there are of each kind. A long DETAIL is cut by its length, in which rows with other ids and
    times differ, so that what stands at its end may."""
    try:
        detail = json.loads(detail)
        return in_short(detail['errors'][:30]), str(detail.get('counts', len(detail['errors'])))
    except (TypeError, ValueError, KeyError):
        return None


def normal(rows):
    if isinstance(rows, int):
        return rows
    out = []
    for row in rows:
        out.append([in_short(v) if isinstance(v, list) and v and isinstance(v[0], dict) else str(v) for v in row])
    return out


class Differs(Exception):
    pass


def check(sides, case):
    """Raises Differs. False: the tables could not be put back."""
    on, off = sides
    for side in sides:
        side.clean()
    done = []
    try:
        for change in case.changes:
            outcomes = [side.run(change.do) for side in sides]
            if outcomes[0][0] == 'rows':
                done.append(change)
            elif outcomes[1][0] == 'rows':
                off.run(change.undo)
        if case.role:
            for side in sides:
                side.run(f'SET ROLE {case.role}')
        for statements in case.transactions:
            for statement in statements:
                a, b = on.run(statement), off.run(statement)
                if a != b:
                    raise Differs(f'{statement[:3000]}\n  direct: {short(a, b)}\n  SQL:    {short(b, a)}')
            for side in sides:
                side.connection.cursor().execute('ROLLBACK')
            a, b = on.state(), off.state()
            if a != b:
                raise Differs(f'after {statements[-1][:300]}: what is stored differs, {len(a)} rows directly, {len(b)} by SQL\n' + compare(a, b))
        if damage := on.damage():
            raise Differs(damage)
    finally:
        for side in sides:
            side.clean()
    return all([side.run(change.undo)[0] == 'rows' for change in reversed(done) for side in sides])


def short(outcome, other):
    if outcome[0] == 'rows' and other[0] == 'rows' and isinstance(outcome[1], list) and isinstance(other[1], list):
        return 'rows ' + str([a for a, b in itertools.zip_longest(outcome[1], other[1]) if a != b][:5])
    return str(outcome)[:1500]


def compare(direct, sql):
    """The first rows that differ: what of them does."""
    lines = []
    of = lambda rows, others: {(r[0], r[1]): [r[2], r[3]] for r in map(json.loads, sorted(set(rows) - set(others)))}
    a, b = of(direct, sql), of(sql, direct)
    for key in sorted(a.keys() | b.keys(), key=str)[:5]:
        x, y = a.get(key), b.get(key)
        if x and y:
            x, y = ({'bytes': v[0], **v[1]} for v in (x, y))
            x, y = ({k: v for k, v in p.items() if q.get(k) != v} for p, q in ((x, y), (y, x)))
        lines.append(f'  {key}: direct {str(x)[:500]}, SQL {str(y)[:500]}')
    return '\n'.join(lines)


def fails(sides, case):
    try:
        if not check(sides, case):
            renew(sides)
        return None
    except Differs as difference:
        renew(sides)
        return str(difference)


def renew(sides):
    for side in sides:
        side.close()
        side.create()


def shrink(sides, case, difference):
    """Leaves out changes, transactions and statements as long as it still differs; for a minute."""
    until = time.monotonic() + 60
    parts = [case.changes, case.transactions] + case.transactions
    for part in parts:
        for i in reversed(range(len(part))):
            if time.monotonic() > until:
                return difference
            left = part.pop(i)
            again = fails(sides, case)
            if again:
                difference = again
            else:
                part.insert(i, left)
    return difference


def main():
    socket = sys.argv[1]
    seed = os.environ.get('MODEL_SEED', '1')
    count = int(os.environ.get('DIRECT_CASES', CASES))
    only = os.environ.get('DIRECT_CASE')
    print(f'direct writes: MODEL_SEED={seed} DIRECT_CASES={count}', flush=True)
    sides = [Side('direct_on', 'on', socket), Side('direct_off', 'off', socket)]
    for number in [int(only)] if only else range(1, count + 1):
        case = make_case(random.Random(f'{seed} {number}'))
        difference = fails(sides, case)
        if difference:
            print(f'MODEL_SEED={seed} DIRECT_CASE={number}')
            print(shrink(sides, case, difference))
            print(case.script()[:6000])
            print('not ok direct_writes_equal_sql')
            return 1
    print(f'ok direct_writes_equal_sql: {1 if only else count} cases')
    return 0


if __name__ == '__main__':
    sys.exit(main())
