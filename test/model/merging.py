"""What the product would be: the document merged with what is stored (C1), or with the defaults of a new product."""

from decimal import Decimal, localcontext

from customs import append, merge_custom_fields
from profiles import PRODUCT_COLUMNS, SCALES
from reading import read, rounded, same_in
from related import Named, link_table, linked, merge_links, plan_variants
from sources import is_outranked, mark_created, mark_updated
from values import ABSENT, New, by_value, decimal, same


def actions_of(options):
    return {field: action.upper() for field, action in (options.get('field_actions') or {}).items()}


def create(catalogue, profile, options, d):
    actions = actions_of(options)
    d.row = {c: None for c in PRODUCT_COLUMNS}
    d.row.update(organization_id=d.organization, is_archived=False, is_deleted=False, version=Decimal(1), id=New(d.position), field_sources=None)
    for name, field in profile.fields.items():
        if field.role in ('column', 'reference'):
            value = said(d, field, actions)
            if field.required and (value in (ABSENT, None) or actions.get(name) == 'REMOVE') and not d.failures.told(name):
                d.failures.add(name, 'required')  # C2: required only where the product will be created
            if (value is ABSENT or actions.get(name) == 'REMOVE') and field.default is not ABSENT:
                put_default(d.row, field)  # what is taken away from nothing is no value
            elif value is not ABSENT and not (field.column == 'id' and value is None):
                put(d.row, field, act(field, actions.get(name), None, value, d))
                hold_length(field, actions.get(name), None, get(d.row, field), d)
    keep_unknown(d)
    fill_in(profile, actions, d)
    merge_parts(catalogue, profile, actions, d)
    hold_ranges(profile, d)
    mark_created(profile, d)


def update(catalogue, profile, options, d):
    """C1: an absent field keeps what is stored, null clears, an array replaces."""
    actions = actions_of(options)
    d.row = dict(d.stored)
    kept = [field for field in profile.fields.values() if field.create_only == 'ignore']
    d.failures[:] = [f for f in d.failures if profile.field_at(f[0]) not in kept]  # rule 21: what the document says of them is discarded
    for name, field in profile.fields.items():
        value = said(d, field, actions)
        if field.role not in ('column', 'reference') or value is ABSENT:
            continue
        if field.column == 'id' or field.create_only == 'ignore':
            continue  # rule 33: the product is updated under its own id; rule 21: the stored handle stays
        stored = get(d.row, field)
        value = act(field, actions.get(name), stored, value, d)
        if not isinstance(value, Named) and (same_in(field, stored, value) or is_no_object(field, stored) and is_no_object(field, value)):
            continue  # fine point i: of equal numbers the stored one stays
        if is_outranked(profile, field, d, stored):
            d.held.append(name)
            continue
        hold_length(field, actions.get(name), stored, value, d)
        put(d.row, field, value)
        d.changed.append(name)
    if keep_unknown(d):
        d.changed.append('meta')
    fill_in(profile, actions, d)
    merge_parts(catalogue, profile, actions, d)
    hold_ranges(profile, d)
    for field in profile.fields.values():
        if field.create_only == 'reject' and d.failures.told(field.name):
            d.may_tell.add((field.name, 'read_only'))  # a part of it is wrong, and another one
    for field in [profile.fields[name] for name in d.changed if name in profile.fields]:
        if field.create_only == 'reject':
            d.failures.add(field.name, 'read_only')  # rule 57
        if field.empty_list == 'null' and field.min_length and d.values.get(field.name, ABSENT) is None:
            d.failures.add(field.name, 'range')  # rule 25: nothing may take them away
    if all(name in profile.fields and profile.fields[name].quiet for name in d.changed):
        keep_all(d)
    if d.changed:
        mark_updated(profile, d, get)
        d.row['version'] = d.stored['version'] + 1


def keep_unknown(d):
    """`unknown_fields` keep: members that are no fields are kept in meta (doc/profiles.md). Whether that changes anything."""
    held = d.row['meta'] or {}
    news = {name: value for name, value in d.unknown.items() if not same(held.get(name), value)}
    if news:
        whole = {name: value for name, value in {**held, **news}.items() if value is not None}
        d.row['meta'] = whole or (None if d.row['meta'] is None else {})
    return bool(news)


def is_no_object(field, value):
    """Rule 41: answers show nothing as {}, which says nothing new when it is given back."""
    return field.empty_list == 'object' and value in (None, {})


def keep_all(d):
    """Only quiet fields would change: nothing does (doc/profiles.md, "Fields")."""
    d.row, d.links, d.variants, d.changed = dict(d.stored), {}, None, []


def said(d, field, actions):
    """What the document says, once IGNORE keeps what is stored and CLEAR takes it away (rule 16)."""
    value = d.values.get(field.name, ABSENT)
    if field.create_only == 'ignore' and d.stored:
        return ABSENT  # rule 21: nothing that the call says of it counts
    if field.marked_up and (value is None or actions.get(field.name) == 'CLEAR'):
        return ABSENT  # rule 54: null is as absent
    if actions.get(field.name) == 'CLEAR':
        return set() if field.role == 'links' else None
    if actions.get(field.name) == 'IGNORE' or field.read_only in ('match', 'ignore'):
        return ABSENT
    return value


def get(row, field):
    """A field is a column, or a member of a jsonb column."""
    if field.member:
        return (row[field.column] or {}).get(field.member)
    return row[field.column]


def put_default(row, field):
    """A default is read as a document's value is."""
    value = read(field, field.default, field.name, [])
    if value is not ABSENT:
        put(row, field, value)


def put(row, field, value):
    if not field.member:
        row[field.column] = value
        return
    whole = {k: v for k, v in (row[field.column] or {}).items() if k != field.member}
    if value is not None:
        whole[field.member] = value
    row[field.column] = whole if whole or row[field.column] is not None else None


# recipe: action
def act(field, action, stored, value, d):
    """APPEND adds to a list what is not there yet, REMOVE takes away (rule 16). What is no list is neither."""
    if action == 'MERGE' and field.is_merged:
        return without_repeated(field, with_defaults(field, merge(field, stored, value), stored, value), stored)
    if action not in ('APPEND', 'REMOVE') or value is None:
        return stored if action in ('APPEND', 'REMOVE') and value is None else value
    if not isinstance(value, list) or stored is not None and not isinstance(stored, list):
        d.failures.add(field.name, 'type')
        return stored
    if action == 'APPEND':
        return append(stored or [], value)
    taken = {by_value(v) for v in value}
    left = None if stored is None else [s for s in stored if by_value(s) not in taken]
    return None if left == [] and field.empty_list == 'null' else left


def hold_length(field, action, stored, value, d):
    """The limits of a list are also those of what an action makes of it. One that is beyond them already must only not go further."""
    if action not in ('APPEND', 'REMOVE', 'MERGE') or field.type not in ('texts', 'objects') or value is None or d.values.get(field.name, ABSENT) in (None, ABSENT):
        return
    count = len(value)
    held = len(stored) if isinstance(stored, list) else None
    if field.max_length is not None and count > field.max_length and (held is None or count > held):
        d.failures.add(field.name, 'too_long')
    if field.min_length is not None and count < field.min_length and (held is None or count < held):
        d.failures.add(field.name, 'range')


def merge(field, stored, value):
    """RFC 7396; in a list, each object with the stored one that has the same key."""
    if not isinstance(value, list) or field.key is None:
        return patch(stored, value)
    result = list(stored) if isinstance(stored, list) else []
    for one in value:
        key = one.get(field.key) if isinstance(one, dict) else None
        at = next((i for i, r in enumerate(result) if key is not None and isinstance(r, dict) and same(r.get(field.key), key)), None)
        if at is None:
            result.append(patch(None, one))
        else:
            result[at] = patch(result[at], one)
    return result


def patch(stored, value):
    if not isinstance(value, dict):
        return value
    result = dict(stored) if isinstance(stored, dict) else {}
    for name, one in value.items():
        result[name] = patch(result.get(name), one)
    return {name: one for name, one in result.items() if one is not None}


def without_repeated(field, merged, stored):
    """What has no key is added if it is not there yet."""
    if field.key is None or not isinstance(merged, list) or not isinstance(stored, list):
        return merged
    has_key = lambda one: isinstance(one, dict) and one.get(field.key) is not None
    return merged[:len(stored)] + [one for one in merged[len(stored):] if has_key(one) or not any(same(one, s) for s in stored)]


def with_defaults(field, merged, stored, value):
    """A new object has the defaults of the members that the document does not say."""
    fill = lambda fields, one, said: {**{n: f.default for n, f in fields.items() if f.default is not ABSENT and n not in said}, **one}
    if field.entries and isinstance(merged, dict):
        return {k: one if isinstance((stored or {}).get(k), dict) else fill(field.entries, one, value.get(k, {})) for k, one in merged.items()}
    if field.fields and isinstance(merged, list):
        keys = [r.get(field.key) for r in stored or []]
        news = {}
        for one in value:
            news.setdefault(by_value(one.get(field.key)), one)
        return [one if any(same(one.get(field.key), k) for k in keys) else fill(field.fields, one, news.get(by_value(one.get(field.key)), {})) for one in merged]
    return merged


def fill_in(profile, actions, d):
    """What the profile says in the document's place: a price computed from cost and markup (rule 54), exactly; a uuid."""
    for name, field in profile.fields.items():
        if field.generated and d.row[field.column] is None:
            d.row[field.column] = New(f'uuid {d.position}')
            if d.stored:
                d.changed.append(name)
    for field in computing_order(profile):
        if d.values.get(field.name, ABSENT) in (ABSENT, None) and (
                d.stored is None or field.create_only == 'no' and not is_outranked(profile, field, d, d.row[field.column])):
            compute(field, d)


def computing_order(profile):
    """Each behind those that it is computed from."""
    order = []

    def add(field):
        if field and field.marked_up and field not in order:
            add(profile.field_of(field.marked_up['base']))
            add(profile.field_of(field.marked_up['percent']))
            order.append(field)
    for field in profile.fields.values():
        add(field)
    return order


def compute(field, d):
    """If one of the two has changed."""
    columns = field.marked_up['base'], field.marked_up['percent']
    if any(d.row[c] is None for c in columns) or d.stored is not None and all(same(d.row[c], d.stored[c]) for c in columns):
        return
    price = exactly(*(d.row[c] for c in columns))
    if field.column in SCALES:
        price = rounded(price, *SCALES[field.column], field.name, d.failures)
    if price is not None and (d.stored is None or not same(price, d.row[field.column])):
        d.row[field.column] = price
        if d.stored is not None:
            d.changed.append(field.name)


def exactly(base, percent):
    """base * (1 + percent / 100): a power of ten divides exactly, however many digits there are. No zeros at its end but the base's."""
    with localcontext() as context:
        context.prec = 1000
        result = decimal(by_value((base * 100 + base * percent).scaleb(-2)))
        return max(result, result.quantize(base), key=lambda r: -r.as_tuple().exponent)


def hold_ranges(profile, d):
    """Rule 52: from <= to, be they given or stored."""
    for first, last in profile.ranges:
        start, end = d.row[profile.fields[first].column], d.row[profile.fields[last].column]
        if start is not None and end is not None and start > end:
            d.failures.add(last, 'range')


def merge_parts(catalogue, profile, actions, d):
    """Links, custom fields and variants are the product's: their change is its change, and raises its version (fine point l)."""
    for name, field in profile.fields.items():
        if field.read_only == 'ignore':
            continue
        value, action = said(d, field, actions), actions.get(name)
        if field.role == 'links' and value is not ABSENT:
            stored = linked(catalogue, field, d)
            d.links[name] = merge_links(action, stored, value)
            if d.links[name] != stored and is_outranked(profile, field, d, stored):
                del d.links[name]
                d.held.append(name)
            elif d.links[name] != stored:
                d.changed.append(name)
        elif field.role == 'custom_fields':
            stored = d.row['custom_fields']
            d.row['custom_fields'] = merge_custom_fields(catalogue, d, action, stored, value)
            if not same(stored, d.row['custom_fields']):
                if is_outranked(profile, field, d, stored):
                    d.row['custom_fields'] = stored
                    d.held.append(name)
                else:
                    d.changed.append(name)
        elif field.role == 'variants':
            d.variants, changes = plan_variants(catalogue, field, action, d, value)
            if changes and is_outranked(profile, field, d, set(v['sku'] for v in catalogue.rows('product_variant', d.organization, product_id=d.row['id'])) if d.stored else None):
                d.variants = None
                d.held.append(name)
            elif changes:
                d.changed.append(name)
