#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

// The rows of product_member, read below SQL: every policy of the catalogue's tables asks for them.
// All may raise PostgreSQL's errors.
namespace product_upsert {

struct Members {
  Relation table;  // product_member
  Relation rows;   // that has its rows: itself, or the copy that Citus keeps on this server
  bool of_mine;    // row security shows the caller his own alone
};

// False, and nothing is opened, where a statement might read other rows: the table is not as
// sql/tables makes it, the caller may not read it, or row security has another policy than ours.
bool open_members(Oid table, Members* members);
void close_members(const Members& members);

// The organizations (bigint[], ascending) in which the current role has the permission, by itself
// or through a role that it inherits from; null: any permission. Those of all members where the
// role is past row security. By the active snapshot, and by an index on the members where there is
// one (tables of version 5): else the whole table is read.
Datum list_organizations(const Members& members, const text* permission);
// Whether one of them is that organization.
bool is_member(const Members& members, const text* permission, std::int64_t organization_id);

}  // namespace product_upsert
