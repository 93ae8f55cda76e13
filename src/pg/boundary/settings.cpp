#include "pg/boundary/settings.hpp"

#include <charconv>
#include <cstring>
#include <string_view>

#include "pg/boundary/compat.hpp"
#include "pg/boundary/wait_point.hpp"

namespace product_upsert {

namespace {

char* profile_setting = nullptr;
char* organization_setting = nullptr;
char* source_setting = nullptr;
std::int64_t organization_id = 1;
bool direct_writes_setting = true;
bool change_feed_setting = false;
bool require_organization_setting = false;
bool retries_parked_setting = false;
int batch_documents_setting = 10000;
int batch_memory_setting = 32 * 1024;  // kB

extern "C" {

// PostgreSQL has no bigint settings, so this one is a text that is checked and parsed when it is
// set.
bool check_organization(char** text, void** extra, GucSource) {
  const std::string_view value(*text);
  std::int64_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc{} || end != value.data() + value.size() || parsed < 1) {
    GUC_check_errdetail("An organization id is a whole number from 1 to 9223372036854775807.");
    return false;
  }
  *extra = compat::guc_extra(sizeof parsed);
  if (*extra == nullptr) return false;
  std::memcpy(*extra, &parsed, sizeof parsed);
  return true;
}

void assign_organization(const char*, void* extra) {
  std::memcpy(&organization_id, extra, sizeof organization_id);
}

}  // extern "C"

}  // namespace

bool comes_from_citus() {
  constexpr std::string_view kInternal = "citus_internal gpid=";
  return application_name != nullptr && std::string_view(application_name).starts_with(kInternal);
}

const char* default_profile() { return comes_from_citus() ? nullptr : profile_setting; }
std::optional<std::int64_t> default_organization_id() {
  if (require_organization_setting || comes_from_citus()) return std::nullopt;
  return organization_id;
}
const char* default_source() {
  return comes_from_citus() || source_setting == nullptr ? "" : source_setting;
}
bool direct_writes() { return direct_writes_setting; }
bool change_feed() { return change_feed_setting; }
bool retries_parked() { return retries_parked_setting; }
std::size_t batch_documents() { return static_cast<std::size_t>(batch_documents_setting); }
std::size_t batch_memory() { return static_cast<std::size_t>(batch_memory_setting) << 10; }

// recipe: setting, feed
void define_settings() {
  DefineCustomStringVariable("product_upsert.profile", "Sets the profile of calls that name none.",
                             nullptr, &profile_setting, "catalog", PGC_USERSET, 0, nullptr, nullptr,
                             nullptr);
  DefineCustomStringVariable(
      "product_upsert.organization_id", "Sets the organization of calls that name none.", nullptr,
      &organization_setting, "1", PGC_USERSET, 0, check_organization, assign_organization, nullptr);
  DefineCustomStringVariable("product_upsert.source",
                             "Sets the source of documents whose profile names none.", nullptr,
                             &source_setting, "", PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("product_upsert.direct_writes",
                           "Writes products without SQL statements if the result is the same.",
                           nullptr, &direct_writes_setting, true, PGC_USERSET, 0, nullptr, nullptr,
                           nullptr);
  DefineCustomBoolVariable("product_upsert.change_feed",
                           "Records changes of products in product_change.", nullptr,
                           &change_feed_setting, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable(
      "product_upsert.require_organization",
      "Refuses calls that name no organization, whatever product_upsert.organization_id is.",
      nullptr, &require_organization_setting, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("product_upsert.batch_documents",
                          "Sets the most documents that a batch of a feed has.", nullptr,
                          &batch_documents_setting, batch_documents_setting, 1, 1000000,
                          PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("product_upsert.batch_memory",
                          "Sets the memory after which a batch of a feed ends.", nullptr,
                          &batch_memory_setting, batch_memory_setting, 64, MAX_KILOBYTES,
                          PGC_USERSET, GUC_UNIT_KB, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable(
      "product_upsert.retries_parked", "Internal. Set during the calls of product_parked_retry.",
      nullptr, &retries_parked_setting, false, PGC_USERSET,
      GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, nullptr, nullptr, nullptr);
  PRODUCT_UPSERT_DEFINE_WAIT_POINTS();
  MarkGUCPrefixReserved("product_upsert");
}

}  // namespace product_upsert
