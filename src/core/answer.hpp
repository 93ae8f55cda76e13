#pragma once

#include <optional>
#include <string>

#include "core/batch.hpp"
#include "core/profile.hpp"

namespace product_upsert {

// A product in the profile's shape, as JSON text; `values` are of `columns`. Fields come in jsonb's
// order once PostgreSQL has stored the text.
// `shown` may be null where the profile's fields do not reach beyond the row.
void write_product(const Profile& profile, std::int64_t organization_id, ColumnSet columns,
                   std::int64_t id, std::span<const Value> values, const Shown* shown,
                   std::string& out);
// The same in the profile's envelope: {"data": {…}}.
std::string wrapped_product(const Profile& profile, std::int64_t organization_id, ColumnSet columns,
                            std::int64_t id, std::span<const Value> values, const Shown* shown);

// The answers as values, which become jsonb without a detour through text. Nothing where the
// profile shows more than the product's own row: then as text, below.
std::optional<Value> value_of_one(Batch& batch, const Item& item);
std::optional<Value> value_of_bulk(Batch& batch);

// The answer to a single call.
std::string answer_one(const Batch& batch, const Item& item);
// The answer to a bulk call: ids or products, null in a reject's place.
std::string answer_bulk(const Batch& batch);
// The errors column of a document: [{"field", "code", "message", "position", …}]; position only
// where it is not 0.
std::string errors_of(const Item& item, std::size_t position);

// Refuses the batch for the failures of all its documents, each with its position where there are
// several.
Refusal refuse_batch(const Batch& batch);

}  // namespace product_upsert
