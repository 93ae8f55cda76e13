#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Whether row security, if it applies to the caller, allows every row of the organization to be
// written and read. This can be decided if all policies of the command and of SELECT are ours (see
// product_tables_policies): they only ask in which organizations the caller is a member. That is
// looked up once, by the active snapshot, as in a statement. Returns false if the caller lacks the
// right, or if other policies decide row by row; SQL then raises the errors. May raise PostgreSQL's
// errors. `organization`: the column.
bool policies_let(Relation table, CmdType command, AttrNumber organization,
                  std::int64_t organization_id);

}  // namespace product_upsert
