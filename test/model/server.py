"""The server that the model is held against: a database with the extension, its tables as rows, and calls."""

from contextlib import contextmanager

import psycopg2

from catalogue import BUILT_IN, FIRST_MADE, MADE, READ, WRITTEN, Catalogue, IdentityRule
from profiles import OWN_COLUMNS, OWN_PROFILES
from values import dumps, loads, with_exponent

psycopg2.extensions.register_type(psycopg2.extensions.new_type((114, 3802), 'JSON', lambda v, c: None if v is None else loads(v)))

TABLES = WRITTEN + READ
SNAPSHOT = ' UNION ALL '.join(f"SELECT '{t}', coalesce((SELECT jsonb_agg(to_jsonb(t)) FROM {t} t), '[]')" for t in TABLES)
CLEAN = ''.join(f'DELETE FROM {t};' for t in reversed(WRITTEN)) + ''.join(
    f"SELECT setval(pg_get_serial_sequence('{t}', 'id'), 1, false);" for t in ('product', 'product_variant')) + ''.join(
    f"DELETE FROM {t} WHERE id >= {FIRST_MADE}; SELECT setval(pg_get_serial_sequence('{t}', 'id'), {FIRST_MADE}, false);" for t in MADE)


class Rejected(Exception):
    """The call raised an error of ours: its SQLSTATE, and the errors of its DETAIL."""

    def __init__(self, state, message, errors):
        super().__init__(f'{state}: {message}')
        self.state, self.message, self.errors = state, message, errors


class Server:
    def __init__(self, database, rules=(), **connection):
        self.rules = BUILT_IN + list(rules)
        self.connection = psycopg2.connect(dbname=database, **connection)
        self.connection.autocommit = True
        # The state is read in a session of its own: the one that is tested keeps its own plans and caches.
        self.watcher = psycopg2.connect(dbname=database, **connection)
        self.watcher.autocommit = True

    @contextmanager
    def new_session(self):
        """The tested session is another one meanwhile, which knows nothing yet."""
        kept, self.connection = self.connection, psycopg2.connect(self.connection.dsn)
        self.connection.autocommit = True
        try:
            yield
        finally:
            self.connection.close()
            self.connection = kept

    def prepare(self):
        self.watcher.cursor().execute(f'PREPARE snapshot AS {SNAPSHOT}; SET plan_cache_mode = force_generic_plan')

    def run(self, statement, parameters=None):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else None

    def clean(self):
        self.run(CLEAN)

    def catalogue(self):
        with self.watcher.cursor() as cursor:
            cursor.execute('EXECUTE snapshot')
            return Catalogue(dict(cursor.fetchall()), self.rules)

    def tables_of_session(self):
        """The state as the tested session sees it, inside its transaction."""
        return dict(self.run(SNAPSHOT))

    def ask(self, function, documents, profile, options, form='jsonb'):
        """Runs one of the upsert functions; its rows, each a dict. Raises Rejected."""
        return self.fetch(statement(function, documents, profile, options, form))

    def fetch(self, sql):
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(sql)
                names = [c.name for c in cursor.description]
                return [dict(zip(names, row)) for row in cursor.fetchall()]
            except psycopg2.Error as error:
                if isinstance(error, psycopg2.OperationalError) and error.pgcode is None:
                    raise
                detail = error.diag.message_detail
                errors = loads(detail)['errors'] if detail and detail.startswith('{"errors"') else None
                raise Rejected(error.pgcode, error.diag.message_primary, errors) from None


def quote(value):
    if value is None:
        return 'NULL'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        value = dumps(value)
    text = value.replace("'", "''")
    return f" E'{text}'".replace('\\', '\\\\') if '\\' in text else f"'{text}'"


# How documents are given: their type, and whether their numbers are written with exponents.
FORMS = ('jsonb', 'text', 'jsonb, exponents', 'text, exponents')


def statement(function, documents, profile, options, form='jsonb'):
    """The call as a statement that a person can run."""
    given = dumps(documents, with_exponent) if 'exponents' in form else dumps(documents)
    arguments = ''.join(f', {name} => {quote(value)}' for name, value in options.items() if name != 'source')
    setting = f"SET product_upsert.source = {quote(options['source'])}; " if 'source' in options else ''
    return f"{setting}SELECT * FROM {function}({quote(given)}::{form.split(',')[0]}, profile => '{profile}'{arguments})"


RULES_OF_USERS = [IdentityRule('upc', ['upc']),
                  IdentityRule('item', ['container', 'item_number'], True, ['item_number'])]

# What the products of every case may refer to. Ids stand far from those of products.
FIXTURES = '''
INSERT INTO product_category (organization_id, id, uuid, reference, name) VALUES
    (1, 101, '00000000-0000-4000-8000-000000000101', 'c1', 'Category one'), (1, 102, NULL, 'c2', 'Category two'),
    (2, 103, NULL, 'c1', 'Of another organization');
INSERT INTO product_feature (organization_id, id, uuid, reference, name) VALUES
    (1, 111, '00000000-0000-4000-8000-000000000111', 'f1', 'Feature one'), (1, 112, NULL, 'f2', 'Feature two'),
    (1, 113, NULL, 'f3', NULL);
INSERT INTO product_family (organization_id, id, uuid, name) VALUES
    (1, 121, '00000000-0000-4000-8000-000000000121', 'Family one'), (1, 122, '00000000-0000-4000-8000-000000000122', 'Family two');
INSERT INTO product_billing_entity (organization_id, id, reference, name) VALUES (1, 131, 'b1', 'Entity');
INSERT INTO product_tax_group (organization_id, id, uuid, type) VALUES (1, 141, '00000000-0000-4000-8000-000000000141', 'standard');
INSERT INTO product_unit (organization_id, id, uuid, name) VALUES (1, 151, '00000000-0000-4000-8000-000000000151', 'Hour');
INSERT INTO product_measurement (organization_id, id, uuid, unit_id, code, aggregation_type) VALUES
    (1, 161, '00000000-0000-4000-8000-000000000161', 151, 'm1', 'sum');
INSERT INTO product_cost_centre (organization_id, id, uuid, name, code) VALUES
    (1, 171, '00000000-0000-4000-8000-000000000171', 'Centre', 'k1');
INSERT INTO product_custom_field (organization_id, id, reference, type, enum_values, multiple_values, unique_value, is_identifier) VALUES
    (1, 181, 'txt', 'text', NULL, false, false, false), (1, 182, 'many', 'text', NULL, true, false, false),
    (1, 183, 'num', 'number', NULL, false, false, false), (1, 184, 'yes', 'boolean', NULL, false, false, false),
    (1, 185, 'pick', 'enum', '{red,green}', false, false, false), (1, 186, 'ean', 'text', NULL, false, true, false),
    (1, 187, 'tag', 'text', NULL, false, false, true), (1, 188, 'code', 'number', NULL, false, true, true);
'''


def create_database(name, **connection):
    """A new database with the extension, the users' identity rules and what products refer to."""
    with_server = psycopg2.connect(dbname='postgres', **connection)
    with_server.autocommit = True
    with_server.cursor().execute(f'DROP DATABASE IF EXISTS {name}')
    with_server.cursor().execute(f'CREATE DATABASE {name}')
    with_server.cursor().execute(f"ALTER DATABASE {name} SET timezone = 'UTC'")
    with_server.close()
    server = Server(name, RULES_OF_USERS, **connection)
    server.run('\n'.join(setup_statements(server)))
    server.prepare()
    return server


def setup_statements(server=None):
    yield 'CREATE EXTENSION IF NOT EXISTS product_upsert;'
    yield "DO $$ BEGIN PERFORM product_tables_create(); EXCEPTION WHEN undefined_function THEN NULL; END $$;"
    for rule in RULES_OF_USERS:
        required = 'NULL' if not rule.nulls_equal else "'{" + ','.join(rule.required) + "}'"
        fields = ','.join(rule.fields)
        yield f"SELECT product_identity_create('{rule.name}', '{{{fields}}}', {rule.nulls_equal}, {required});"
    for column, kind in OWN_COLUMNS.items():
        yield f'ALTER TABLE product ADD COLUMN IF NOT EXISTS {column} {kind};'
    yield FIXTURES
    for profile in OWN_PROFILES:
        yield f"INSERT INTO product_profile (name, definition) VALUES ('{profile.stem}', {quote(profile.read_text())});"
