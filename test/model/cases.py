"""A case: calls one after the other on an empty catalogue. Run, compared after every call, and shrunk where it fails."""

import os
import time

import gaps
from call import upsert
from comparing import Difference, same_answer, same_state
from giving_back import answers_of, hold_unchanged
from server import Rejected, setup_statements, statement
from values import dumps


class Call:
    """gives_back: the documents are what answers show of the products then. form: how they are given."""

    def __init__(self, profile, documents, options, gives_back=False, form='jsonb'):
        self.profile, self.documents, self.options, self.gives_back, self.form = profile, documents, options, gives_back, form

    def but(self, documents=None, options=None):
        return Call(self.profile, self.documents if documents is None else documents, self.options if options is None else options, self.gives_back, self.form)

    def sql(self):
        return statement('product_upsert_rows', self.documents, self.profile.name, self.options, self.form) + ';'


def check(server, call, before, told=None):
    """Runs the call and compares everything. Returns the catalogue afterwards; raises Difference, or Gap before anything is asked."""
    if call.gives_back:
        call.documents = answers_of(server, call.profile, call.options.get('organization_id'))
    after, answer = upsert(before, call.profile, call.documents, call.options)
    try:
        actual = server.ask('product_upsert_rows', call.documents, call.profile.name, call.options, call.form)
    except Rejected as error:
        actual = error
    ids = {}
    same_answer(answer, actual, ids)
    now = server.catalogue()
    if call.gives_back:
        hold_unchanged(call.profile, answer)
    if told is not None:
        told['calls'] += 1
        told['answers given back'] += len(call.documents) if call.gives_back else 0
        told.update(['raised'] if answer.raised else [r['status'] for r in answer.rows])
        if os.environ.get('MODEL_CODES'):
            told.update(f'{field}:{code}' for r in answer.rows for field, code in r['errors'] or [])
    same_state(before, before if answer.raised else after, now, ids)
    return now


def fails(server, calls):
    """The difference that the calls show at last, or None."""
    server.clean()
    before = server.catalogue()
    for call in calls:
        try:
            before = check(server, call, before)
        except Difference as difference:
            return difference
        except gaps.Gap:
            continue
    return None


def shrink(server, calls, limit=400, seconds=30):
    """Drops calls, documents, members and options as long as the case still fails."""
    tries, until = 0, time.monotonic() + seconds
    progress = True
    while progress and tries < limit and time.monotonic() < until:
        progress = False
        for smaller in candidates(calls):
            tries += 1
            if tries > limit or time.monotonic() > until:
                break
            if fails(server, smaller):
                calls, progress = smaller, True
                break
    return calls


def candidates(calls):
    for i in range(len(calls)):
        yield calls[:i] + calls[i + 1:]
    for i, call in enumerate(calls):
        def with_documents(documents):
            return calls[:i] + [call.but(documents=documents)] + calls[i + 1:]
        half = len(call.documents) // 2
        if half > 1 and not call.gives_back:
            yield with_documents(call.documents[:half])
            yield with_documents(call.documents[half:])
        if len(call.documents) > 1 and not call.gives_back:
            for j in range(len(call.documents)):
                yield with_documents(call.documents[:j] + call.documents[j + 1:])
        for name in call.options.keys() - {'source'}:  # a setting, which would stay as it was
            less = {k: v for k, v in call.options.items() if k != name}
            yield calls[:i] + [call.but(options=less)] + calls[i + 1:]
        if call.gives_back:
            continue
        for j, document in enumerate(call.documents):
            if isinstance(document, dict) and len(document) > 3:
                items = list(document.items())
                for part in (items[:len(items) // 2], items[len(items) // 2:]):
                    yield with_documents(call.documents[:j] + [dict(part)] + call.documents[j + 1:])
        for j, document in enumerate(call.documents):
            if isinstance(document, dict):
                for name in document:
                    less = {k: v for k, v in document.items() if k != name}
                    yield with_documents(call.documents[:j] + [less] + call.documents[j + 1:])


def script(calls):
    """SQL that shows the difference, on a new database."""
    lines = list(setup_statements())
    for call in calls:
        lines.append(call.sql())
    lines.append('SELECT * FROM product ORDER BY organization_id, id;')
    return '\n'.join(lines)
