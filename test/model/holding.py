"""The identity rules over the whole call: what two documents may not both be, and what another product has already."""

import gaps
from matching import rules_asked


def hold_same_product(profile, documents):
    """Two documents that are the same stored product are all rejected, each naming the others (fine point f)."""
    for d in documents:
        if d.stored is None or d.match.is_ambiguous:
            continue
        if any(o is not d and o.stored is d.stored and not o.match.is_ambiguous for o in documents):
            d.failures.add(profile.path_of(d.match.rule), 'collision')


def hold_keys(catalogue, profile, options, documents):
    """Whichever rule matched, every key that a product would newly have is held against all other products (taken) and all other
    documents of the call (collision). A key that one document releases another may take; one that is rejected releases nothing,
    so whoever counted on it is rejected in turn."""
    asked = rules_asked(catalogue, profile, options)
    for rule in catalogue.rules:
        for (organization, key), those in newly_wanted(rule, documents).items():
            holder = next((p for p in catalogue.rows('product', organization) if rule.key(p) == key), None)
            for d in those:
                path = profile.path_of(rule)
                if len(those) > 1:
                    d.failures.add(path, 'collision')
                if holder is None or holder is d.stored:
                    continue
                # A rule that the call asks names two products then: a collision; any other key is taken.
                failure = (path, 'collision' if d.stored is not None and rule in asked else 'taken')
                giver = next((o for o in documents if o.stored is holder and not o.stale and (o.removes or o.row is not None and rule.key(o.row) != key)), None)
                if giver is None:
                    d.failures.add(*failure)
                else:
                    gaps.avoid('moves')
                    d.takes_from.append((giver, failure))


def hold_givers(documents):
    """What a rejected document would have released stays where it is. Of a document that is wrong otherwise it may be told as well."""
    told = True
    while told:
        told = False
        for d in documents:
            for giver, failure in d.takes_from:
                if not giver.failures:
                    continue
                if d.failures and failure not in d.failures:
                    d.may_tell.add(failure)
                elif not d.failures:
                    d.failures.add(*failure)
                    told = True


def newly_wanted(rule, documents):
    """(organization, key) -> the documents whose product would newly have it."""
    wanted = {}
    for d in documents:
        if rule.name in d.absent_keys:
            wanted.setdefault((d.organization, d.absent_keys[rule.name]), []).append(d)
        if d.row is None:
            continue
        key = rule.key(d.row)
        if key is not None and (d.stored is None or key != rule.key(d.stored)):
            wanted.setdefault((d.organization, key), []).append(d)
    return wanted
