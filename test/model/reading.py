"""What a document says, field by field: its values, and every failure with its path (C3)."""

import datetime
import re
import uuid
from decimal import ROUND_HALF_UP, Decimal, localcontext

from profiles import INTEGER_MAX, SCALES
from values import ABSENT, has_control_character, same, trim

DATE = re.compile(r'\d{4}-\d\d-\d\d$')
TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$')
NUMBER = re.compile(r'-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$', re.ASCII)


class Failures(list):
    """(path, code) of each failure. names: of the profile's fields, which may have dots in them."""

    def __init__(self, names=()):
        super().__init__()
        self.names = names

    def add(self, path, code):
        self.append((path, code))

    def told(self, name):
        """Is something wrong with the field already? Then that it is required is not told as well."""
        longer = [n for n in self.names if n.startswith(name + '.')]
        begins = lambda p, n: p == n or p is not None and p.startswith(n + '.')
        return any(begins(p, name) and not any(begins(p, n) for n in longer) for p, _ in self)


def read(field, value, path, failures, identifies=False):
    """The value of a field of role column, read by its type; ABSENT where the document says nothing (or nothing that counts)."""
    if value is ABSENT:
        return ABSENT
    if value == '' and field.type != 'text' and field.empty in ('absent', 'null'):
        value = ABSENT if field.empty == 'absent' else None
    if value is ABSENT:
        return ABSENT
    if value == [] and field.empty_list == 'null':
        return None  # rule 25: [] is as absent where none are stored
    if value is None:
        if field.null == 'absent':
            return ABSENT  # rule 11
        if not field.nullable:
            failures.add(path, 'type')  # null may not be here
            return ABSENT
        return None
    before = len(failures)
    result = READERS[field.type](field, value, path, failures, identifies)
    return ABSENT if len(failures) > before else result


def number_in(value):
    """The number that a text writes, where it writes one."""
    return Decimal(trim(value)) if isinstance(value, str) and NUMBER.match(trim(value)) else value


def truth_in(value):
    """Rule 45."""
    words = {'1': True, 'true': True, 'yes': True, '0': False, 'false': False, 'no': False, '': False}
    if isinstance(value, str):
        return words.get(value.strip().lower(), value)
    return value == 1 if isinstance(value, Decimal) and value in (0, 1) else value


def read_text(field, value, path, failures, identifies):
    if field.coerce and isinstance(value, Decimal):
        value = format(value, 'f')
    if not isinstance(value, str):
        return failures.add(path, 'type')
    if identifies:
        value = trim(value)
    if value == '' and field.empty in ('absent', 'null'):
        return ABSENT if field.empty == 'absent' or field.null == 'absent' else None
    if value == '' and identifies and field.empty != 'keep':
        return failures.add(path, 'range')  # C8: an identifier is never an empty string
    if identifies and has_control_character(value):
        return failures.add(path, 'format')  # C8
    if field.enum and value not in field.enum:
        return failures.add(path, 'enum')
    if field.max_length and len(value) > field.max_length:
        failures.add(path, 'too_long')
    if field.min_length and len(value) < field.min_length:
        failures.add(path, 'range')
    if field.no_white_space and any(c.isspace() for c in value):
        failures.add(path, 'format')
    return value


def within(field, value, path, failures):
    if field.minimum is not None and value < field.minimum or field.maximum is not None and value > field.maximum:
        failures.add(path, 'range')


def read_decimal(field, value, path, failures, _):
    if field.coerce:
        value = number_in(value)
    if not isinstance(value, Decimal):
        return failures.add(path, 'type')
    within(field, value, path, failures)
    if field.column in SCALES and not field.nested:
        return rounded(value, *SCALES[field.column], path, failures)
    return value


def rounded(value, digits, decimals, path, failures):
    """A number is rounded to the scale of the column (doc/profiles.md, "Columns of your own")."""
    with localcontext() as context:
        context.prec = 1000
        result = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return failures.add(path, 'range') if abs(result) >= Decimal(10) ** (digits - decimals) else result


def read_integer(field, value, path, failures, _):
    if field.coerce:
        value = number_in(value)
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        return failures.add(path, 'type')
    value = Decimal(int(value))
    if field.column != 'id' and not field.nested and not -INTEGER_MAX - 1 <= value <= INTEGER_MAX:
        return failures.add(path, 'range')
    within(field, value, path, failures)
    return value


def read_boolean(field, value, path, failures, _):
    """Rule 45: where the profile says coerce, "1", "0", "yes", "" and such are booleans."""
    if field.coerce and not isinstance(value, bool):
        value = truth_in(value)
    if not isinstance(value, bool):
        return failures.add(path, 'type')
    return value


def read_date(field, value, path, failures, _):
    if not isinstance(value, str):
        return failures.add(path, 'type')
    try:
        if DATE.match(value):
            datetime.date.fromisoformat(value)
            return value
    except ValueError:
        pass
    return failures.add(path, 'format')


def read_timestamp(field, value, path, failures, _):
    """In the notations that the pools have; others are held by test/sql. A column has its own; a member of jsonb keeps what it is given."""
    if not isinstance(value, str):
        return failures.add(path, 'type')
    if not TIME.match(value):
        return failures.add(path, 'format')
    return value if field.nested else in_utc(value)


def in_utc(text):
    """As to_jsonb shows a timestamptz where the session's zone is UTC."""
    moment = instant(text).isoformat(timespec='microseconds')
    day, zone = moment[:-6], moment[-6:]
    return day.rstrip('0').rstrip('.') + zone if '.' in day else moment


def instant(text):
    whole, fraction, zone = re.match(r'(.{19})(\.\d+)?(.*)$', text).groups()
    moment = datetime.datetime.fromisoformat(whole + ('.' + fraction[1:].ljust(6, '0') if fraction else '') + zone.replace('Z', '+00:00'))
    return moment.astimezone(datetime.timezone.utc)


def same_in(field, one, other):
    """Two values of the field are the same: instants in whatever notation."""
    if field.type == 'timestamp' and isinstance(one, str) and isinstance(other, str) and TIME.match(one) and TIME.match(other):
        return instant(one) == instant(other)
    return same(one, other)


def read_uuid(field, value, path, failures, _):
    if not isinstance(value, str):
        return failures.add(path, 'type')
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return failures.add(path, 'format')


def read_texts(field, value, path, failures, _):
    if not isinstance(value, list):
        return failures.add(path, 'type')
    if field.max_length and len(value) > field.max_length:
        return failures.add(path, 'too_long')
    if field.min_length and len(value) < field.min_length:
        return failures.add(path, 'range')
    if field.coerce:
        value = [format(item, 'f') if isinstance(item, Decimal) else item for item in value]
    for i, item in enumerate(value):
        if not isinstance(item, str):
            failures.add(f'{path}.{i}', 'type')
    return value


def read_json(field, value, path, failures, _):
    """Anything; with `entries` an object of objects with these fields."""
    if value == [] and (field.entries or field.empty_list == 'object'):
        return {}  # rule 41
    if not field.entries:
        return value
    if not isinstance(value, dict):
        return failures.add(path, 'type')
    return {k: read_members(field.entries, v, f'{path}.{k}', failures) for k, v in value.items()}


def read_members(fields, value, path, failures):
    """An object with fields of its own: what they do not name is dropped."""
    if not isinstance(value, dict):
        return failures.add(path, 'type')
    result = {}
    for name, field in fields.items():
        said = read(field, value.get(name, ABSENT), f'{path}.{name}', failures)
        if said is ABSENT and name not in value and field.required:
            failures.add(f'{path}.{name}', 'required')
        if said is ABSENT and field.default is not ABSENT:
            said = field.default
        if said is not ABSENT:
            result[name] = said
    return result


def read_objects(field, value, path, failures, _):
    if not isinstance(value, list):
        return failures.add(path, 'type')
    return [read_members(field.fields, v, f'{path}.{i}', failures) for i, v in enumerate(value)]


# recipe: type
READERS = {
    'text': read_text, 'decimal': read_decimal, 'integer': read_integer, 'boolean': read_boolean, 'date': read_date,
    'uuid': read_uuid, 'timestamp': read_timestamp, 'texts': read_texts, 'json': read_json, 'objects': read_objects,
}
