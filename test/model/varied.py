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
    names = [n for n, f in definition['fields'].items() if may_vary(n, f, definition)]
    for name in random.sample(names, min(len(names), random.randint(1, 8))):
        vary_field(random, name, definition, generator_of)
    return Profile('varied', definition)


def vary_whole(random, definition):
    if not random.randrange(3):
        definition['require_key'] = True
    if definition.get('unknown_fields') != 'keep' and not random.randrange(3):
        definition['unknown_fields'] = random.choice(['reject', 'ignore'])
    rules = definition['identity']
    if not random.randrange(3):
        random.shuffle(rules)
    if len(rules) > 1 and not random.randrange(4):
        rules.pop(random.randrange(len(rules)))
    if not random.randrange(6):
        at = random.randrange(len(rules))
        rules[at] = {**(rules[at] if isinstance(rules[at], dict) else {'rule': rules[at]}), 'creates': False}


def may_vary(name, field, definition):
    """Not what says when a document is from or what it deletes, and nothing that is not written."""
    special = [definition.get('judged_by'), definition.get('tombstone', {}).get('field'), *sum(definition.get('ranges', []), [])]
    roles = ('column', 'reference', 'links', 'custom_fields', 'variants')
    ours = ('read_only', 'generated', 'marked_up')
    return (field.get('role', 'column') in roles and name not in special and field.get('column', name) not in ('id', 'uuid', 'is_deleted', 'is_archived')
            and not any(option in field for option in ours))


def vary_field(random, name, definition, generator_of):
    """One option of the field, or two that are apart from each other."""
    field = definition['fields'][name]
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
    is_list = Field(name, field).is_list
    takes_null = field.get('nullable', True) and not field.get('required', False)
    field['action'] = random.choice(['REPLACE', 'IGNORE'] + ['CLEAR'] * takes_null + ['APPEND', 'REMOVE'] * 2 * is_list)


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
    if not {'min_length', 'max_length', 'default', 'action'} & field.keys():
        field[random.choice(['min_length', 'max_length'])] = Decimal(1)


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
        field['default'] = value
