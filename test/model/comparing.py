"""Is what the server holds and says what the model has? Ids that a call gives out are the server's to choose: they are held
equal through the one map from the model's new rows to the server's, which must send no two to the same (a bijection)."""

from catalogue import MADE, READ, WRITTEN
from server import Rejected
from values import New, exact

TIMES = ('created_at', 'updated_at')
KEYS = {'product': ('organization_id', 'id'), 'product_variant': ('organization_id', 'sku')}


class Difference(Exception):
    """What the server has is not what the rules say."""


def settle(value, ids):
    """A value of the model with the server's ids in place of new ones."""
    if isinstance(value, New):
        return ids.get(value, value)
    return value


def same_answer(answer, actual, ids):
    """Compares the rows of product_upsert_rows, or the error raised in their place; fills ids from what is told."""
    if isinstance(actual, Rejected):
        compare_raised(answer, actual)
        return
    if answer.raised:
        raise Difference(f'the call should raise {errors_of(answer)}, but answers {actual}')
    if len(actual) != len(answer.rows):
        raise Difference(f'{len(actual)} rows are told, {len(answer.rows)} documents given')
    for expected, told in zip(answer.rows, actual):
        if isinstance(expected['id'], New) and told['id'] is not None:
            ids[expected['id']] = told['id']
    for expected, told in zip(answer.rows, actual):
        compare_row(expected, told, ids)
    if len(set(ids.values())) != len(ids):
        raise Difference(f'one id is given to two products: {ids}')


def errors_of(answer):
    return [(r['position'], *e) for r in answer.rows if r['status'] == 'rejected' for e in r['errors']]  # and no notes


def compare_row(expected, told, ids):
    told = dict(told)
    errors = told['errors']
    told['errors'] = sorted(leave_open(expected, {(e['field'], e['code']) for e in errors}), key=str) if errors else None
    told['changed'] = sorted(told['changed']) if told['changed'] is not None else None
    wrong = [k for k, v in expected.items() if k != 'may_tell' and exact(settle(v, ids)) != exact(told[k])]
    if wrong:
        raise Difference('\n'.join(
            f'document {expected["position"]}: {k} should be {settle(expected[k], ids)}, is {told[k]}' for k in wrong))
    for e in errors or []:
        if e.get('position') != expected['position'] or not e.get('message'):
            raise Difference(f'an error without its position or message: {e}')


def leave_open(expected, told):
    """What is told, without what may be told or not."""
    return told - (expected['may_tell'] - set(expected['errors'] or []))


def compare_raised(answer, actual):
    if not answer.raised:
        raise Difference(f'the call raises {actual} {actual.errors}, but should answer {answer.rows}')
    if actual.errors is None:
        raise Difference(f'the call raises {actual}, without our DETAIL')
    told = set()
    for row in answer.rows:
        those = {(e['field'], e['code']) for e in actual.errors if e.get('position') == row['position']}
        told |= {(row['position'], *e) for e in leave_open(row, those)}
    expected = set(errors_of(answer))
    if told != expected:
        raise Difference(f'errors missing {sorted(expected - told, key=str)}, too many {sorted(told - expected, key=str)}')


def same_state(before, after, actual, ids):
    """before: what the server had. after: what the model makes of it. actual: what the server has now."""
    for table in READ:
        if table in MADE:
            compare_made(table, after.tables[table], actual.tables[table], ids)
        elif sorted(map(exact, before.tables[table])) != sorted(map(exact, actual.tables[table])):
            raise Difference(f'{table} has changed')
    for table in WRITTEN:
        if table == 'product_parked':
            continue  # that all doors keep the same is what doors.py holds
        if table in KEYS:
            compare_keyed(table, before.tables[table], after.tables[table], actual.tables[table], ids)
        elif table == 'product_custom_field_use':
            compare_uses(after, actual)
        else:
            compare_set(table, after.tables[table], actual.tables[table], ids)


def compare_made(table, after, actual, ids):
    """Rows that are made are known by what they hold; those above others come first."""
    for row in after:
        if isinstance(row['id'], New):
            same_row = [r for r in actual if all(exact(settle(v, ids)) == exact(r[c]) for c, v in row.items() if c != 'id')]
            if same_row:
                ids[row['id']] = same_row[0]['id']
    compare_set(table, sorted(after, key=lambda r: str(settle(r['id'], ids))), actual, ids)


def compare_uses(after, actual):
    """Every field that has a value is noted as in use. One may be noted that a document named without leaving a value: it was
    claimed against a change of its definition meanwhile, and product_custom_field_release gives it back."""
    there = set(map(exact, actual.tables['product_custom_field_use']))
    missing = [r for r in map(exact, after.tables['product_custom_field_use']) if r not in there]
    if missing:
        raise Difference(f'product_custom_field_use: missing {missing}')


def compare_set(table, after, actual, ids):
    expected = sorted(exact({k: settle(v, ids) for k, v in row.items()}) for row in after)
    there = sorted(map(exact, actual))
    if expected != there:
        missing = [r for r in expected if r not in there]
        extra = [r for r in there if r not in expected]
        raise Difference(f'{table}: missing {missing}, too many {extra}')


def compare_keyed(table, before, after, actual, ids):
    def by_key(rows):
        return {tuple(settle(r[k], ids) for k in KEYS[table]): r for r in rows}
    old, expected, there = by_key(before), by_key(after), by_key(actual)
    if expected.keys() != there.keys():
        raise Difference(f'{table}: missing {expected.keys() - there.keys()}, too many {there.keys() - expected.keys()}')
    for key, row in expected.items():
        compare_stored(table, key, None if isinstance(row['id'], New) else old.get(key), row, there[key], ids)  # a sku that moves is a new row


def compare_stored(table, key, old, expected, actual, ids):
    wrong = []
    for column, value in expected.items():
        if column in TIMES or isinstance(value, New) and value not in ids and column == 'id':
            continue
        if isinstance(value, New) and value not in ids and actual[column] is not None:
            ids[value] = actual[column]  # a uuid that was made up
        if exact(settle(value, ids)) != exact(actual[column]):
            wrong.append(f'{table} {key}: {column} should be {settle(value, ids)!r}, is {actual[column]!r}')
    if wrong:
        raise Difference('\n'.join(wrong))
    # updated_at moves on a change, created_at never does (rule 46).
    if old is None:
        return
    if actual['created_at'] != old['created_at']:
        raise Difference(f'{table} {key}: created_at has moved')
    changes = any(exact(expected[c]) != exact(old[c]) for c in expected if c not in TIMES)
    if changes != (actual['updated_at'] != old['updated_at']):
        raise Difference(f'{table} {key}: updated_at {"has not moved on a change" if changes else "has moved without a change"}')
