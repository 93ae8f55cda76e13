"""What was committed, in the order of the commits, as logical decoding tells it."""
import re

COLUMN = re.compile(r"(\w+|\"[^\"]+\")\[((?:[^\[\]]|\[\])+)\]:(null|unchanged-toast-datum|'(?:[^']|'')*'|[^ ]+)")
CHANGE = re.compile(r"table public\.(\w+): (INSERT|UPDATE|DELETE): (.*)", re.DOTALL)


def create_slot(cluster):
    cluster.sql("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", cluster.database)


def drop_slot(cluster):
    cluster.sql("SELECT pg_drop_replication_slot(%s)", cluster.database)


def columns(text):
    row = {}
    for name, _, value in COLUMN.findall(text):
        if value == "unchanged-toast-datum":
            continue
        if value == "null":
            row[name.strip('"')] = None
        elif value.startswith("'"):
            row[name.strip('"')] = value[1:-1].replace("''", "'")
        else:
            row[name.strip('"')] = value
    return row


def read(cluster):
    """[(xid, [(table, INSERT | UPDATE | DELETE, row)])]; of a deleted row its key alone."""
    transactions = []
    changes = []
    for xid, data in cluster.sql("SELECT xid::text, data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, "
                                 "'include-xids', '0', 'skip-empty-xacts', '1')", cluster.database):
        if data.startswith("BEGIN"):
            changes = []
        elif data.startswith("COMMIT"):
            transactions.append((int(xid), changes))
        else:
            match = CHANGE.match(data)
            if match:
                text = match.group(3)
                if text.startswith("old-key: "):
                    text = text.split(" new-tuple: ", 1)[1]
                changes.append((match.group(1), match.group(2), columns(text)))
    return transactions
