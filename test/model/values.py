"""Values as documents say them and as columns hold them.

Text is str, truth is bool, a list is list, an object is dict, null is None, and every number is a Decimal that keeps its
notation (C5: 19.90 comes back as 19.90). Dates, timestamps and uuids are text in their one canonical form.
"""

import json
import unicodedata
from decimal import Decimal


class Absent:
    """The document says nothing of the field."""

    def __repr__(self):
        return 'ABSENT'

    def __deepcopy__(self, memo):
        return self


ABSENT = Absent()


class New:
    """Stands for the id that a created row will be given."""

    def __init__(self, label):
        self.label = label

    def __repr__(self):
        return f'new {self.label}'

    def __deepcopy__(self, memo):
        return self


def loads(text):
    """JSON text, its numbers as exact decimals."""
    return json.loads(text, parse_float=decimal, parse_int=decimal)


def decimal(text):
    """A number as PostgreSQL's numeric keeps it: no exponent, digits and scale as written."""
    return Decimal(format(Decimal(text), 'f'))


def with_exponent(number):
    """The same number with the same digits behind the point: 2.50 is 250e-2."""
    sign, digits, exponent = number.as_tuple()
    return '-' * sign + ''.join(map(str, digits)) + f'e{exponent}'


def dumps(value, number=lambda n: format(n, 'f')):
    """JSON text that PostgreSQL reads back as the same value. number: how numbers are written."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):
        return '{' + ', '.join(json.dumps(k, ensure_ascii=False) + ': ' + dumps(v, number) for k, v in value.items()) + '}'
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(dumps(v, number) for v in value) + ']'
    return json.dumps(value, ensure_ascii=False)


def exact(value):
    """A text that is the same only for values that are the same to the letter: 1.0 is not 1.00."""
    if isinstance(value, dict):
        return '{' + ', '.join(json.dumps(k) + ': ' + exact(value[k]) for k in sorted(value)) + '}'
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(exact(v) for v in value) + ']'
    return repr(value) if isinstance(value, New) else dumps(value)


def by_value(value):
    """A text that is the same for values that are the same: 1.0 is 1.00 (fine point i)."""
    if isinstance(value, (bool, str, New)) or value is None:
        return exact(value)
    if isinstance(value, (Decimal, int)):
        number = Decimal(value)
        return '0' if number == 0 else format(number.normalize(), 'f')
    if isinstance(value, dict):
        return '{' + ', '.join(json.dumps(k) + ': ' + by_value(value[k]) for k in sorted(value)) + '}'
    return '[' + ', '.join(by_value(v) for v in value) + ']'


def same(one, other):
    """C1 and fine point i: does the one change nothing of the other?"""
    return by_value(one) == by_value(other)


WHITE_SPACE = ''.join(map(chr, [9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                                0x202F, 0x205F, 0x3000]))
# Default-ignorable characters, which count as white space at the ends.
IGNORABLE = ''.join(map(chr, [0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF]))


def trim(text):
    """C8: identity text has no white space (Unicode's) at either end."""
    return text.strip(WHITE_SPACE + IGNORABLE)


def has_control_character(text):
    return any(unicodedata.category(c) == 'Cc' for c in text)
