// product_get: returns a stored product in the profile's shape.
#include "core/answer/answer.hpp"
#include "core/answer/related_answers.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/store/request_store.hpp"
#include "pg/store/tables.hpp"
#include "pg/types/jsonb.hpp"

extern "C" {
#include "access/xact.h"
}

namespace product_upsert {

namespace {

// Keeps the product that is found.
class FoundProduct final : public FoundSink {
 public:
  void found(std::uint32_t, std::uint16_t, const StoredProduct& row) override {
    id = row.id;
    values.clear();
    for (const Value& v : row.values) values.push_back(v.copy_to(arena));
  }
  std::int64_t id = 0;
  std::vector<Value> values;
  Arena arena;
};

void find(Store& store, std::int64_t organization_id, std::int64_t id, const ColumnSet& columns,
          FoundProduct& product) {
  const Column by[] = {Column::id};
  Arena arena;
  const KeyGroup group{by, 0, {0}, {*Value::parse_number(std::to_string(id), arena)}};
  store.find(organization_id, {&group, 1}, columns, product);
}

// A product that is shown by its uuid gets one (fine point c). If the caller may not write, he is
// shown the uuid that it will have.
void give_uuid(Store& store, const Installation& installation, std::int64_t organization_id,
               const Profile& profile, const ColumnSet& columns, FoundProduct& product) {
  const Field* const field = profile.field_of(Column::uuid);
  if (product.id == 0 || field == nullptr || !field->generated) return;
  const std::size_t place = columns.index(Column::uuid);
  if (product.values[place].has_value()) return;
  const std::string derived = derived_uuid(organization_id, product.id);
  const Value given = Value::text(derived);
  if (!XactReadOnly && store.may(Right::update, organization_id)) {
    RequestStore(installation.schema, installation.space)
        .give_uuids(organization_id, {&product.id, 1}, {&given, 1});
    find(store, organization_id, product.id, columns, product);
  }
  if (!product.values[place].has_value())
    product.values[place] = Value::text(product.arena.copy(std::string_view(derived)));
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_get) {
  using arguments::kGet;
  const NullableDatum& id = fcinfo->args[position_of(argument::id, kGet)];
  if (id.isnull) throw null_argument("id", "Pass the id of a product.");
  const std::int64_t organization_id =
      organization_argument(fcinfo->args[position_of(argument::organization_id, kGet)]);
  const MemoryContext memory = CurrentMemoryContext;
  const Installation installation = installation_of(fcinfo);
  const auto& [schema, space] = installation;
  check_readable(space);
  Spi spi;
  spi.connect();
  check_tables(schema, space);
  const auto profile =
      Session::of(schema, space)
          .profile(profile_argument(fcinfo->args[position_of(argument::profile, kGet)]));
  ColumnSet columns = profile->columns;
  columns.add(Column::id);
  Store store(schema, space, profile->variant_columns);
  FoundProduct product;
  find(store, organization_id, DatumGetInt64(id.value), columns, product);
  give_uuid(store, installation, organization_id, *profile, columns, product);
  Datum result = 0;
  if (product.id == 0) {
    fcinfo->isnull = true;
  } else {
    RelatedAnswers related_answers(*profile, columns);
    const RelatedAnswers::Subject subject{product.id, product.values};
    if (profile->has_related_fields)
      related_answers.read(store.related(), organization_id, {&subject, 1});
    MemoryContextSwitchTo(memory);  // queries leave a context of SPI current, which finish() frees
    const Value answer = product_answer(*profile, organization_id, columns, product.id,
                                        product.values, &related_answers, product.arena);
    result = make_jsonb(enveloped(*profile, answer, product.arena));
  }
  spi.finish();
  return result;
}

}  // namespace product_upsert
