#pragma once

#include "core/document/batch.hpp"
#include "core/document/options.hpp"
#include "core/upsert/match_rules.hpp"

namespace product_upsert {

// Before anything is looked up: removes values and failures of fields that are ignored or cleared,
// which are neither checked nor looked up (rule 16), unless the product is found by them.
void drop_ignored(Batch& batch, const Options& options, const MatchRules& match);

// Sets the columns that are read of matched products, and those that answers show.
void choose_columns(Batch& batch, const Options& options, const IdentityRules& rules);

}  // namespace product_upsert
