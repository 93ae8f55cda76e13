"""Custom fields: values held against their definitions, merged into the stored ones, and unique where the definition says so."""

import datetime
from decimal import Decimal

import gaps
from reading import number_in
from values import ABSENT, by_value, has_control_character, same, trim


def read_custom_fields(catalogue, field, value, d):
    """key -> value (None takes one away). Rule 14: type, enum and multiplicity are enforced."""
    if value is None and field.nullable:
        return None  # C1: null clears
    if field.style == 'list':
        return read_list(catalogue, field, value, d)
    if field.empty_list == 'object' and value == []:
        return {}
    if not isinstance(value, dict):
        d.failures.add(field.name, 'type')
        return ABSENT
    result = {}
    for key, one in value.items():
        definition = definition_of(catalogue, d.organization, key=key)
        path = f'{field.name}.{key}'
        if definition is None:
            if field.free:
                result[key] = one
            else:
                d.failures.add(path, 'not_found')
            continue
        read = read_value(definition, one, path, d.failures)
        if read is not ABSENT:
            result[key] = read
    return result


def definition_of(catalogue, organization, **values):
    return next(iter(catalogue.rows('product_custom_field', organization, **values)), None)


def read_list(catalogue, field, value, d):
    """[{id?, reference, value | values}]"""
    if not isinstance(value, list):
        d.failures.add(field.name, 'type')
        return ABSENT
    result = {}
    for i, said in enumerate(value):
        path = f'{field.name}.{i}'
        if not isinstance(said, dict):
            d.failures.add(path, 'type')
            continue
        definition = definition_of(catalogue, d.organization, reference=said.get('reference'))
        if definition is None:
            d.failures.add(path + '.reference', 'not_found')
            continue
        name = 'values' if definition['multiple_values'] else 'value'
        read = read_value(definition, said.get(name), f'{path}.{name}', d.failures, may_be_alone=True, texts=field.texts)
        if definition['key'] in result:
            d.failures.add(path, 'collision')
        if read is not ABSENT:
            result[definition['key']] = read
    return result


def read_value(definition, value, path, failures, may_be_alone=False, texts=False):
    if value is None:
        return None
    if not (definition['multiple_values'] or definition['type'] == 'list'):
        return read_one(definition, value, path, failures, texts)
    if not isinstance(value, list):
        one = read_one(definition, value, path, failures, texts) if may_be_alone else failures.add(path, 'type')
        return ABSENT if one in (ABSENT, None) else [one]
    items = [read_one(definition, v, f'{path}.{i}', failures, texts) for i, v in enumerate(value)]
    return ABSENT if ABSENT in items else items


def read_one(definition, value, path, failures, texts):
    kind = definition['type']
    if texts and kind in ('number', 'boolean'):  # rule 14: taken as JSON or as their text
        value = number_in(value) if kind == 'number' else {'true': True, 'false': False}.get(value, value) if isinstance(value, str) else value
    fits = {'number': isinstance(value, Decimal), 'boolean': isinstance(value, bool)}.get(kind, isinstance(value, str))
    if not fits:
        failures.add(path, 'type')
        return ABSENT
    if kind == 'enum' and value not in definition['enum_values']:
        failures.add(path, 'enum')
        return ABSENT
    if kind == 'date':
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            failures.add(path, 'format')
            return ABSENT
    if isinstance(value, str) and is_indexed(definition):
        value = trim(value)
        if value == '':
            failures.add(path, 'range')  # C8: what identifies is never empty
            return ABSENT
        if has_control_character(value):
            failures.add(path, 'format')
            return ABSENT
    return value


def is_indexed(definition):
    return definition['unique_value'] or definition['is_identifier']


# recipe: action
def merge_custom_fields(catalogue, d, action, stored, said):
    """What the column holds afterwards. Supplied fields merge into the stored ones; null takes one away; REPLACE: only the given
    stay; APPEND and REMOVE add to and take from the fields' lists, a single value being replaced and taken away."""
    if said is ABSENT:
        return stored
    if said is None:
        return stored if action in ('APPEND', 'REMOVE') else None
    held = stored or {}
    after = {} if action == 'REPLACE' else dict(held)
    for key, value in said.items():
        old = held.get(key)
        if action == 'APPEND' and isinstance(value, list) and isinstance(old, list):
            after[key] = append(old, value)
        elif action == 'APPEND' and value is None and isinstance(old, list):
            after[key] = old  # null adds nothing to a list
        elif action == 'REMOVE':
            after[key] = remove(old, value)
        elif value is not None and old is not None and same(old, value):
            after[key] = old
        else:
            after[key] = append([], value) if action == 'APPEND' and isinstance(value, list) else value
        if after[key] is None:
            del after[key]
    return after or None


def append(stored, given):
    result = list(stored)
    for one in given:
        if not any(same(one, r) for r in result):
            result.append(one)
    return result


def remove(old, value):
    if isinstance(old, list) and isinstance(value, list):
        kept = [o for o in old if not any(same(o, v) for v in value)]
        return kept
    return None if old is not None and value is not None and same(old, value) else old


def indexed_values(catalogue, organization, custom_fields):
    """(definition, value as text) of every value that is unique or identifies, as product_custom_value has them."""
    result = set()
    for key, held in (custom_fields or {}).items():
        definition = definition_of(catalogue, organization, key=key)
        if definition and is_indexed(definition):
            for one in held if isinstance(held, list) else [held]:
                result.add((definition['id'], one if isinstance(one, str) else by_value(one)))
    return result


def hold_unique_values(catalogue, profile, documents):
    """A taken unique value is taken (rule 14); one that two documents of the call want newly is a collision."""
    for field in profile.of_role('custom_fields'):
        wanted = {}
        for d in documents:
            if d.row is None:
                continue
            new = indexed_values(catalogue, d.organization, d.row['custom_fields'])
            old = indexed_values(catalogue, d.organization, d.stored['custom_fields'] if d.stored else None)
            for one in new - old:
                if definition_of(catalogue, d.organization, id=one[0])['unique_value']:
                    wanted.setdefault((d.organization, *one), []).append(d)
        for (organization, definition, value), those in wanted.items():
            key = definition_of(catalogue, organization, id=definition)['key']
            holders = [v for v in catalogue.rows('product_custom_value', organization, custom_field_id=definition, value=value)]
            for d in those:
                path = f'{field.name}.{key}'
                if len(those) > 1:
                    d.failures.add(path, 'collision')
                for holder in holders:
                    giver = next((o for o in documents if o.organization == organization and o.stored and o.stored['id'] == holder['product_id'] and (
                        o.removes or o.row and (definition, value) not in indexed_values(catalogue, organization, o.row['custom_fields']))), None)
                    if giver is None:
                        d.failures.add(path, 'taken')
                    else:
                        gaps.avoid('moves')
                        d.takes_from.append((giver, (path, 'taken')))


def write_values(after, d):
    """Keeps product_custom_value, and notes the definitions in use (doc/identity.md, "A custom field in use")."""
    held = d.row['custom_fields'] or {}
    values = after.tables['product_custom_value']
    values[:] = [v for v in values if not (v['organization_id'] == d.organization and v['product_id'] == d.row['id'])]
    for definition_id, text in indexed_values(after, d.organization, held):
        definition = definition_of(after, d.organization, id=definition_id)
        values.append({'organization_id': d.organization, 'custom_field_id': definition_id, 'value': text,
                       'product_id': d.row['id'], 'is_unique': definition['unique_value']})
    for key in held:
        definition = definition_of(after, d.organization, key=key)
        if definition and not after.rows('product_custom_field_use', d.organization, custom_field_id=definition['id']):
            row = {k: definition[k] for k in ('organization_id', 'key', 'type', 'multiple_values', 'unique_value', 'is_identifier')}
            after.tables['product_custom_field_use'].append({**row, 'custom_field_id': definition['id']})
