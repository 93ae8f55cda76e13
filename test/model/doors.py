"""Doors agree: the same documents leave the same rows, whichever way they come in, whoever sends them, written directly or by
statements, by a session that is warm or one that knows nothing yet. Ids that are given out differ, so they are named by what their
rows say."""

from catalogue import FIRST_MADE, MADE
from comparing import Difference
from server import Rejected, quote, statement
from values import dumps, exact

TIMES = ('created_at', 'updated_at')
WRITTEN = ['product', 'product_variant', 'product_feature_link', 'product_family_link', 'product_custom_value',
           'product_custom_field_use', 'product_parked']
TIMES_OF_WAITING = ('parked_at', 'tried_at', 'application')

# What every session of a door begins with: (name, statements).
CIRCUMSTANCES = {
    'direct writes': "SET product_upsert.direct_writes = on",
    'statements': "SET product_upsert.direct_writes = off",
    'nothing cached': "DISCARD ALL; SET product_upsert.direct_writes = on",
    'the owner': "SET ROLE model_owner",
    'a member': "SET ROLE model_member",
    'a new session': '',
}
SETUP = '''
DO $$ BEGIN CREATE ROLE model_owner; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE model_member; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO model_owner, model_member;
DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname ~ '^product' LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO model_owner', t);
    END LOOP;
END $$;
SELECT product_grant('model_member', p, o) FROM unnest('{PRODUCT.CREATE,PRODUCT.UPDATE,PRODUCT.DELETE}'::text[]) p, generate_series(1, 3) o;
CREATE TABLE feed_source (line bigint GENERATED ALWAYS AS IDENTITY, document jsonb);
CREATE TABLE feed_bulk (document jsonb);
CREATE TABLE feed_kept (document jsonb, status text);
CREATE VIEW feed_view AS SELECT NULL::jsonb AS document, NULL::text AS status;
GRANT ALL ON feed_source, feed_bulk, feed_kept, feed_view TO PUBLIC;
GRANT INSERT ON product_category, product_feature, product_family, product_billing_entity TO model_member;
'''
TRIGGERS = '''
CREATE TRIGGER t AFTER INSERT ON feed_bulk REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT
    EXECUTE FUNCTION product_upsert_trigger('document', '{profile}');
CREATE TRIGGER t BEFORE INSERT ON feed_kept FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', '{profile}', '', 'keep');
CREATE TRIGGER t INSTEAD OF INSERT ON feed_view FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger('document', '{profile}', '', 'keep');
'''


def doors(profile, documents):
    """name -> SQL that brings the documents in; all of them with skip."""
    rows = f'SELECT jsonb_array_elements({quote(dumps(documents))}::jsonb)'
    options = {'on_error': 'skip'}
    feed = f"INSERT INTO feed_source (document) {rows}; SELECT * FROM product_upsert_from('feed_source', profile => '{profile.name}', on_error => 'skip')"
    found = {
        'rows': statement('product_upsert_rows', documents, profile.name, options),
        'bulk': statement('product_upsert_bulk', documents, profile.name, options),
        'from': feed,
    }
    if len(documents) > 1:
        found['from, cut'] = f'SET LOCAL product_upsert.batch_documents = {-(-len(documents) // 3)}; {feed}'
    if len(documents) == 1:
        found['before row'] = f'INSERT INTO feed_kept (document) {rows}'
        found['instead of'] = f'INSERT INTO feed_view (document) {rows}'
        found['statement trigger'] = (f"DO $d$ BEGIN INSERT INTO feed_bulk {rows}; EXCEPTION WHEN OTHERS THEN "
                                      "IF SQLERRM LIKE '%internal%' THEN RAISE; END IF; END $d$")
    return found


def state_after(server, sql, circumstance):
    """What the tables hold, the transaction being undone again."""
    if not circumstance:
        with server.new_session():
            return state_after(server, sql, 'RESET ROLE')
    server.run('RESET ROLE')
    for one in circumstance.split('; '):
        server.run(one)
    server.run('BEGIN')
    try:
        server.run(sql)
        server.run('RESET ROLE')
        return server.tables_of_session()
    finally:
        server.run('ROLLBACK')
        server.run('RESET ROLE')


def name_made(tables):
    """Rows that were made, by their names in place of their ids, wherever they are referred to."""
    names = {(t, r['id']): f"made {r.get('reference')} {r['name']}" for t in MADE for r in tables[t] if r['id'] >= FIRST_MADE}
    columns = {'category_id': 'product_category', 'parent_id': 'product_category', 'billing_entity_id': 'product_billing_entity',
               'feature_id': 'product_feature', 'family_id': 'product_family'}
    of = lambda t, r: {k: v if isinstance(v, (list, dict)) else names.get((t if k == 'id' else columns.get(k), v), v) for k, v in r.items()}
    return {t: [of(t, r) for r in rows] for t, rows in tables.items()}


def named(tables, old):
    """The rows as texts, new ids named by what their rows say. old: the ids that were there."""
    tables = name_made(tables)
    names = {}
    news = [p for p in tables['product'] if p['id'] not in old]

    def content(product):
        parts = [{k: v for k, v in r.items() if k not in ('id', 'product_id', 'feed', *TIMES)}
                 for t in WRITTEN[1:-2] for r in tables[t] if r['product_id'] == product['id']]
        own = {k: v for k, v in product.items() if k not in ('id', 'uuid', 'parent_product_id', *TIMES)}
        return exact(own) + ''.join(sorted(map(exact, parts)))
    for i, product in enumerate(sorted(news, key=content)):
        names[product['id']] = f'new {i}'
    result = []
    for table in WRITTEN:
        for row in tables[table]:
            row = {k: names.get(v, v) if k in ('id', 'product_id', 'parent_product_id') else v for k, v in row.items() if k not in TIMES}
            if table == 'product_variant':
                row.pop('id')
            if table == 'product_parked':
                row = {k: v for k, v in row.items() if k not in TIMES_OF_WAITING}
            result.append(table + ' ' + exact(row))
    return sorted(result + [table + ' ' + exact(row) for table in MADE for row in tables[table]])


def agree(server, profile, documents):
    """Raises Difference where two doors, or one in two circumstances, leave different rows."""
    old = {p['id'] for p in server.tables_of_session()['product']}
    first = None
    for door, sql in doors(profile, documents).items():
        for name, circumstance in CIRCUMSTANCES.items():
            try:
                there = named(state_after(server, sql, circumstance), old)
            except Rejected as error:
                raise Difference(f'{door}, {name}: {error}') from None
            if door == 'statement trigger':  # one reject undoes the statement: nobody waits
                there += [r for r in first if r.startswith('product_parked ')]
                there.sort()
            if first is None:
                first = there
            elif there != first:
                raise Difference(f'{door}, {name}, is not as rows: missing {[r for r in first if r not in there]}, '
                                 f'too many {[r for r in there if r not in first]}\n{sql}')
    dry = statement('product_upsert_rows', documents, profile.name, {'on_error': 'skip', 'dry_run': True})
    before = sorted(map(exact, server.tables_of_session()['product']))
    server.run(dry)
    if sorted(map(exact, server.tables_of_session()['product'])) != before:
        raise Difference(f'a dry run changes what is stored\n{dry}')
