"""What answers show of a product changes nothing when it is sent again as a document, through the same profile
(doc/profiles.md, "Answers as documents")."""

from comparing import Difference
from values import ABSENT


def answers_of(server, profile, organization=None):
    """Documents: the products as product_get shows them."""
    sql = f"SELECT product_get(id, '{profile.name}', organization_id) AS answer FROM product WHERE organization_id = coalesce({organization or 'NULL'}, organization_id) ORDER BY id"
    answers = [row['answer'] for row in server.fetch(sql)]
    return [a[profile.envelope] if profile.envelope else a for a in answers]


def hold_unchanged(profile, answer):
    """Raises Difference where the model itself says that a document would change its product, and nothing tells why."""
    for document, row in zip(answer.documents, answer.rows):
        if row['status'] != 'unchanged' and not why_not(profile, document):
            raise Difference(f'an answer given back is {row}\n{document.data}')


def why_not(profile, document):
    """Why the profile's fields do not allow it; None where they do."""
    if document.match is None or not document.match.asked:
        return 'it shows no key'
    for name, code in document.failures:
        field = profile.field_at(name)
        if field is None:
            continue
        if field.read_only == 'reject' or document.data.get(field.name, ABSENT) is None and not field.nullable:
            return f'{code}: a field that is not to be said, or null where none may be'
        if field.role in ('reference', 'links') and not names_itself(field):
            return 'its rows are shown by what does not name them'
    if any(profile.actions.get(name) in ('REMOVE', 'CLEAR') for name in document.changed):
        return 'the profile takes away what a document says, or what is stored'
    return None


def names_itself(field):
    if field.shape:
        return any(column in field.by for column in field.shape.values() if isinstance(column, str))
    return 'id' in field.by
