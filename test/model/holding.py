"""The identity rules over the whole call: what two documents may not both be, and what another product has already."""

import gaps
from matching import rules_asked


def hold_same_product(profile, documents):
    """Two documents that are the same stored product are all rejected, each naming the others (fine point f)."""
    for d in documents:
        if d.stored is None or d.match.is_ambiguous:
            continue
        if any(o is not d and o.stored is d.stored and not o.match.is_ambiguous for o in documents):
            d.failures.add(profile.name_of(d.match.rule.fields[0]), 'collision')


def hold_keys(catalogue, profile, options, documents):
    """Whichever rule matched, every key that a product would newly have is held against all other products (taken) and all other
    documents of the call (collision)."""
    asked = rules_asked(catalogue, profile, options)
    for rule in catalogue.rules:
        for (organization, key), those in newly_wanted(rule, documents).items():
            holder = next((p for p in catalogue.rows('product', organization) if rule.key(p) == key), None)
            for d in those:
                if len(those) > 1:
                    d.failures.add(profile.name_of(rule.fields[0]), 'collision')
                if holder is not None and holder is not d.stored:
                    if any(o.stored is holder and o.row is not None and rule.key(o.row) != key for o in documents):
                        gaps.avoid('moves')
                    # A rule that the call asks names two products then: a collision; any other key is taken.
                    named = d.stored is not None and rule in asked
                    d.failures.add(profile.name_of(rule.fields[0]), 'collision' if named else 'taken')


def newly_wanted(rule, documents):
    """(organization, key) -> the documents whose product would newly have it."""
    wanted = {}
    for d in documents:
        if d.row is None:
            continue
        key = rule.key(d.row)
        if key is not None and (d.stored is None or key != rule.key(d.stored)):
            wanted.setdefault((d.organization, key), []).append(d)
    return wanted
