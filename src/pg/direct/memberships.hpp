#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

// Reads the rows of product_member below SQL, since every policy of the catalogue's tables needs
// them. All functions may raise PostgreSQL's errors.
namespace product_upsert {

struct Members {
  Relation table;  // product_member
  Relation rows;   // the table with its rows: the same, or the copy that Citus keeps here
  bool of_mine;    // row security shows the caller only its own rows
};

// Returns false, with nothing opened, if a statement might read other rows: the table is not as
// sql/tables creates it, the caller may not read it, or row security has another policy than ours.
bool open_members(Oid table, Members* members);
void close_members(const Members& members);

// The organizations (bigint[], ascending) in which the current role has the permission, itself or
// through a role that it inherits from. If `permission` is null, any permission counts. A role that
// bypasses row security gets those of all members. Uses the active snapshot, and an index on the
// members if there is one (tables of version 5); otherwise it reads the whole table.
Datum list_organizations(const Members& members, const text* permission);
// Whether that organization is one of them.
bool is_member(const Members& members, const text* permission, std::int64_t organization_id);

}  // namespace product_upsert
