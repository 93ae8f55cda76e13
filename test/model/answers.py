"""What doors answer: the same through each of them, but for the ids, uuids and times that a call gives out.

A single call answers in the profile's shape, as does the request that the documented API would get; product_match says what
product_upsert_rows would; and documents that have nothing to do with one another may come in one call or one after the other."""

import re
from decimal import Decimal

from catalogue import MADE
from comparing import Difference
from server import Rejected, quote
from values import ABSENT, by_value, dumps, exact, trim

# Ids that are given out begin here, so that an answer's are known by their size.
GIVEN_OUT = 900000
SEQUENCES = ''.join(f"SELECT setval(pg_get_serial_sequence('{t}', 'id'), {GIVEN_OUT}, false);" for t in ('product', 'product_variant', *MADE))
MADE_UP = re.compile(r'"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-(?!80000000)[0-9a-f]{12}"|"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^"]*"')

# profile: (method, path, members that the route ignores, the options of the same call in SQL)
# recipe: profile
ROUTES = {
    'vending': ('PUT', '/products', (), {}),
    'billing': ('PUT', '/v1/products', (), {'identifier_field': 'reference'}),
    'retail': ('POST', '/v3/products/update-create', ('id',), {}),
    'agency': ('POST', '/api/products', ('id',), {'mode': 'create'}),
    'subscription': ('POST', '/catalogue/products', (), {'mode': 'create'}),
}


def plain(value):
    """An answer as a text, what was given out left out."""
    if isinstance(value, dict):
        return '{' + ', '.join(f'{k}: {plain(v)}' for k, v in sorted(value.items())) + '}'
    if isinstance(value, list):
        return '[' + ', '.join(map(plain, value)) + ']'
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and GIVEN_OUT <= value < GIVEN_OUT + 100000:
        return 'given out'
    return MADE_UP.sub('made up', exact(value))


def undone(server, sqls):
    """(what each answers, or Rejected; what the session's tables hold afterwards), the transaction being undone again."""
    server.run('BEGIN')
    try:
        server.run(SEQUENCES)
        try:
            answers = [server.fetch(sql) for sql in sqls]
        except Rejected as error:
            return error, None
        return answers, server.tables_of_session()
    finally:
        server.run('ROLLBACK')


def arguments(options):
    return ''.join(f', {n} => {quote(v)}' for n, v in options.items())


def held(tables):
    """The rows, each a text, what was given out left out."""
    return sorted(table + ' ' + plain(row) for table, rows in tables.items() for row in rows)


def same(what, one, other, sql):
    if one != other:
        raise Difference(f'{what}: {one[:1500]}\n  but {other[:1500]}\n{sql[:3000]}')


def single_agrees(server, profile, document):
    """product_upsert, product_match and product_upsert_rows tell the same of one document."""
    if not isinstance(document, dict):
        return  # of what is no document product_match tells nothing
    text = quote(dumps(document)) + '::jsonb'
    of_profile = f", profile => '{profile.name}'"
    rows = f"SELECT * FROM product_upsert_rows(jsonb_build_array({text}){of_profile}, on_error => 'skip')"
    told, after = undone(server, [rows])
    row = told[0][0]
    match = f'SELECT * FROM product_match({text}{of_profile})'
    matched, unchanged = undone(server, [match])
    if isinstance(matched, Rejected):
        raise Difference(f'product_match raises {matched}\n{match[:3000]}')
    matched = matched[0][0]
    for name in ('status', 'decided_by', 'changed', 'errors'):
        a, b = row[name], matched[name]
        if name == 'errors':
            a, b = (sorted(str((e['field'], e['code'])) for e in v or []) for v in (a, b))
        if row['status'] == 'rejected' and name == 'decided_by':
            continue  # a reject of product_match may name the rule that found its product
        same(f'product_match, {name}', plain(a), plain(b), match)
    if row['status'] in ('updated', 'unchanged'):
        same('product_match, id', str(row['id']), str(matched['id']), match)
    single = f'SELECT product_upsert({text}{of_profile}) AS answer'
    answer, there = undone(server, [single])
    if isinstance(answer, Rejected) != (row['status'] == 'rejected'):
        raise Difference(f'product_upsert: {answer}, product_upsert_rows: {row}\n{single[:3000]}')
    if there is not None:
        same('product_upsert leaves', '\n'.join(held(after)), '\n'.join(held(there)), single)


def request_agrees(server, profile, document):
    """A request and the same call in SQL: the same rows, the same answer, the same refusals."""
    if profile.name not in ROUTES or not isinstance(document, dict):
        return
    method, path, ignored, options = ROUTES[profile.name]
    many = profile.name == 'vending'
    body = quote(dumps([document] if many else document)) + '::jsonb'
    kept = {k: v for k, v in document.items() if k not in ignored}
    text = quote(dumps([kept] if many else kept)) + '::jsonb'
    request = f"SELECT status, body FROM product_request('{profile.name}', '{method}', '{path}', {body}, headers => '{HEADERS}')"
    sql = f"SELECT {'product_upsert_bulk' if many else 'product_upsert'}({text}, profile => '{profile.name}'{arguments(options)}) AS answer"
    responses, after = undone(server, [request])
    if isinstance(responses, Rejected):
        raise Difference(f'a request raises {responses}\n{request[:3000]}')
    response = responses[0][0]
    if any(kept.get(name) is None for name in REQUIRED.get(profile.name, ())):
        same('the status of a request that lacks what is required', 'True', str(400 <= response['status'] < 500), request)
        same('a request leaves', '\n'.join(held(undone(server, [])[1])), '\n'.join(held(after)), request)
        return
    answers, there = undone(server, [sql])
    refused = isinstance(answers, Rejected)
    if refused != (response['status'] >= 400) or response['status'] >= 500:
        raise Difference(f"{response['status']} {plain(response['body'])[:1500]}\n  but {answers}\n{request[:3000]}")
    if refused:
        _, there = undone(server, [])
    else:
        same('the answer to a request', plain(answers[0][0]['answer']), plain(response['body']), request)
    same('a request leaves', '\n'.join(held(there)), '\n'.join(held(after)), request)


# What the endpoint asks for and the functions do not (rule 47).
REQUIRED = {'subscription': ('name',)}
HEADERS = dumps({'Authorization': 'Bearer x', 'x-api-key': 'x', 'company': '1', 'version': '1'})


def keys_of(profile, rules, document, stored):
    """Whatever a document and its product could have in common with others."""
    row = dict(stored) if stored else {}
    keys = set()
    for each in (dict(row), row):
        if each is row:
            for field in profile.fields.values():
                if field.role == 'column' and not field.member and document.get(field.name, ABSENT) is not ABSENT:
                    value = document[field.name]
                    row[field.column] = value.strip() if isinstance(value, str) else value
        for rule in rules:
            if (key := rule.key(each)) is not None:
                keys.add((rule.name, *map(str, key)))
    return keys


def texts_in(value):
    if isinstance(value, str):
        return {trim(value)}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {t for part in parts for t in texts_in(part)}


def apart(profile, rules, documents, rows, tables):
    """The documents that the call accepts and that share nothing with another, with what was told of them."""
    products = {p['id']: p for p in tables['product']}
    chosen, taken = [], set()
    for document, row in zip(documents, rows):
        if row['status'] == 'rejected':
            continue
        if any(f.role == 'reference' and f.table == 'product' and f.name in document for f in profile.fields.values()):
            continue
        keys = keys_of(profile, rules, document, products.get(row['id']))
        keys |= {('sku', v['sku']) for f in profile.fields.values() if f.role == 'variants' for v in document.get(f.name) or []}
        keys |= {('custom', str(v)) for f in profile.fields.values() if f.role == 'custom_fields' for v in [document.get(f.name)] if v}
        keys |= {(f.table, n) for f in profile.fields.values() if f.missing == 'create' for n in texts_in(document.get(f.name))}
        if products.get(row['id']):
            keys |= {('id', str(row['id']))} | {('sku', v['sku']) for v in tables['product_variant'] if v['product_id'] == row['id']}
        if not keys & taken:
            chosen.append(document)
        taken |= keys
    return chosen


def order_agrees(server, profile, documents):
    """One call of documents that have nothing to do with one another, and a call for each."""
    before = server.tables_of_session()
    options = f"profile => '{profile.name}', on_error => 'skip'"
    call = lambda those: f'SELECT * FROM product_upsert_rows({quote(dumps(those))}::jsonb, {options})'
    rows, _ = undone(server, [call(documents)])
    chosen = apart(profile, server.rules, documents, rows[0], before)
    if len(chosen) < 2:
        return 0
    together, after = undone(server, [call(chosen)])
    if any(r['status'] == 'rejected' for r in together[0]):
        return 0  # they counted on one that is left out
    alone, there = undone(server, [call([d]) for d in chosen])
    told = lambda r: plain({k: v for k, v in r.items() if k not in ('position', 'errors', 'changed')} | {'changed': sorted(r['changed'] or [])})
    for document, a, b in zip(chosen, together[0], [r[0] for r in alone]):
        same('one call, and one for each document', told(a), told(b), call(chosen) + '\n' + dumps(document))
    same('one call for each leaves', '\n'.join(held(after)), '\n'.join(held(there)), call(chosen))
    return len(chosen)
