"""Which product a document is (doc/identity.md, "How a document finds its product")."""

from values import ABSENT


def rules_asked(catalogue, profile, options):
    """identifier_field narrows the look-up to one rule; without it the profile's ordered rules apply, of which those count whose
    columns the profile has fields for."""
    if options.get('identifier_field'):
        return [catalogue.rule(options['identifier_field'])]
    return [r for r in map(catalogue.rule, profile.identity) if all(profile.field_of(f) for f in r.fields)]


def said_key(rule, values):
    """What the document says of a rule's columns: (row of these columns, complete?) or None where it does not ask.
    values: column -> what the document says."""
    said = {f: values.get(f, ABSENT) for f in rule.fields}
    if any(said[f] is ABSENT or said[f] is None for f in rule.required):
        return None
    complete = all(v is not ABSENT for v in said.values())
    return {f: None if v is ABSENT else v for f, v in said.items()}, complete


def look_up(catalogue, organization, rule, row):
    """The product that has this key, or None."""
    key = rule.key(row)
    return next((p for p in catalogue.rows('product', organization) if rule.key(p) == key), None)


class Match:
    """product: the stored row, or None. rule: the identity rule that found it."""

    def __init__(self):
        self.product = self.rule = None
        self.asked = []  # the rules whose fields the document has
        self.candidates = []  # (rule, product), in the order of the rules
        self.is_ambiguous = False

    @property
    def looked_for(self):
        return self.asked[0] if self.asked else None


def match(catalogue, profile, options, document, failures):
    """Two rules that point at different products are a collision; never a silent merge, never a fall-through to create."""
    result = Match()
    rules = rules_asked(catalogue, profile, options)
    partial = []
    for rule in rules:
        said = said_key(rule, document.columns)
        if said is None:
            continue
        row, complete = said
        result.asked.append(rule)
        product = look_up(catalogue, document.organization, rule, row)
        if product is None:
            continue
        # A key of which the document says only a part names a product only where no other rule does (rule 33, fine point g).
        (result.candidates if complete else partial).append((rule, product))
    if not result.candidates:
        result.candidates = partial
    if result.candidates:
        result.rule, result.product = result.candidates[0]
        for rule, product in result.candidates[1:]:
            if product is not result.product:
                result.is_ambiguous = True
                failures.add(profile.path_of(rule), 'collision')
                break
    return result
