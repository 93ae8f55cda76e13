"""Who has written which field, and who goes before whom (doc/sources.md)."""


def mark_name(field):
    """What product.field_sources calls the field."""
    if field.role == 'variants':
        return 'product_variant'
    if field.role == 'links':
        return f'product_{field.table}_link'
    return f'{field.column}.{field.member}' if field.member else field.column


def sources_of(profile, field):
    """The sources that write the field, those in front first; None where nobody goes before anybody."""
    may = field.role in ('column', 'reference', 'custom_fields', 'links', 'variants') and field.read_only == 'no'
    if not profile.precedence or not may or field.column == 'id' or field.name == profile.judged_by:
        return None
    return profile.precedence.get(field.name, profile.precedence.get('*'))


def rank(sources, source):
    """What is not named goes behind all that is."""
    return sources.index(source) if source in sources else len(sources)


def is_outranked(profile, field, d, stored):
    """Whether a source in front of the document's has written the field of the product. What has no mark is the creator's, where anything
    is stored."""
    sources = sources_of(profile, field)
    marks = (d.stored or {}).get('field_sources') or {}
    mark = marks.get(mark_name(field), None if stored is None or stored == set() else marks.get('*'))
    return sources is not None and mark is not None and rank(sources, mark) < rank(sources, d.source)


def mark_created(profile, d):
    """All is of the source that creates the product."""
    if profile.precedence and d.source:
        d.row['field_sources'] = {'*': d.source}


def mark_updated(profile, d, get):
    """What the document changes is its source's; of no source it is nobody's."""
    marks = dict(d.stored['field_sources'] or {})
    for field in [profile.fields[name] for name in d.changed if name in profile.fields]:
        if not sources_of(profile, field):
            continue
        mark = mark_name(field)
        leaves = field.role in ('links', 'variants') or get(d.row, field) is not None
        if mark not in marks and d.source and marks.get('*') == d.source and leaves:
            continue
        marks.pop(mark, None)
        if d.source:
            marks[mark] = d.source
        elif '*' in marks:
            marks[mark] = None
    if marks != (d.stored['field_sources'] or {}):
        d.row['field_sources'] = marks or None
