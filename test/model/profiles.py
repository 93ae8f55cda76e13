"""Profiles, read as the data they are: sql/profiles/*.json, and what a test adds (doc/profiles.md is the language)."""

import json
from decimal import Decimal
from pathlib import Path

from values import ABSENT, loads

# The columns that documents may write, by type (sql/tables/10_product.sql).
# recipe: column
TEXT = '''external_id reference handle number manufacturer brand name size_unit internal_name description product_type status
    tax_category invoice_visibility currency web_url container vend_size product_group item_number upc product_image
    nutrition_image department'''.split()
PRODUCT_COLUMNS = '''id uuid external_id reference handle number manufacturer brand name size size_unit internal_name description
    product_type status tax_category invoice_visibility display_order currency web_url price cost markup available_from
    available_to container vend_size calories product_group item_number upc is_common product_image nutrition_image department
    tags systems channels images translations custom_fields custom_data linked_integrations meta category_id parent_product_id
    billing_entity_id tax_group_id measurement_id cost_centre_id is_archived is_deleted'''.split()
# Columns that the owner of the tables has added, and the decimals of those that have a scale.
OWN_COLUMNS = {'own_number': 'numeric', 'own_scaled': 'numeric(8,2)', 'own_list': 'text[]', 'own_at': 'timestamptz', 'own_json': 'jsonb'}
SCALES = {'own_scaled': (8, 2)}
PRODUCT_COLUMNS += OWN_COLUMNS
VARIANT_COLUMNS = '''sku external_id barcode web_url handle title description position price price_discounted
    price_comparison price_cost available_quantity images meta tags options'''.split()
INTEGER_MAX = 2**31 - 1


class Field:
    """One member of `fields`: its name in documents, its column, and what its value may be."""

    def __init__(self, name, definition, nested=False):
        self.name = name
        self.nested = nested or 'member' in definition  # a member of jsonb: what a column's type forbids is no matter there
        self.definition = definition
        get = definition.get
        self.role = get('role', 'column')
        self.type = get('type')
        self.column = 'custom_fields' if self.role == 'custom_fields' else get('column', name)
        self.member = get('member')
        self.required = get('required', False)
        self.nullable = get('nullable', True)
        self.default = definition['default'] if 'default' in definition else ABSENT
        self.read_only = get('read_only', 'no')
        self.create_only = get('create_only', 'no')
        self.enum = get('enum')
        self.minimum, self.maximum = get('min'), get('max')
        self.min_length, self.max_length = get('min_length'), get('max_length')
        self.no_white_space = get('no_white_space', False)
        self.empty = get('empty')
        self.coerce = get('coerce', False)
        self.empty_list = get('empty_list', 'list')
        self.null = get('null')
        self.texts = get('values') == 'texts'
        self.entries = {n: Field(n, d, True) for n, d in definition['entries'].items()} if 'entries' in definition else None
        self.fields = {n: Field(n, d, self.role != 'variants') for n, d in definition['fields'].items()} if 'fields' in definition else None
        self.generated = get('generated', False)
        self.marked_up = get('marked_up')
        self.table = get('table')
        self.by = get('by')
        self.separator, self.missing = get('separator', '>'), get('missing', 'reject')
        self.resource = get('resource', self.table)
        self.shape = get('shape')
        self.fixed = get('fixed', [])
        self.style, self.free = get('style'), get('free', False)
        self.value = get('value')
        self.of = get('of')
        self.quiet, self.action = get('quiet', False), get('action')
        self.key = get('key')

    @property
    def is_list(self):
        """A list, or what may be one: APPEND and REMOVE are for these alone (rule 16)."""
        return self.type in ('texts', 'objects') or self.type == 'json' and not self.entries and self.empty_list != 'object' or self.role in (
            'links', 'variants', 'custom_fields')

    @property
    def is_merged(self):
        """An object, or a list of objects that one member tells apart: MERGE is for these (rule 16)."""
        return self.role in ('links', 'variants', 'custom_fields') or self.type == 'json' or self.type == 'objects' and self.key is not None

    def bare(self):
        """The field, its members without defaults."""
        return Field(self.name, without_defaults(self.definition), self.nested)


def without_defaults(definition):
    inner = {part: {n: {k: v for k, v in without_defaults(d).items() if k != 'default'} for n, d in definition[part].items()}
             for part in ('fields', 'entries') if part in definition}
    return {**definition, **inner}


class Profile:
    def __init__(self, name, definition):
        self.name = name
        self.definition = definition
        self.fields = {n: Field(n, d) for n, d in definition['fields'].items()}
        self.unknown_fields = definition.get('unknown_fields', 'reject')
        self.require_key = definition.get('require_key', False)
        self.actions = {n: f.action for n, f in self.fields.items() if f.action}
        self.identity = [r['rule'] if isinstance(r, dict) else r for r in definition['identity']]
        self.never_creates = {r['rule'] for r in definition['identity'] if isinstance(r, dict) and not r.get('creates', True)}
        self.levels = {r['rule']: r['levels'] for r in definition['identity'] if isinstance(r, dict) and 'levels' in r}
        self.identifiers = definition.get('identifiers')
        self.judged_by = definition.get('judged_by')
        self.tombstone = definition.get('tombstone')
        self.source, self.precedence = definition.get('source'), definition.get('precedence')
        self.ranges = definition.get('ranges', [])
        self.list_name = definition.get('request', {}).get('list')
        self.envelope = definition.get('answer', {}).get('envelope')
        self.bulk = definition.get('answer', {}).get('bulk', 'products')

    @property
    def creates_by_mode(self):
        """No rule creates: only `mode` does."""
        return self.never_creates >= set(self.identity)

    def field_of(self, column):
        """The field that says this column of product, or None."""
        for field in self.fields.values():
            if field.role in ('column', 'reference') and field.column == column and not field.member:
                return field
        return None

    def of_role(self, role):
        return [f for f in self.fields.values() if f.role == role]

    def name_of(self, column):
        field = self.field_of(column)
        return field.name if field else column

    def field_at(self, path):
        """Of a failure: the field whose name, which may have dots in it, is the longest beginning of its path. None where it is of none."""
        names = [n for n in self.fields if path is not None and (path == n or path.startswith(n + '.'))]
        return self.fields[max(names, key=len)] if names else None

    def path_of(self, rule):
        """Of a rule of several fields none alone is wrong."""
        return self.name_of(rule.fields[0]) if len(rule.fields) == 1 else None


OWN_PROFILES = sorted((Path(__file__).resolve().parent / 'profiles').glob('*.json'))


def read_profiles():
    """The built-in ones, and those of this folder, for what none of them says."""
    folder = Path(__file__).resolve().parents[2] / 'sql' / 'profiles'
    return {p.stem: Profile(p.stem, loads(p.read_text())) for p in sorted(folder.glob('*.json')) + OWN_PROFILES}
