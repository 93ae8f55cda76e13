#pragma once

#include "core/batch.hpp"
#include "core/options.hpp"

namespace product_upsert {

// What the column will hold once the document is written: the stored value where the document says
// nothing (C1), the profile's default where the product is created.
Value merged(Batch& batch, const Item& item, Column column, const Options& options);

// What one value will be, given the stored one and the document's; absent: as stored. Lists are
// appended to and removed from item by item.
Value act(Action action, const Value& stored, const Value& given, Arena& arena);

// Fills item.changed with the fields that would change a stored value.
void compare(Batch& batch, Item& item, const Options& options);

// Whether the document says nothing that differs from the product's row; `values` are of
// batch.stored_columns. Cheap: no allocation, stops at the first difference.
bool agrees(const Batch& batch, const Item& item, std::span<const Value> values,
            const Options& options);

// Columns that documents of the batch may set, and those of defaults where `creating`.
ColumnSet written_columns(const Batch& batch, const Options& options, bool creating);

}  // namespace product_upsert
