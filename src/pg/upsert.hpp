#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/batch.hpp"
#include "core/engine.hpp"
#include "core/options.hpp"
#include "core/reader.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"
#include "pg/statement.hpp"
#include "pg/store.hpp"

namespace product_upsert {

// Where a function's parameters stand; -1 where it has none of that name.
struct Places {
  int document = 0, identifier_field = 1, custom_field_reference = 2, field_actions = 3,
      profile = 4, organization_id = 5, mode = 6, if_version = 7, on_error = -1, dry_run = -1;
};

// One call of a function that upserts, from its arguments to the batch decided and written.
class Upsert {
 public:
  // Reads and checks the arguments; connects to SPI.
  Upsert(FunctionCallInfo fcinfo, const Places& places);

  // What the caller wants to be told; to be set before run().
  Options options;

  // Reads the documents and has them upserted (or only matched, where options.read_only says so).
  void run(DocumentReader::Shape shape);
  // To be called once all is read off; on success only.
  void finish() { spi_.finish(); }

  Batch& batch() { return *batch_; }
  const Engine& engine() const { return *engine_; }

 private:
  void read_options(FunctionCallInfo fcinfo, const Places& places);

  Spi spi_;
  Datum document_ = 0;
  std::int64_t organization_id_ = 0;
  bool dry_run_ = false;
  std::shared_ptr<const Profile> profile_;
  std::shared_ptr<const IdentityRules> rules_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
};

// A text argument, nothing where it is null. Copied: it may be used once the argument is gone.
std::optional<std::string> text_argument(FunctionCallInfo fcinfo, int place);
// The argument, or the setting product_upsert.organization_id where it is null. Throws Refusal.
std::int64_t organization_argument(FunctionCallInfo fcinfo, int place);
// The argument, or the setting product_upsert.profile where it is null.
std::string profile_argument(FunctionCallInfo fcinfo, int place);
// The oid of the schema that the function being called is in.
Oid schema_oid(FunctionCallInfo fcinfo);

}  // namespace product_upsert
