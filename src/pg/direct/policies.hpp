#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Whether row security, where the caller is subject to it, lets every row of the organization be
// written and read: when all policies of the command and of SELECT are ours (see
// product_tables_policies), what each asks is in which organizations the caller is a member, which
// is looked up once, by the active snapshot, as in a statement. False where the caller may not, or
// where other policies decide row by row: SQL has the errors. May raise PostgreSQL's errors.
// `organization`: the column.
bool policies_let(Relation table, CmdType command, AttrNumber organization,
                  std::int64_t organization_id);

}  // namespace product_upsert
