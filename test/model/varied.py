"""Profiles at random: a profile some of whose options say something else (doc/profiles.md, "What a definition holds" and "Fields")."""

import copy
from decimal import Decimal

from generate import KEYS, NAMES
from profiles import Field, Profile
from reading import Failures, read
from values import ABSENT


def vary(random, profile, generator_of):
    """Another profile. generator_of(profile): what makes values of its fields."""
    definition = copy.deepcopy(profile.definition)
    for member in ('http', 'description'):
        definition.pop(member, None)
    vary_whole(random, definition)
    lay_over(random, definition)
    names = [n for n, f in definition['fields'].items() if may_vary(n, f, definition)]
    for name in random.sample(names, min(len(names), random.randint(1, 8))):
        vary_field(random, name, definition, generator_of)
    return Profile('varied', definition)


def vary_whole(random, definition):
    if not random.randrange(3):
        definition['require_key'] = True
    if not random.randrange(3):
        definition['unknown_fields'] = random.choice(['reject', 'ignore'] + ['keep'] * 2 * may_keep(definition))
    rules = definition['identity']
    if not random.randrange(3):
        random.shuffle(rules)
    if len(rules) > 1 and not random.randrange(4):
        rules.pop(random.randrange(len(rules)))
    if not random.randrange(6):
        at = random.randrange(len(rules))
        rules[at] = {**(rules[at] if isinstance(rules[at], dict) else {'rule': rules[at]}), 'creates': False}


def may_keep(definition):
    """Whether what is no field can be kept in meta: no field is the whole column."""
    return all(f.get('column', n) != 'meta' or 'member' in f for n, f in definition['fields'].items())


def lay_over(random, definition):
    """What any profile may have, of those options that change what a whole document means."""
    fields = definition['fields']
    columns = {f.get('column', n) for n, f in fields.items() if 'member' not in f}
    if 'judged_by' not in definition and may_keep(definition) and not random.randrange(6):
        fields['judged at'] = {'type': 'timestamp', 'column': 'meta', 'member': 'at'} if random.randrange(2) else {'type': 'timestamp', 'column': 'own_at'}
        definition['judged_by'] = 'judged at'
    if 'tombstone' not in definition and not random.randrange(5):
        softly = any(f.get('column', n) == 'is_deleted' and 'read_only' not in f for n, f in fields.items())
        definition['tombstone'] = {'field': 'buried', **random.choice([{}, {'value': 'd'}, {'value': Decimal(1)}])}
        definition['tombstone'].update(random.choice([{}, {'revive': True}]) if softly and random.randrange(3) else {'action': 'delete'})
    if 'precedence' not in definition and not random.randrange(6):
        definition['precedence'] = {'*': random.choice([['hand', 'erp'], ['shop'], ['erp', 'hand', 'shop']])}
    if not random.randrange(4):
        fields.update({'own.number': {'type': 'decimal', 'column': 'own_number'}, 'own.list': {'type': 'texts', 'column': 'own_list'},
                       'own_json': {'type': 'json', **random.choice([{}, {'key': 'k'}])}})
    if not columns & {'cost', 'markup', 'price'} and not random.randrange(4) or 'own_scaled' not in columns and {'cost', 'markup', 'price'} <= columns and not random.randrange(3):
        lay_over_markup(random, fields, columns)
    if not columns & {'available_from', 'available_to'} and not random.randrange(4):
        fields['sold.from'], fields['sold'] = {'type': 'date', 'column': 'available_from'}, {'type': 'date', 'column': 'available_to'}
        definition['ranges'] = definition.get('ranges', []) + [['sold.from', 'sold']]


def lay_over_markup(random, fields, columns):
    """One price, or a chain of two, whose names come in either order."""
    for column in ('cost', 'markup'):
        if column not in columns:
            fields[column] = {'type': 'decimal'}
    if 'price' not in columns:
        fields['price'] = {'type': 'decimal', 'marked_up': {'base': 'cost', 'percent': 'markup'}}
    fields[random.choice(['a shelf price', 'zz shelf price'])] = {'type': 'decimal', 'column': 'own_scaled', 'marked_up': {'base': random.choice(['price', 'cost']), 'percent': 'markup'}}


def may_vary(name, field, definition):
    """Nothing that is not written."""
    roles = ('column', 'reference', 'links', 'custom_fields', 'variants')
    ours = ('read_only', 'generated')
    return field.get('role', 'column') in roles and field.get('column', name) not in ('id', 'uuid') and not any(option in field for option in ours)


def is_special(name, field, definition):
    """What says when a document is from, what it deletes, or what another field depends on."""
    special = [definition.get('judged_by'), definition.get('tombstone', {}).get('field'), *sum(definition.get('ranges', []), [])]
    return name in special or field.get('column', name) in ('is_deleted', 'is_archived') or 'marked_up' in field


def vary_field(random, name, definition, generator_of):
    """One option of the field, or two that are apart from each other."""
    field = definition['fields'][name]
    if is_special(name, field, definition):
        return random.choice([quiet, action])(random, name, field, None)
    kind = field.get('type') or field['role']
    valued = kind not in ('links', 'custom_fields', 'variants')
    is_key = field.get('column', name) in (*KEYS, *NAMES, 'size', 'size_unit')
    options = [quiet, action] + [create_only] * (not is_key) + [nullable, required] * valued
    options += {'text': [limits_of_text, emptiness, coerce], 'integer': [bounds, coerce, emptiness], 'decimal': [bounds, coerce, emptiness],
                'boolean': [coerce], 'date': [emptiness], 'texts': [limits_of_list, coerce, emptiness]}.get(kind, [])
    options += [initial] * (kind in ('text', 'integer', 'decimal', 'boolean', 'date', 'texts') and not is_key)
    for option in random.sample(options, min(len(options), random.randint(1, 2))):
        option(random, name, field, generator_of(Profile('varied', definition)))


def quiet(random, name, field, _):
    if 'create_only' not in field and field.get('table') != 'product':
        field['quiet'] = True


def action(random, name, field, _):
    of_it = Field(name, field)
    takes_null = field.get('nullable', True) and not field.get('required', False)
    field['action'] = random.choice(['REPLACE', 'IGNORE'] + ['CLEAR'] * takes_null + ['APPEND', 'REMOVE'] * 2 * of_it.is_list + ['MERGE'] * 3 * of_it.is_merged)


def create_only(random, name, field, _):
    if not field.get('quiet'):
        field['create_only'] = random.choice(['reject', 'ignore'])


def nullable(random, name, field, _):
    if field.get('empty') != 'null' and 'empty_list' not in field and field.get('action') != 'CLEAR':
        field['nullable'] = not field.get('nullable', True)


def required(random, name, field, _):
    if field.get('action') != 'CLEAR':
        field['required'] = not field.get('required', False)


def limits_of_text(random, name, field, _):
    if not {'enum', 'no_white_space', 'min_length', 'max_length', 'default'} & field.keys():
        field.update(random.choice([{'max_length': Decimal(random.randint(1, 9))}, {'min_length': Decimal(2)}, {'no_white_space': True},
                                    {'enum': ['a', 'b', 'long text with ünïcödé 💡']}]))


def limits_of_list(random, name, field, _):
    if not {'min_length', 'max_length', 'default'} & field.keys():
        field[random.choice(['min_length', 'max_length'])] = Decimal(random.randint(1, 2))


def bounds(random, name, field, _):
    if not {'min', 'max', 'default'} & field.keys():
        field.update(random.choice([{'min': Decimal(0)}, {'max': Decimal(7)}, {'min': Decimal('-0.5'), 'max': Decimal('19.9')}]))


def emptiness(random, name, field, _):
    """What the empty text means, and what null does."""
    if 'min_length' not in field and 'enum' not in field:
        field['empty'] = random.choice(['absent'] + ['null'] * field.get('nullable', True))
    if not random.randrange(3):
        field['null'] = 'absent'


def coerce(random, name, field, _):
    field['coerce'] = True


def initial(random, name, field, generator):
    """A value that the field itself takes."""
    said = generator.value(Field(name, field), None)
    failures = Failures()
    value = read(Field(name, field), said, name, failures) if said is not ABSENT else None
    if not failures and value not in (None, ABSENT, []) and field.get('action') is None:
        field['default'] = said
