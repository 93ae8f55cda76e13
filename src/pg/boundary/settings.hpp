#pragma once

#include <cstdint>
#include <optional>

namespace product_upsert {

// The extension's settings (doc/functions.md says what each is for). Defined once, when the library
// is loaded.
void define_settings();

// Whether Citus has sent the call here from another node: the settings of the session that it came
// from, and NULL stands for, are not ours.
bool comes_from_citus();
// product_upsert.profile: of calls that name none; null where each has to.
const char* default_profile();
// product_upsert.organization_id: of calls that name none; nothing where each has to, as
// product_upsert.require_organization says.
std::optional<std::int64_t> default_organization_id();
// product_upsert.source: of documents whose profile names none; "" where none is said.
const char* default_source();
// product_upsert.direct_writes
bool direct_writes();
// product_upsert.change_feed
bool change_feed();
// Whether product_parked_retry calls: what it has upserted is not later than what else waits.
bool retries_parked();

}  // namespace product_upsert
