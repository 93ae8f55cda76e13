#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What says of a table whether writing rows below SQL comes to the same as the statement. Each may
// raise PostgreSQL's errors.

// Where a table's rows are.
enum class Rows : std::uint8_t { own, of_partition, in_partitions };
// An ordinary table, partition or partitioned table that writes whole rows and nothing else: no
// view, no parent or child besides, no rule, or trigger but those of foreign keys; not one that
// Citus spreads over other servers; and no one who wants to be asked about every statement's
// permissions.
bool is_plain(Relation table, Rows rows);
// On the whole table: SQL decides by privileges on columns.
bool has_privileges(Relation table, AclMode privileges);
// Where our columns stand, as our own script made them, each in `attributes` by its place, and
// organization_id; false where one is not there, or of another type, which may want a cast. Columns
// that were dropped are added to `dropped`, from 0.
bool find_columns(Relation table, std::span<const ColumnInfo> columns, AttrNumber* attributes,
                  AttrNumber* organization, Bitmapset** dropped);
// A unique index that may wait until the transaction's end has a trigger queued for each row.
bool are_plain(const ResultRelInfo* indexes);
// Whether the columns (as bits) are part of a foreign key, or of a unique index that one may refer
// to.
bool are_keys(Relation table, const Bitmapset* columns);
// Whether the table has a key that may be half null in a row that is there: an update checks it,
// whatever it changes.
bool has_match_full(Relation table);
bool is_match_full(Oid constraint);
// Whether the expression (or list of them) runs code in a language that reads tables, or does not
// come to the same for ever.
bool runs_code(Node* expression);

// Of the column, in a set of columns as PostgreSQL has them.
inline int bit(AttrNumber attribute) { return attribute - FirstLowInvalidHeapAttributeNumber; }

}  // namespace product_upsert
