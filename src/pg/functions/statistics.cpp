// product_upsert_stats: counts of calls and their time.
#include "pg/boundary/statistics.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

namespace {

// recipe: count
constexpr int kColumns = 15;

void put_row(ReturnSetInfo* result, std::string_view profile, const Counts& counts,
             std::int64_t since, bool shared) {
  Datum values[kColumns] = {make_text(profile)};
  bool nulls[kColumns] = {};
  int at = 1;
  for (Counted c = Counted::calls; c <= Counted::retries;
       c = static_cast<Counted>(static_cast<int>(c) + 1))
    values[at++] = Int64GetDatum(static_cast<std::int64_t>(counts[c]));
  for (Counted c :
       {Counted::read_time, Counted::decide_time, Counted::write_time, Counted::waiting_time}) {
    const double milliseconds = static_cast<double>(counts[c]) / 1000;
    values[at++] = Call([milliseconds] { return Float8GetDatum(milliseconds); });
  }
  values[at++] = TimestampTzGetDatum(since);
  values[at++] = make_text(shared ? "server" : "session");
  Call([store = result->setResult, descriptor = result->setDesc, v = static_cast<Datum*>(values),
        n = static_cast<bool*>(nulls)] { tuplestore_putvalues(store, descriptor, v, n); });
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_upsert_stats) {
  Call([fcinfo] { compat::materialized_srf(fcinfo); });
  auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const bool shared = are_statistics_shared();
  each_count([&](std::string_view profile, const Counts& counts, std::int64_t since) {
    put_row(result, profile, counts, since, shared);
  });
  fcinfo->isnull = true;
  return 0;
}

PRODUCT_UPSERT_FUNCTION(product_upsert_stats_reset) {
  reset_statistics();
  PG_RETURN_VOID();
}

}  // namespace product_upsert
