"""Random calls: small pools of values, so that collisions, moves, renames and partial documents happen all the time. Every
document names a random part of the fields, so that no column is named by all documents of a batch."""

from decimal import Decimal

from profiles import Field
from related import path_of
from values import ABSENT

KEYS = {'external_id': 'e', 'reference': 'r', 'handle': 'h', 'number': 'nr', 'upc': 'u', 'item_number': 'i'}
NAMES = {'manufacturer': 'M', 'brand': 'B', 'name': 'N', 'container': 'box'}
DECIMALS = ['1', '2.5', '19.90', '12345678901234567890123', '0.000000000000000001', '100', '0', '0.0', '1.0', '1.00', '2.50', '19.9', '1' + '0' * 150, '0.' + '0' * 120 + '25', '-1' + '0' * 150 + '.5']
TEXTS = ['a', 'b', 'long text with ünïcödé 💡', "it's", 'x' * 60]


class Generator:
    def __init__(self, random, profile, catalogue, wide=1):
        """wide: how many times as large the pools of keys are, for large batches."""
        self.random, self.profile, self.catalogue, self.wide = random, profile, catalogue, wide
        self.careless = False  # may the document say what is wrong in itself?
        self.organization = 1  # whose document it is
        self.says_organization = next((f for f in profile.fields.values() if f.role == 'organization'), None)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def documents(self, count):
        """Mostly of different products, so that most calls have something to write."""
        stored = [p for p in self.catalogue.tables['product'] if self.says_organization or p['organization_id'] == 1]
        self.random.shuffle(stored)
        return [self.document(stored.pop() if stored and not self.chance(8) else None) for _ in range(count)]

    def choose_organization(self, stored):
        """That of the product mostly; organization 3 has no rows that a product may refer to."""
        if not self.says_organization:
            return
        self.organization = int(stored['organization_id']) if stored and not self.chance(12) else self.random.choice([1, 1, 1, 1, 2, 2, 3])

    def name_organization(self, document):
        """Where a document says none, it is organization 1."""
        if self.says_organization and (self.organization != 1 or self.chance(10)):
            document[self.says_organization.name] = Decimal(self.organization)
        return document

    def moves(self):
        """Documents that hand keys, skus and parents on among stored products; to be matched by id."""
        stored = list(self.catalogue.rows('product', 1))
        self.random.shuffle(stored)
        stored = stored[:self.random.randint(2, 4)]
        keys = [f for f in self.profile.fields.values() if f.role == 'column' and f.column in (*KEYS, *NAMES) and not f.member]
        documents = []
        for product, other in zip(stored, stored[1:] + stored[:1]):
            document = {self.profile.name_of('id'): product['id']}
            for field in self.random.sample(keys, min(len(keys), self.random.randint(1, 2))):
                if other[field.column] is not None or field.nullable:
                    document[field.name] = other[field.column]
            if self.chance(2) and 'variants' in self.profile.fields and not self.profile.fields['variants'].required:
                skus = [v['sku'] for p in (product, other) for v in self.catalogue.rows('product_variant', 1, product_id=p['id'])]
                document['variants'] = [{'sku': s} for s in self.random.sample(skus, min(len(skus), 2))]
            if 'parent_product_id' in self.profile.fields and self.chance(2):
                document['parent_product_id'] = self.random.choice([p['id'] for p in stored] + [None])
            if self.chance(6):
                document[next(f.name for f in self.profile.fields.values() if f.column == 'price')] = {}  # a reject among them: what it would have released stays
            documents.append(document)
        self.random.shuffle(documents)
        return documents

    def first_documents(self, count):
        """What a case begins with: products without a key in common."""
        documents, seen = [], set()
        for _ in range(count):
            self.choose_organization(None)
            document = self.any_document(None)
            keys = {(self.organization, f, v) for f, v in document.items() if self.profile.fields[f].column in (*KEYS, 'uuid')}
            if not keys & seen:
                documents.append(self.name_organization(document))
                seen |= keys
        return documents

    def document(self, stored):
        """Of the stored product, of another one, or new. Mostly sound, sometimes not."""
        random = self.random
        self.careless = self.chance(6)
        if self.careless and self.chance(8):
            return random.choice([None, [], Decimal(7), 'text'])
        self.choose_organization(stored)
        document = self.of_a_stored_product(stored) if stored and not self.chance(3) else self.any_document(stored)
        self.name_organization(document)
        if self.careless and self.chance(6):
            document['unheard_of'] = Decimal(1)
        if self.profile.unknown_fields == 'keep' and self.chance(2):
            document[random.choice(['more', 'more', 'at', 'a.b'])] = random.choice([Decimal(1), Decimal('1.0'), None, 'x', {'a': [None]}])
        if grave := self.profile.tombstone:
            if grave['field'] in self.profile.fields:
                document.update({grave['field']: grave['value']} if self.chance(4) else {})
            elif self.chance(3):
                document[grave['field']] = random.choice([grave.get('value', True)] * 3 + [False, None, 'u', Decimal(1)])
        if self.profile.judged_by and self.chance(2):
            document[self.profile.judged_by] = self.a_timestamp(None)
        items = list(document.items())
        random.shuffle(items)
        return dict(items)

    def any_document(self, stored):
        density = self.random.choice([0.05, 0.2, 0.2, 0.5])
        document = {}
        for name, field in self.profile.fields.items():
            likely = density
            if field.required or field.column in KEYS:
                likely = max(density, 0.3 if not field.required else 0.9 if self.careless else 1)
            if self.random.random() < likely:
                document[name] = self.value(field, stored)
        return {n: v for n, v in document.items() if v is not ABSENT}

    def of_a_stored_product(self, stored):
        """Names a stored product by one of its keys, and says little else: nothing new, a part of it, or one column."""
        random, document = self.random, {}
        fields = self.profile.fields.values()
        keys = [f for f in fields if f.column in (*KEYS, 'id', 'uuid') and f.role == 'column' and stored[f.column] is not None]
        if keys:
            key = random.choice(keys)
            document[key.name] = stored[key.column]
        parts = [f for f in fields if f.role in ('links', 'variants', 'custom_fields', 'reference')]
        columns = [f for f in fields if f.role == 'column' and not f.member and f.column in stored]
        says = random.choice(['nothing new', 'parts', 'columns'])
        if says == 'nothing new':
            document.update({f.name: stored[f.column] for f in random.sample(columns, random.randint(0, 4))})
        elif says == 'parts':
            document.update({f.name: self.value(f, stored) for f in random.sample(parts, min(len(parts), random.randint(1, 2)))})
        else:
            document.update({f.name: self.value(f, stored) for f in random.sample(columns, random.randint(1, 3))})
        return {n: v for n, v in document.items() if v is not ABSENT}

    def value(self, field, stored):
        random = self.random
        if field.role not in ('column', 'reference', 'links', 'variants', 'custom_fields'):
            return ABSENT
        if self.chance(20) and (field.nullable or self.careless):
            return None
        if self.careless and self.chance(12):
            return random.choice(['', ' ', True, Decimal('1.5'), Decimal(-1), [], {}, 'x' * 300, '2026-02-30'])
        if field.empty and self.chance(8):
            return ''
        if field.coerce and field.type and self.chance(3):
            return self.in_other_words(field)
        if stored and not field.member and field.column in stored and stored[field.column] is not None and self.chance(3):
            return stored[field.column]
        return getattr(self, 'a_' + (field.type or field.role))(field)

    def in_other_words(self, field):
        """A value that is taken for another where the profile says so, and some that are not."""
        if field.type == 'text':
            return self.random.choice([Decimal('7'), Decimal('2.50')])
        if field.type == 'boolean':
            return self.random.choice(['1', 'true', 'YES', '0', 'no', '', Decimal(0), Decimal(1)] + ['on', Decimal(2)] * self.careless)
        if field.type == 'texts':
            return self.random.choice([[Decimal(1)], ['a', Decimal('2.50')]])
        value = self.value(Field(field.name, {**field.definition, 'coerce': False}, field.nested), None)
        return format(value, 'f') + ' ' * self.chance(4) if isinstance(value, Decimal) else value

    def a_text(self, field):
        random = self.random
        if field.enum:
            return random.choice(field.enum)
        if field.column in KEYS:
            value = f'{KEYS[field.column]}{random.randint(1, 6 * self.wide)}'
            if self.careless and self.chance(10):
                return value + random.choice(['\t', '\x01', '\x85']) + value
            return random.choice([' ', '\u00a0', '\t', '\ufeff', '\u200b ']) + value + ' ' if self.chance(15) else value
        if field.column in NAMES:
            return f'{NAMES[field.column]}{random.randint(1, 2 * self.wide)}'
        if field.column == 'size_unit':
            return random.choice(['oz', 'g', ''])
        return random.choice(TEXTS)

    def a_decimal(self, field):
        return Decimal(self.random.choice(['1', '2.5'] if field.column == 'size' else DECIMALS + ['-3'] * (field.minimum is None or self.careless)))

    def a_integer(self, field):
        if field.column == 'id':
            ids = [p['id'] for p in self.catalogue.tables['product']]
            return Decimal(self.random.choice(ids + [self.random.randint(5000, 5003)])) if self.chance(6) else ABSENT
        return Decimal(self.random.choice(['0', '1', '7', '2147483647', '-5'] + ['2147483648'] * self.careless))

    def a_boolean(self, _):
        return self.random.choice([True, False])

    def a_date(self, _):
        return self.random.choice(['2026-01-01', '2026-02-28', '2025-12-31'])

    def a_uuid(self, _):
        return f'00000000-0000-4000-8000-00000000000{self.random.randint(1, 3)}'

    def a_timestamp(self, _):
        return self.random.choice([f'2026-03-0{n}T10:00:00Z' for n in range(1, 6)] + [f'2026-03-0{n}T11:00:00.0+01:00' for n in range(1, 6)]
                                  + ['2026-03-03T10:00:00.5Z', '2026-03-03T05:00:00.500-05:00'] + ['no time'] * self.careless)

    def a_texts(self, _):
        return self.random.choice([[], ['a'], ['a', 'b'], ['b', 'a', 'b']])

    def a_json(self, field):
        if field.entries:
            return self.random.choice([{}, {'de': {'name': 'Tee'}}, {'de': {'name': 'Tee', 'other': True}, 'fr': {}}])
        if field.key and self.chance(2):
            return [{field.key: self.random.choice(['k', 'l', Decimal(1)]), **self.random.choice([{}, {'n': Decimal(2)}, {'n': None}])} for _ in range(self.random.randint(1, 3))]
        return self.random.choice([{}, [], {'a': [Decimal('1.5'), None, {'b': 'c'}]}, {'a': None, 'b': {'c': 'd'}}, {'b': {'c': None}}, [Decimal(1), 'x'], [Decimal('1.0'), 'y'],
                                   'text', Decimal('2.50'), True])

    def a_objects(self, field):
        return [{n: self.value(f, None) for n, f in field.fields.items() if f.required and not self.careless or not self.chance(3)} for _ in range(self.random.randint(0, 2))]


    # --- what belongs to a product

    def a_reference(self, field):
        """A row by its id, its uuid, its reference or code; as number, text or object; sometimes one that is not there."""
        random = self.random
        table = field.table if field.table == 'product' else 'product_' + field.table
        if field.missing == 'create' and self.chance(2):
            return self.a_new_row(field)
        rows = self.catalogue.rows(table, 1 if self.chance(20) else self.organization)  # those of another are not there (C6)
        if not rows and not self.careless:
            return ABSENT
        if field.table == 'product' and self.chance(8):
            column = random.choice([c for c in field.by if c in KEYS] or ['id'])
            return f'{KEYS[column]}{random.randint(1, 6 * self.wide)}' if column in KEYS else Decimal(4711)
        if not rows or self.careless and self.chance(3):
            return random.choice([Decimal(4711), 'nothing', {'id': Decimal(4711)}, '', [], True, {}])
        row = random.choice(rows)
        column = random.choice([c for c in field.by if c == 'path' or row[c] is not None])
        value = field.separator.join(path_of(self.catalogue, row)) if column == 'path' else row[column]
        if column == 'id' and self.chance(3):
            value = format(value, 'f')
        return {column: value} if self.chance(3) else value

    def a_new_row(self, field):
        """One of a few names, that may be there by now; spaced and spelt in every way, with more of the row or without."""
        random = self.random
        names = [f'n{random.randint(1, 3 * self.wide)}' for _ in range(random.randint(1, 3) if 'path' in field.by else 1)]
        if self.careless and self.chance(4):
            names[0] = random.choice(['', ' ', '7', 'n\x01n', '00000000-0000-4000-8000-000000000999', 'n > '])
        text = random.choice([' > ', '>', '  >']).join(names)
        if not self.chance(3):
            return f' {text} ' if self.chance(6) else text
        column = next(c for c in field.by if c not in ('id', 'uuid'))
        given = {column: text}
        for member in random.sample(['name', 'description', 'display_order', 'reference'], random.randint(0, 3)):
            if member not in field.by:
                given[member] = Decimal(random.randint(1, 3)) if (member == 'display_order') != (self.careless and self.chance(4)) else random.choice(['x', 'y', ''])
        return given

    def a_links(self, field):
        return [r for r in (self.a_reference(field) for _ in range(self.random.randint(0, 3))) if r is not ABSENT]

    def a_custom_fields(self, field):
        if field.style == 'list':
            return self.random.sample([self.a_custom(n) for n in CUSTOM], self.random.randint(0, 3))
        return {n: self.a_custom_value(n) for n in self.random.sample(list(CUSTOM), self.random.randint(0, 3))}

    def a_custom_value(self, name):
        if self.careless and self.chance(4):
            return self.random.choice([Decimal(1), 'text', True, [], '', {}])
        return self.random.choice([*CUSTOM[name], None])

    def a_custom(self, name):
        value = self.a_custom_value(name)
        return {'reference': name, 'values' if name == 'many' else 'value': value}

    def a_variants(self, field):
        variants = [self.a_variant(field) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        if self.careless:
            return variants
        return list({v['sku']: v for v in variants}.values())

    def a_variant(self, field):
        random = self.random
        if self.careless and self.chance(6):
            return random.choice([None, Decimal(1), {}])
        density = random.choice([0.1, 0.4])
        variant = {}
        for name, member in field.fields.items():
            likely = (0.9 if self.careless else 1) if name == 'sku' else (0.85 if self.careless else 1) if member.required else density
            if random.random() < likely and name != 'id':
                variant[name] = f's{random.randint(1, 6 * self.wide)}' if name == 'sku' else self.value(member, None)
        return variant


CUSTOM = {
    'txt': ['a', 'b'], 'many': [['a'], ['a', 'b'], ['b', 'c'], []], 'num': [Decimal('1'), Decimal('2.5')], 'yes': [True, False],
    'pick': ['red', 'green'], 'ean': ['x1', 'x2', ' x1', 'x3'], 'tag': ['t1', 't2'], 'code': [Decimal(1), Decimal('2.5')],
    'free': ['anything', [Decimal(1)], {'a': None}],
}


def options(random, profile, catalogue):
    chosen = {}
    if random.randrange(5):
        chosen['on_error'] = random.choice(['skip', 'skip', 'skip', 'abort'])
    if not random.randrange(16):
        chosen['mode'] = random.choice(['create', 'update'])
    elif profile.creates_by_mode and not random.randrange(3):
        chosen['mode'] = 'create'
    if not random.randrange(25):
        chosen['if_version'] = random.randint(1, 2)
    if not random.randrange(5):
        names = [r.name for r in catalogue.rules if all(profile.field_of(f) for f in r.fields)]
        names = [n for n in names if not profile.identifiers or n in profile.identifiers]
        if names:
            chosen['identifier_field'] = random.choice(names)
    if not random.randrange(4):
        chosen['field_actions'] = dict(an_action(random, random.choice(list(profile.fields.values()))) for _ in range(random.randint(1, 3)))
        chosen['field_actions'].pop(None, None)
    if profile.precedence:
        chosen['source'] = a_source(random)
    if not random.randrange(15):
        chosen['organization_id'] = random.choice([1, 2])
    return {k: v for k, v in chosen.items() if v or k == 'source'}


def a_source(random):
    """Of those that the profiles name, others, and none."""
    return random.choice(['hand', 'hand', 'erp', 'erp', 'shop', 'other', ''])


# recipe: action
def an_action(random, field):
    """One that the field takes: CLEAR for what may be null, APPEND and REMOVE for lists."""
    if field.role in ('constant', 'embed', 'organization', 'organization_document', 'variant_options', 'replace_variants') or field.read_only != 'no':
        return None, None
    valid = ['REPLACE', 'IGNORE'] + ['CLEAR'] * (field.nullable and not field.required and field.column not in ('id', 'is_deleted', 'is_archived'))
    valid += ['APPEND', 'REMOVE'] * 2 * field.is_list + ['MERGE'] * 2 * field.is_merged
    return field.name, random.choice(valid)
