"""What belongs to a product beside its own columns: what it refers to, links, custom fields and variants."""

import re
from decimal import Decimal

import gaps
from profiles import VARIANT_COLUMNS
from reading import read
from values import ABSENT, New, by_value, has_control_character, same, trim

UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', re.I)


# --- references --------------------------------------------------------------------------------------------------------------


class Named:
    """A product that a document names as its parent, to be found among those that the call writes."""

    def __init__(self, column, text, path):
        self.column, self.text, self.path = column, text, path


class Made:
    """A row that documents of a call name and that is not there: made with the first of them that is written."""

    def __init__(self, table, parent, row):
        self.table, self.parent, self.row = table, parent, row
        self.id = row['id']
        self.more = {}  # document -> what it says of the row beside its name


def path_of(catalogue, row):
    """The names from the root to the category."""
    above = [r for r in catalogue.tables['product_category'] if (r['organization_id'], r['id']) == (row['organization_id'], row['parent_id'])]
    return (path_of(catalogue, above[0]) if above else ()) + (row['name'],)


def make(catalogue, call, field, column, text, given, path, d):
    """The row is made where it is written: the id that stands for it, or ABSENT with a failure."""
    table = 'product_' + field.table
    if column in ('reference', 'path') and has_control_character(text):
        return d.failures.add(path, 'format') or ABSENT
    more = read_more(catalogue, table, column, given, path, d)
    if more is None:
        return ABSENT
    names = [trim(n) for n in text.split(field.separator)] if column == 'path' else [text]
    made = None
    for i in range(len(names)):
        way = tuple(names[:i + 1])
        there = [r for r in catalogue.rows(table, d.organization) if column == 'path' and path_of(catalogue, r) == way]
        if there:
            made = there[0]['id']
            continue
        key = (d.organization, table, column, way)
        if key not in call:
            row = {'organization_id': d.organization, 'id': New(f'{table} {way}'), **{c: None for c in COLUMNS[table]}, column: text, 'name': way[-1]}
            if 'name' not in NEEDED.get(table, ()) and column != 'name':
                row['name'] = None
            if column == 'path':
                row.pop('path')
                row['parent_id'] = made.id if isinstance(made, Made) else made
            call[key] = Made(table, made if isinstance(made, Made) else None, row)
        made = call[key]
    if more:
        made.more[d] = more
    return made.id


COLUMNS = {'product_category': ['uuid', 'reference', 'name', 'description', 'tax_category', 'display_order', 'parent_id'],
           'product_feature': ['uuid', 'reference', 'name'], 'product_family': ['uuid', 'name'],
           'product_billing_entity': ['uuid', 'reference', 'name']}
NEEDED = {'product_category': ['name'], 'product_family': ['name']}


def read_more(catalogue, table, column, given, path, d):
    """What an object says of a new row beside its name: columns that are no keys; None with a failure where one is of another type."""
    more, wrong = {}, False
    for name in COLUMNS[table] if isinstance(given, dict) else []:
        value = given.get(name)
        if value is None or name in ('uuid', 'reference', 'parent_id', column) or name == 'name' and column == 'path':
            continue
        if isinstance(value, str) and trim(value) == '':
            continue
        if not (isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 2**31 if name == 'display_order' else isinstance(value, str)):
            d.failures.add(f'{path}.{name}', 'type')
            wrong = True
        more[name] = value
    return None if wrong else more


def hold_waiting(documents):
    """Nothing waits that will not do with the row that it names either."""
    for d in documents:
        if any(code != 'parked' for _, code in d.failures):
            d.failures[:] = [(field, 'not_found' if code == 'parked' else code) for field, code in d.failures]


def make_rows(after, call, documents):
    """Every row that a document which is written refers to; what is above it, too. Of several documents the first says
    what the row has."""
    for d in documents:
        if d.failures or d.stored is not None and not d.changed:
            continue
        said = [v for v in (d.row or {}).values() if isinstance(v, New)] + [i for ids in d.links.values() for i in ids if isinstance(i, New)]
        for made in [m for m in call.values() if m.id in said]:
            way = []
            while made is not None:
                way.insert(0, made)
                made = made.parent
            for each in way:
                if not any(r is each.row for r in after.tables[each.table]):
                    each.row.update(each.more.get(d, {}))
                    after.tables[each.table].append(each.row)


def says(column, value):
    """What a value says of a column by which a row is named, or ABSENT where it can be none."""
    if column == 'id':
        text = by_value(value) if not isinstance(value, str) else trim(value)
        return text if re.match(r'[1-9]\d{0,17}$', text) else ABSENT
    text = trim(value) if isinstance(value, str) else by_value(value)
    if column not in ('id', 'uuid') and not isinstance(value, str):
        return ABSENT
    if column == 'uuid':
        return text.lower() if UUID.match(text) else ABSENT
    return text


def find_row(catalogue, organization, field, value):
    """A plain value names the row that has it in one of the columns of `by`: a document names another row by exactly what it
    says (doc/profiles.md, "References and links"). Returns the row's id or None."""
    found = []
    for column in field.by:
        said = says(column, value)
        if said is ABSENT:
            continue
        for row in catalogue.rows('product_' + field.table if field.table != 'product' else 'product', organization):
            if column == 'path':
                if path_of(catalogue, row) == tuple(trim(n) for n in said.split(field.separator)):
                    found.append(row['id'])
            elif row[column] is not None and (by_value(row[column]) if column == 'id' else row[column]) == said:
                found.append(row['id'])
    if len(set(found)) > 1:
        gaps.avoid('canonical_references')
    return found[0] if found else None


def is_name(value):
    """A number, or a text that is not blank, can name a row."""
    return not isinstance(value, (bool, list, dict)) and value is not None and not (isinstance(value, str) and trim(value) == '')


def read_reference(catalogue, field, value, path, d):
    """The id of the row that a document names; a Named where it may be made by the call; ABSENT with a failure where it is none."""
    organization = d.organization
    if isinstance(value, dict):
        said = {c: value[c] for c in field.by if is_name(value.get(c))}
        if not said:
            return d.failures.add(path, 'type') or ABSENT
        ids = {}
        for column, one in said.items():
            narrowed = _By(field, [column] if column != 'id' else ['id', 'uuid'])
            ids[column] = find_row(catalogue, organization, narrowed, one)
        if len(said) > 1 and (None in ids.values() or len(set(ids.values())) > 1):
            gaps.avoid('contradicting_references')
        (column, one), found = next(iter(said.items())), next(iter(ids.values()))
    elif is_name(value):
        column, one, found = None, value, find_row(catalogue, organization, field, value)
    else:
        return d.failures.add(path, 'type') or ABSENT
    if found is not None:
        return found
    if field.table == 'product':
        return Named(column, one, path)
    made = name_of_new(field, column, one)
    if made is not None:
        return make(catalogue, d.call, field, *made, value, path, d)
    d.failures.add(path, 'parked' if field.missing == 'park' and d.may_wait else 'not_found')  # rule 12
    return ABSENT


def name_of_new(field, column, value):
    """The column and the text by which a new row is known, where the profile has it made: None for what can only be an id."""
    if field.missing != 'create' or not isinstance(value, str):
        return None
    name = next(c for c in field.by if c not in ('id', 'uuid'))
    if column not in (None, name) or column is None and any(says(c, value) is not ABSENT for c in field.by if c in ('id', 'uuid')):
        return None
    if name == 'path' and any(trim(n) == '' for n in value.split(field.separator)):
        return None
    return name, trim(value)


class _By:
    """The field, but with fewer columns to name a row by."""

    def __init__(self, field, by):
        self.table, self.by, self.separator = field.table, by, field.separator


def find_parents(profile, documents):
    """A parent may be created by another document of the same call, and may come later in the feed."""
    field = profile.field_of('parent_product_id')
    for d in documents if field else []:
        named = d.values.get(field.name)
        if not isinstance(named, Named):
            continue
        columns = [named.column] if named.column else field.by
        makers = [o for o in documents if o.organization == d.organization and not o.tombstone and will_be_named(o, columns, named.text)]
        if any(o.stored is not None for o in makers) or len(makers) > 1:
            gaps.avoid('parents_by_changed_keys')
        d.parent = makers[0] if makers else None
        if d.parent is None:
            d.failures[:] = [f for f in d.failures if f != (field.name, 'read_only')]  # no parent, no other one
            if d.failures and any(says_name(o, columns, named.text) for o in documents if o.organization == d.organization):
                d.may_tell.add((named.path, 'not_found'))  # as where the document that makes the parent is rejected
            else:
                d.failures.add(named.path, 'not_found')
        if d.row is not None:
            d.row['parent_product_id'] = d.parent.row['id'] if d.parent and d.parent.row else None


def says_name(document, columns, text):
    said = [(c, document.columns.get(c)) for c in columns]
    return any(value not in (None, ABSENT) and says(c, value) == says(c, text) for c, value in said)


def will_be_named(document, columns, text):
    """Whether the document says the name, and its product has it in the end."""
    for column in columns:
        said = document.columns.get(column)
        if said in (None, ABSENT) or says(column, said) != says(column, text):
            continue
        held = said if column == 'id' and document.stored is None or document.row is None else document.row[column]
        if held is not None and says(column, held) == says(column, text):
            return True
    return False


def hold_parents(catalogue, profile, documents):
    """Rule 13: no product is its own ancestor. What a rejected document says counts for nothing: its product keeps the parent that
    is stored, and a product that it would make is nobody's parent. Until nothing more is rejected. Of a document that is wrong
    otherwise it may be told as well."""
    field = profile.field_of('parent_product_id')
    if field is None:
        return
    for d in documents:
        if d.failures and d.values.get(field.name) not in (None, ABSENT):
            d.may_tell |= {(field.name, 'range'), (field.name, 'not_found')}
    told = True
    while told:
        told = False
        parents = {(p['organization_id'], p['id']): p['parent_product_id'] for p in catalogue.tables['product']}
        sound = [d for d in documents if d.row is not None and not d.failures]
        for d in sound:
            parents[(d.organization, d.row['id'])] = d.row['parent_product_id']
        for d in sound:
            parent = d.row['parent_product_id']
            if d.parent is not None and d.parent.failures:
                d.failures.add(field.name, 'not_found')
            elif (parent is not None and (d.stored is None or d.stored['parent_product_id'] != parent)
                  and leads_to(parents, d.organization, parent, d.row['id'])):
                d.failures.add(field.name, 'range')
            told = told or bool(d.failures)
        told = hold_children(parents, documents) or told


def hold_children(parents, documents):
    """A product that is the parent of others is not deleted, unless these are deleted or moved by the same call."""
    removed = {(d.organization, d.stored['id']): d for d in documents if d.removes and not d.failures}
    gets = {(d.organization, d.row['parent_product_id']) for d in documents
            if d.row is not None and d.row['parent_product_id'] != (d.stored or {}).get('parent_product_id')}
    if removed.keys() & gets:
        gaps.avoid('child_of_removed')
    keeps = {(child[0], parent) for child, parent in parents.items() if child not in removed}
    for product in removed.keys() & keeps:
        removed[product].failures.add(None, 'constraint')
    return bool(removed.keys() & keeps)


def leads_to(parents, organization, start, end):
    seen = set()
    while start is not None and start not in seen:
        if start == end:
            return True
        seen.add(start)
        start = parents.get((organization, start))
    return False


# --- links -------------------------------------------------------------------------------------------------------------------


def read_links(catalogue, field, value, d):
    """A list of rows, each named once; null is none."""
    if value is None:
        if not field.nullable:
            d.failures.add(field.name, 'type')
            return ABSENT
        return set()
    if not isinstance(value, list):
        d.failures.add(field.name, 'type')
        return ABSENT
    # Rule 42: an empty list in the list names nothing, as in the documentation's own example, [[]].
    ids = [read_reference(catalogue, field, v, f'{field.name}.{i}', d) for i, v in enumerate(value) if v != []]
    return {i for i in ids if i is not ABSENT}


def link_table(field):
    return f'product_{field.table}_link', f'{field.table}_id'


def linked(catalogue, field, d):
    table, column = link_table(field)
    return {r[column] for r in catalogue.rows(table, d.organization, product_id=d.row['id'])} if d.stored else set()


# recipe: action
def merge_links(action, stored, said):
    if action in ('APPEND', 'MERGE'):
        return stored | said
    if action == 'REMOVE':
        return stored - said
    return said


# --- variants ----------------------------------------------------------------------------------------------------------------


def read_variants(field, value, d):
    """Each a dict of what the document says of it, and `at`, its place. A sku stands once in a document (rule 23)."""
    if value is None:
        d.failures.add(field.name, 'type')
        return ABSENT
    if not isinstance(value, list):
        d.failures.add(field.name, 'type')
        return ABSENT
    variants, seen = [], set()
    for i, said in enumerate(value):
        path = f'{field.name}.{i}'
        if not isinstance(said, dict):
            d.failures.add(path, 'type')
            continue
        variant = {'at': i}
        for name, member in member_fields(field):
            variant[member.column] = read(member, said.get(name, ABSENT), f'{path}.{name}', d.failures, name == 'sku')
        if variant['sku'] is ABSENT and not d.failures.told(path + '.sku'):
            d.failures.add(path + '.sku', 'required')
        elif variant['sku'] is not ABSENT and variant['sku'] in seen:
            d.failures.add(path + '.sku', 'collision')
        if variant['sku'] is ABSENT or variant['sku'] not in seen:
            variants.append(variant)
        seen.add(variant['sku'])
    return variants


def member_fields(field):
    return [(n, f) for n, f in field.fields.items() if f.read_only != 'ignore']


def plan_variants(catalogue, field, action, d, said):
    """The product's variants as they would be, by sku; and whether that is a change. Rule 22: those that are not mentioned are kept,
    unless REPLACE; REMOVE takes away those with these skus."""
    stored = {v['sku']: v for v in catalogue.rows('product_variant', d.organization, product_id=d.row['id'])} if d.stored else {}
    if said is ABSENT:
        if field.required and d.stored is None and not d.failures.told(field.name):
            d.failures.add(field.name, 'required')
        return stored, False
    if field.required and d.stored is None and not said and not d.failures.told(field.name):
        d.failures.add(field.name, 'range')  # fine point l: on create an empty list is a failure
    if action == 'REMOVE':
        if field.required and d.stored is None and said and not d.failures.told(field.name):
            d.failures.add(field.name, 'required')  # what is taken away is not there
        after = {s: v for s, v in stored.items() if s not in {v['sku'] for v in said}}
        hold_last(field, stored, after, d)
        return after, after.keys() != stored.keys()
    after = {} if action == 'REPLACE' else dict(stored)
    for variant in said:
        if 'id' in field.fields and variant['id'] not in (None, ABSENT) and not any(v['id'] == variant['id'] for v in stored.values()):
            d.failures.add(f'{field.name}.{variant["at"]}.id', 'not_found')
        row = one_variant(field, variant, stored.get(variant['sku']), d)
        if variant['sku'] is not ABSENT:
            after[variant['sku']] = row
    hold_last(field, stored, after, d)
    return after, after.keys() != stored.keys() or any(after[s] is not stored.get(s) for s in after)


def hold_last(field, stored, after, d):
    """Rule 22: no call takes a product's last variant, where a product needs one."""
    if field.required and stored and not after:
        d.failures.add(field.name, 'range')


def one_variant(field, said, stored, d):
    if stored is not None:
        row = dict(stored)
    else:
        row = {c: None for c in VARIANT_COLUMNS}
        row.update(organization_id=d.organization, product_id=d.row['id'], id=New(f'variant {d.position}.{said["at"]}'))
    for name, member in member_fields(field):
        value = said[member.column]
        if value is ABSENT and stored is None:
            path = f'{field.name}.{said["at"]}.{name}'
            if member.required and not d.failures.told(path):
                d.failures.add(path, 'required')
            value = member.default
        if value is not ABSENT and not same(row[member.column], value):
            row[member.column] = value
    return stored if stored is not None and row == stored else row


def hold_skus(catalogue, profile, documents):
    """A sku belongs to one product: a new one that another product has is taken, one that two documents want is a collision."""
    for field in profile.of_role('variants'):
        wanted = {}
        for d in documents:
            for sku, variant in (d.variants or {}).items():
                if isinstance(variant['id'], New):
                    wanted.setdefault((d.organization, sku), []).append(d)
        for (organization, sku), those in wanted.items():
            holders = catalogue.rows('product_variant', organization, sku=sku)
            for d in those:
                at = next(v['at'] for v in d.values[field.name] if v['sku'] == sku)
                path = f'{field.name}.{at}.sku'
                if len(those) > 1:
                    d.failures.add(path, 'collision')
                for holder in holders:
                    giver = next((o for o in documents if o.organization == organization and o.stored and o.stored['id'] == holder['product_id']
                                  and (o.removes or o.variants is not None and sku not in o.variants)), None)
                    if giver is None:
                        d.failures.add(path, 'taken')
                    else:
                        gaps.avoid('moves')
                        d.takes_from.append((giver, (path, 'taken')))
