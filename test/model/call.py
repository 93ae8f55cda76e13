"""A call: profile, documents and options make of a catalogue the next one, and answer a row for each document.

In the order of the rules: read every document (C3), decide which product it is, then what is required (C2), merge (C1), hold
every identity rule against all other products and all other documents of the call, and write what is not rejected (C4).
"""

from catalogue import IdentityRule
from customs import hold_unique_values, read_custom_fields, write_values
from holding import hold_givers, hold_keys, hold_same_product
from matching import match, rules_asked, said_key
from merging import actions_of, create, get, update
from reading import Failures, instant, read
from related import find_parents, hold_parents, hold_skus, hold_waiting, link_table, make_rows, read_links, read_reference, read_variants
from values import ABSENT, same


class Document:
    def __init__(self, position, data, organization):
        self.position, self.data, self.organization = position, data, organization
        self.failures = Failures()
        self.may_tell = set()  # failures that the rules leave open beside others
        self.values = {}   # field name -> value
        self.columns = {}  # column -> value, of the fields that are columns
        self.unknown = {}  # what is no field, and is kept
        self.row = None    # the product as it would be
        self.changed = []
        self.source = ''      # who says it
        self.refused = False  # it is of another organization than the call
        self.held = []        # fields that another source holds back
        self.decided_by = None
        self.match = None
        self.parent = None    # the document that makes the parent
        self.links = {}       # field name -> ids, where the document says something of them
        self.takes_from = []  # (document that releases what this one takes, the failure where it does not)
        self.variants = None  # sku -> row, where the document says something of them
        self.tombstone = False  # it says that the product is to be deleted
        self.stale = self.removes = False
        self.absent_keys = {}  # of a tombstone without a product: rule -> the key that it was looked for by

    @property
    def stored(self):
        return self.match.product if self.match else None


class Answer:
    """rows: one a document, as product_upsert_rows tells them. raised: under abort, that the call raises their errors."""

    def __init__(self, rows, raised, documents):
        self.rows, self.raised, self.documents = rows, raised, documents


def upsert(catalogue, profile, documents, options):
    """The next catalogue and the answer. options: identifier_field, field_actions, mode, if_version, on_error."""
    documents = [Document(i, d, organization_of(profile, options, d)) for i, d in enumerate(documents, 1)]
    options = {**options, 'field_actions': {**profile.actions, **(options.get('field_actions') or {})}}
    made = {}
    for d in documents:
        d.source = profile.source or options.get('source') or ''
        d.call = made
        d.failures.names = profile.fields
        d.may_wait = options.get('on_error', 'abort') == 'skip'
    for d in documents:
        read_document(catalogue, profile, options, d)
    for d in documents:
        if isinstance(d.data, dict) and not d.refused:
            decide(catalogue, profile, options, d)
    hold_same_product(profile, documents)
    hold_keys(catalogue, profile, options, documents)
    hold_skus(catalogue, profile, documents)
    hold_unique_values(catalogue, profile, documents)
    find_parents(profile, documents)
    before = None
    while before != sum(len(d.failures) for d in documents):
        before = sum(len(d.failures) for d in documents)
        hold_givers(documents)
        hold_parents(catalogue, profile, documents)
    hold_waiting(documents)

    raised = options.get('on_error', 'abort') == 'abort' and any(d.failures for d in documents)
    after = catalogue.copy()
    name_levels(catalogue, profile, documents)
    if not raised:
        make_rows(after, made, documents)
        for d in documents:
            if d.removes and not d.failures:
                remove(after, d)
        for d in documents:
            if not d.failures:
                write(after, profile, d)
    return after, Answer([told(d) for d in documents], raised, documents)


def organization_of(profile, options, data):
    """Rule 37: the document's own, else that of the call, else the setting."""
    field = next(iter(profile.of_role('organization')), None)
    own = data.get(field.name) if field and isinstance(data, dict) else None
    return int(own if own is not None else options.get('organization_id') or 1)


# --- reading -----------------------------------------------------------------------------------------------------------------


def read_document(catalogue, profile, options, d):
    if not isinstance(d.data, dict):
        d.failures.add(None, 'type')
        return
    identity = catalogue.identity_columns()
    grave = profile.tombstone
    d.tombstone = grave is not None and says_tombstone(profile, d)
    actions = {} if d.tombstone else actions_of(options)  # no action is for a tombstone
    kept_in_meta = {f.member for f in profile.of_role('column') if f.column == 'meta'}
    for name in d.data:
        if name in profile.fields or grave and name == grave['field']:
            continue
        if profile.unknown_fields == 'reject' or profile.unknown_fields == 'keep' and name in kept_in_meta:
            d.failures.add(name, 'unknown_field')
        elif profile.unknown_fields == 'keep' and not d.tombstone:
            d.unknown[name] = d.data[name]
    for name, field in profile.fields.items():
        if field.read_only == 'ignore':
            continue  # C7: read-only fields are ignored where the profile says so
        value = d.data.get(name, ABSENT)
        if actions.get(name) == 'CLEAR' and not (field.role == 'column' and field.column in identity):
            value = None  # rule 16: null, whatever the document says
        elif actions.get(name) == 'IGNORE' and not (field.role == 'column' and field.column in identity):
            value = ABSENT  # rule 16: not even checked, unless a product is found by it
        if value is not ABSENT:
            value = read_role(catalogue, field.bare() if actions.get(name) == 'MERGE' else field, value, d, field.column in identity and not field.member)
        d.values[name] = value
        if value is not ABSENT and not field.member:
            d.columns[field.column] = value
    if d.tombstone:
        bury(catalogue, profile, options, d)
    elif grave and grave.get('revive') and d.values.get(profile.field_of('is_deleted').name, ABSENT) is ABSENT:
        d.values[profile.field_of('is_deleted').name] = False
    if d.organization != (options.get('organization_id') or d.organization):
        refuse(profile, d)


def refuse(profile, d):
    """Fine point n: the organization of the call and the document's own must agree. What else is wrong with it may be told."""
    d.may_tell |= set(d.failures)
    d.failures[:] = [(profile.of_role('organization')[0].name, 'permission')]
    d.values, d.columns, d.refused = {}, {}, True


def says_tombstone(profile, d):
    grave = profile.tombstone
    said = d.data.get(grave['field'], ABSENT)
    if grave['field'] in profile.fields:
        said = read(profile.fields[grave['field']], said, grave['field'], Failures())
    return said is not ABSENT and said is not None and same(said, grave.get('value', True))


def bury(catalogue, profile, options, d):
    """Of a tombstone counts what finds the product by the rules asked, and the time that it is judged by; a field that says it is one is stored."""
    asked = {f for rule in rules_asked(catalogue, profile, options) for f in rule.fields}
    for name, field in profile.fields.items():
        counts = field.role == 'column' and not field.member and field.column in asked or name in (profile.judged_by, profile.tombstone['field'])
        if not counts:
            d.values[name] = ABSENT
            if not field.member:
                d.columns.pop(field.column, None)
            d.failures[:] = [f for f in d.failures if profile.field_at(f[0]) is not field]
    if profile.tombstone.get('action', 'delete_softly') == 'delete_softly':
        name = profile.field_of('is_deleted').name
        d.values[name] = True  # whatever a field action says


def read_role(catalogue, field, value, d, identifies):
    if field.role == 'column':
        return read(field, value, field.name, d.failures, identifies)
    if field.role == 'reference':
        value = read_nullable(field, value, d)
        return value if value in (None, ABSENT) else read_reference(catalogue, field, value, field.name, d)
    if field.role == 'links':
        return read_links(catalogue, field, value, d)
    if field.role == 'variants':
        return read_variants(field, value, d)
    if field.role == 'custom_fields':
        return read_custom_fields(catalogue, field, value, d)
    return ABSENT


def read_nullable(field, value, d):
    if value is None and not field.nullable:
        d.failures.add(field.name, 'type')
        return ABSENT
    return value


# --- deciding ----------------------------------------------------------------------------------------------------------------


def decide(catalogue, profile, options, d):
    """Matches first, then judges what the match asks for (C2): mode, if_version, what is required; then merges."""
    d.match = match(catalogue, profile, options, d, d.failures)
    if d.match.is_ambiguous:
        return
    if d.stored is not None:
        d.decided_by = d.match.rule.name
    if not may_go_on(catalogue, profile, options, d):
        return
    if d.stored is not None and is_stale(profile, d):
        d.stale, d.row = True, d.stored
    elif d.tombstone and d.stored is None:
        d.absent_keys = {rule.name: rule.key(said_key(rule, d.columns)[0]) for rule in d.match.asked}
    elif d.tombstone and profile.tombstone.get('action') == 'delete':
        d.removes = True
    elif d.tombstone:
        keep_only_the_tombstone(profile, d)
        update(catalogue, profile, {}, d)
    elif d.stored is not None:
        update(catalogue, profile, options, d)
    else:
        create(catalogue, profile, options, d)


def is_stale(profile, d):
    """By the field that judged_by names: older than what is stored."""
    if not profile.judged_by:
        return False
    field = profile.fields[profile.judged_by]
    said, stored = d.values.get(field.name, ABSENT), get(d.stored, field)
    return isinstance(said, str) and isinstance(stored, str) and instant(said) < instant(stored)


def keep_only_the_tombstone(profile, d):
    """What the product was found by is no change of it."""
    for name in profile.fields:
        if name not in (profile.judged_by, profile.tombstone['field'], profile.field_of('is_deleted').name):
            d.values[name] = ABSENT


def may_go_on(catalogue, profile, options, d):
    """mode: create (a match is an error), update (no match is an error). if_version: precondition on the stored version. A
    document that fails here is judged no further: it would neither create nor update."""
    mode, if_version = options.get('mode', 'upsert'), options.get('if_version')
    if d.stored is not None:
        if mode == 'create':
            d.failures.add(profile.path_of(d.match.rule), 'taken')  # fine point h
            return False
        if if_version is not None and d.stored['version'] != if_version:
            d.failures.add(None, 'precondition')
            return False
        return True
    asked = rules_asked(catalogue, profile, options)
    if options.get('identifier_field') and not d.match.asked:
        null_is_none(profile, asked[0], d)
        lacks_identifier(profile, asked[0], d)  # the identifier's value is missing (rule 6)
        return False
    if if_version is not None:
        d.failures.add(None, 'precondition')  # fine point h: there is no version of what would be created
        return False
    if (d.tombstone or profile.require_key) and not d.match.asked:
        d.failures.add(None, 'required')  # it has to say whose it is
        return False
    if d.tombstone:
        return True
    if mode == 'create':
        return True
    # By `id` no match is never a creation (rule 7), nor by a rule that the profile says never creates.
    for rule in d.match.asked:
        if mode == 'update' or options.get('identifier_field') == 'id' or rule.name in profile.never_creates:
            d.failures.add(profile.path_of(rule), 'not_found')
            return False
    if mode == 'update' or profile.creates_by_mode:
        before = len(d.failures)
        lacks_identifier(profile, asked[0], d)  # where no rule of the profile creates, only mode create does
        if len(d.failures) == before and d.match.asked:
            d.failures.add(profile.path_of(asked[0]), 'not_found')
        return False
    return True


def null_is_none(profile, rule, d):
    """Of the identifier that the call names, null is no value to find anything by: that it is missing is what is told."""
    for f in rule.required:
        name = profile.name_of(f)
        if d.data.get(name, ABSENT) is None and (name, 'type') in d.failures:
            d.failures.remove((name, 'type'))


def lacks_identifier(profile, rule, d):
    for f in rule.required:
        name = profile.name_of(f)
        if d.columns.get(f, ABSENT) in (ABSENT, None) and not d.failures.told(name):
            d.failures.add(name, 'required')


# --- what decided ------------------------------------------------------------------------------------------------------------


def name_levels(catalogue, profile, documents):
    """Fine point e: the most general level that is new, judged against what is stored and the documents before it in the call;
    for a created product outside such a rule, the identifier that was looked for and not found."""
    known = list(catalogue.tables['product'])
    for d in documents:
        if d.row is None or d.failures:
            continue
        if d.stored is not None:
            known.append(d.row)
            continue
        d.decided_by = d.match.looked_for.name if d.match.looked_for else None
        # A field action may have kept the product out of the rule that the document asked.
        with_levels = [r.name for r in d.match.asked if r.name in profile.levels and r.key(d.row) is not None]
        for level in profile.levels[with_levels[0]] if with_levels else []:
            columns = [profile.fields[f].column for f in level['fields']]
            of_level = IdentityRule(level['level'], columns, True, ['manufacturer'])
            if not any(p['organization_id'] == d.organization and of_level.key(p) == of_level.key(d.row) for p in known):
                d.decided_by = level['level']
                break
        known.append(d.row)


# --- writing and telling -----------------------------------------------------------------------------------------------------


def remove(after, d):
    """The product, and what hangs on it."""
    gone = (d.organization, d.stored['id'])
    for table, column in (('product', 'id'), ('product_variant', 'product_id'), ('product_feature_link', 'product_id'),
                          ('product_family_link', 'product_id'), ('product_custom_value', 'product_id')):
        rows = after.tables[table]
        rows[:] = [r for r in rows if (r['organization_id'], r[column]) != gone]


def write(after, profile, d):
    if d.removes:
        return  # before the others: its keys are free
    if d.row is None or d.stored is not None and not d.changed:
        return
    products = after.tables['product']
    products[:] = [p for p in products if (p['organization_id'], p['id']) != (d.organization, d.row['id'])] + [d.row]
    for name, ids in d.links.items():
        table, column = link_table(profile.fields[name])
        rows = after.tables[table]
        rows[:] = [r for r in rows if (r['organization_id'], r['product_id']) != (d.organization, d.row['id'])] + [
            {'organization_id': d.organization, 'product_id': d.row['id'], column: i} for i in ids]
    if d.variants is not None:
        rows = after.tables['product_variant']
        rows[:] = [r for r in rows if (r['organization_id'], r['product_id']) != (d.organization, d.row['id'])] + [*d.variants.values()]
    write_values(after, d)


def notes(d):
    """Rule 60: beside a status that is not `rejected`."""
    if d.stored is None:
        return [(None, 'not_found')] if d.tombstone else None
    if d.removes:
        return [(None, 'deleted')]
    told = [(None, 'deleted')] if d.stored['is_deleted'] and d.row['is_deleted'] else []
    return sorted(told + [(None, 'stale')] * d.stale + [(name, 'held_back') for name in d.held], key=str) or None


def told(d):
    """(position, status, id, decided_by, version, changed, errors)"""
    stored = d.stored
    if d.failures:
        status = 'rejected'
    elif stored is None:
        status = 'unchanged' if d.tombstone else 'created'
    else:
        status = 'updated' if d.changed or d.removes else 'unchanged'
    as_it_was = status == 'rejected' or d.row is None
    return {
        'position': d.position,
        'status': status,
        'id': (stored['id'] if stored else None) if as_it_was else d.row['id'],
        'decided_by': d.decided_by,
        'version': (stored['version'] if stored else None) if as_it_was else d.row['version'],
        'changed': sorted(d.changed) if status == 'updated' else None,
        'errors': sorted(set(d.failures), key=str) if d.failures else notes(d),
        'may_tell': d.may_tell,
    }
