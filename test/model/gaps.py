"""Rules that the engine does not keep yet. A case that needs one is not asked while its gap stands here; whoever closes the gap
takes its line away, and the model then asks for the rule.

The model raises Gap where a case would need the rule, and the run leaves the call out and counts it.
"""

GAPS = {
    # name: (rule, why)
    'contradicting_references': ('doc/profiles.md: of an object that says several all must name the same row',
                                 'which path and code it is told with'),
    'child_of_removed': ('doc/profiles.md, "Tombstones": a product that is the parent of others is not deleted',
                         'of a product that is deleted and a child that it is to get, one of the two stands'),
    'parents_by_changed_keys': ('doc/contracts.md: what is consistent at the end of a call is written',
                                'a parent that is named by a key which the call itself changes'),
}


class Gap(Exception):
    """The case needs a rule that the engine does not keep yet."""


def standing(name):
    return name in GAPS


def avoid(name):
    """Leaves the case out while the gap stands."""
    if name in GAPS:
        raise Gap(name)
