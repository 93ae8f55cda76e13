#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Decides whether writing a table's rows below SQL has the same result as the statement. Each
// function may raise PostgreSQL's errors.

// A partition, or a partitioned table, whose rows are in its partitions; or neither.
enum class TableKind : std::uint8_t { ordinary, partition, partitioned };
// An ordinary table, partition or partitioned table where writing a row does nothing else: no view,
// no other parent or child, no rule, no trigger except those of foreign keys, not distributed by
// Citus, and no extension that checks the permissions of every statement.
bool is_plain(Relation table, TableKind kind);
// Whether the caller has the privileges on the whole table; privileges on columns are left to SQL.
bool has_privileges(Relation table, AclMode privileges);
// Whether the caller may read all rows of the table and all of its columns.
bool is_shown_whole(Oid table);
// Finds our columns, with the types that our own script gave them: in `attributes` by place, and
// organization_id. False if one is missing or has another type, which may need a cast. Adds dropped
// columns to `dropped`, from 0.
bool find_columns(Relation table, std::span<const ColumnInfo> columns, AttrNumber* attributes,
                  AttrNumber* organization, Bitmapset** dropped);
// False if a unique index is deferrable: it queues a trigger for each row.
bool are_plain(const ResultRelInfo* indexes);
// Whether the columns (as bits) are part of a foreign key, or of a unique index that one may refer
// to.
bool are_keys(Relation table, const Bitmapset* columns);
// Whether the table has a MATCH FULL key, which may be half null in a stored row: every update
// checks it, whatever it changes.
bool has_match_full(Relation table);
bool is_match_full(Oid constraint);
// Whether the expression (or list of them) runs code in a language that can read tables, or is not
// immutable.
bool runs_code(Node* expression);

// The number of a column in PostgreSQL's sets of columns.
inline int bit(AttrNumber attribute) { return attribute - FirstLowInvalidHeapAttributeNumber; }

}  // namespace product_upsert
