#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace product_upsert {

// The extension's settings; doc/functions.md describes them. Call this once, when the library is
// loaded.
void define_settings();

// Whether Citus has sent the call from another node. Then this session does not have the settings
// of the session that the call came from, and they must not replace a NULL.
bool comes_from_citus();
// product_upsert.profile: for calls that name no profile. Null if each call must name one.
const char* default_profile();
// product_upsert.organization_id: for calls that name no organization. Empty if each call must name
// one, as product_upsert.require_organization says.
std::optional<std::int64_t> default_organization_id();
// product_upsert.source: for documents whose profile names no source. "" if there is none.
const char* default_source();
// product_upsert.direct_writes
bool direct_writes();
// product_upsert.change_feed
bool change_feed();
// product_upsert.batch_documents and product_upsert.batch_memory (bytes): the documents that
// product_upsert_from and the triggers hold at once. Neither changes what a feed comes to.
std::size_t batch_documents();
std::size_t batch_memory();
// Whether product_parked_retry is the caller: what it upserts does not count as newer than the
// documents that still wait.
bool retries_parked();

}  // namespace product_upsert
