"""The catalogue as plain Python: every product* table as rows, and the identity rules that hold over them."""

import copy
from decimal import Decimal

from values import by_value


class IdentityRule:
    """A name and columns; no two products of an organization have the same values in them (doc/identity.md)."""

    def __init__(self, name, fields, nulls_equal=False, required=None):
        self.name, self.fields, self.nulls_equal = name, fields, nulls_equal
        self.required = required if nulls_equal else fields

    def key(self, row):
        """The product's key under the rule; None where the rule is not for it: it lacks what the rule requires."""
        if any(row.get(f) is None for f in self.required):
            return None
        return tuple(by_value(row.get(f)) for f in self.fields)


BUILT_IN = [IdentityRule(n, [n]) for n in ('id', 'uuid', 'external_id', 'reference', 'handle', 'number')] + [
    IdentityRule('natural', ['manufacturer', 'brand', 'name', 'size', 'size_unit'], True, ['manufacturer'])]

# Tables that calls write, and those that they only read.
# recipe: table
WRITTEN = ['product', 'product_variant', 'product_feature_link', 'product_family_link', 'product_custom_value',
           'product_custom_field_use', 'product_parked']
READ = ['product_category', 'product_feature', 'product_family', 'product_billing_entity', 'product_tax_group', 'product_unit',
        'product_measurement', 'product_cost_centre', 'product_integration', 'product_custom_field', 'product_organization']
# Of those, the ones in which rows are made because documents name them, where a profile says so; the ids that they are given begin
# behind those that are there.
MADE = ['product_category', 'product_feature', 'product_family', 'product_billing_entity']
FIRST_MADE = 1000


class Catalogue:
    """tables: name -> list of rows, a row being a dict of all its columns."""

    def __init__(self, tables, rules):
        self.tables = tables
        self.rules = rules

    def copy(self):
        return Catalogue({t: copy.deepcopy(rows) if t in WRITTEN else list(rows) for t, rows in self.tables.items()}, self.rules)

    def rows(self, table, organization, **values):
        """The organization's rows that have these values."""
        return [r for r in self.tables[table] if r['organization_id'] == organization and all(r[k] == v for k, v in values.items())]

    def product(self, organization, product_id):
        found = self.rows('product', organization, id=product_id)
        return found[0] if found else None

    def identity_columns(self):
        """The columns that identify: their text is trimmed and never empty (C8). name is one of them and may be empty in a
        profile that says so."""
        return {f for rule in self.rules for f in rule.fields}

    def rule(self, name):
        return next((r for r in self.rules if r.name == name), None)


def number(value):
    return None if value is None else Decimal(value)
