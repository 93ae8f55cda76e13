#pragma once

#include <functional>
#include <string>

#include "core/document/batch.hpp"
#include "core/profile/profile.hpp"

namespace product_upsert {

// A product in the profile's shape, made in the arena. Its parts live as long as `values`, which
// are those of `columns`, and `related_answers`, which may be null if no field reaches beyond the
// row.
Value product_answer(const Profile& profile, std::int64_t organization_id, const ColumnSet& columns,
                     std::int64_t id, std::span<const Value> values,
                     const RelatedAnswers* related_answers, Arena& arena);
// The same in the profile's envelope: {"data": {…}}.
Value enveloped(const Profile& profile, const Value& product, Arena& arena);

// The answer to a single call.
Value answer_one(Batch& batch, const Item& item);
// The answer to a bulk call, element by element: ids or products, null in a reject's place. Each is
// good until the next one.
void answer_bulk(const Batch& batch, const std::function<void(const Value&)>& take);
// The same as one JSON array.
std::string answer_bulk_json(const Batch& batch);
// The errors of a document: [{"field", "code", "message", "position", …}]; position only if it is
// not 0.
std::string errors_of(const Item& item, std::size_t position);

// Throws a Refusal of the batch with the failures of all its documents, with positions if there are
// several documents.
Refusal refuse_batch(const Batch& batch);

}  // namespace product_upsert
