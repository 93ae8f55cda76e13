#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/document/batch.hpp"
#include "core/document/document_text.hpp"
#include "core/document/options.hpp"
#include "core/document/reader.hpp"
#include "core/upsert/engine.hpp"
#include "core/upsert/parts.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/call_counting.hpp"
#include "pg/functions/extension.hpp"
#include "pg/functions/parking.hpp"
#include "pg/sql/statement.hpp"
#include "pg/store/kept_answers.hpp"
#include "pg/store/session.hpp"
#include "pg/store/store.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

// Where the extension of a function is installed.
struct Installation {
  std::string schema;  // an SQL identifier
  Oid space;
};
// Refuses callers who may not read products, which every call needs to.
void check_readable(Oid space);
// For calls that write, whether or not anything would be written: the data on a standby may be old.
void refuse_on_standby();
Installation installation_of(FunctionCallInfo fcinfo);

// The arguments of a call, not yet checked against the profile.
struct UpsertCall {
  Datum document = 0;  // jsonb with one document or many; text or json with `text`
  bool text = false;
  // For a text: whether there may be one document a line.
  DocumentText::Lines lines = DocumentText::Lines::yes;
  bool cells = false;  // documents are rows of a table (DocumentReader::take_cells)
  std::string profile;
  ForOrganization organization;
  Options options;
  Value field_actions;
  bool dry_run = false;
  std::optional<std::string> idempotency_key;
  // The product of the only document, by a column that identifies it, whatever the document says.
  std::optional<std::pair<Column, Value>> target;
  std::vector<std::size_t> ignored;   // fields whose values are ignored
  std::vector<std::size_t> required;  // fields that must have a value
  Arena arena;                        // owns what the values above point to
};
// One call of a function that upserts, from its arguments to the batch that is decided and written.
class Upsert {
 public:
  // Reads and checks the arguments, and connects to SPI.
  Upsert(FunctionCallInfo fcinfo, Arguments arguments);
  Upsert(const Installation& installation, UpsertCall call);

  // What the caller wants to know; set it before run().
  Options options;

  // Documents are rows of a table. Call it before the first batch.
  void take_cells() { call_.cells = true; }

  // Reads the documents and upserts them (with options.read_only, only matches them).
  void run(DocumentReader::Shape shape);

  // The same for documents that come one by one. begin() starts a batch and frees the previous one.
  // `before`: the number of documents in earlier batches of the call.
  void begin(DocumentReader::Shape shape, std::uint64_t before = 0);
  void add(Datum document);           // jsonb; copies it
  void add_standing(Datum document);  // jsonb that stays in place as long as the batch
  void add_text(Datum document);      // text or json; copies it
  void add_null();
  // Upserts the batch. `ledger`: if the call has several batches. The caller has to undo a dry run.
  void run_batch(Ledger* ledger = nullptr);
  // Used instead of run_batch(): divides the batch into parts, without looking anything up.
  void add_to(Parts& parts);
  Parts make_parts() const { return Parts(*rules_, *profile_); }
  bool dry_run() const { return call_.dry_run; }
  // What was written so far is undone, and the same documents will be added again.
  void forget_documents() { counting_.forget_documents(); }
  // Runs `body`, checks deferred constraints too, and undoes everything.
  template <typename F>
  void try_out(F&& body) {
    InSubtransaction(
        [&] {
          body();
          check_constraints();
        },
        AtEnd::roll_back);
  }

  // With an idempotency_key, call this before the documents are read. It returns the answer of an
  // earlier, equal call of the same function, as JSON. If it returns nothing, call keep() at the
  // end. Throws Refusal if the key was used for another call.
  std::optional<std::string> find_answer(std::string_view function);
  bool has_key() const { return kept_ != nullptr; }
  void keep(std::string answer);

  // Call this after everything is read, on success only.
  void finish();
  ~Upsert();
  Upsert(const Upsert&) = delete;
  Upsert& operator=(const Upsert&) = delete;

  Batch& batch() { return *batch_; }
  const Profile& profile() const { return *profile_; }
  const IdentityRules& rules() const { return *rules_; }
  const Engine& engine() const { return *engine_; }

 private:
  void read_jsonb();
  void read_document(const Jsonb* document);
  void read_text();
  void ignore_fields();
  void require_fields();
  void name_target();
  static void check_constraints();
  void note_changes();
  void note_only_document() const;
  void park();

  Spi spi_;
  std::string schema_;
  Oid space_;
  UpsertCall call_;
  Detoasted document_;  // call_.document, until it is decided
  CallCounting counting_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();  // of reading
  bool finished_ = false;
  std::shared_ptr<const Profile> profile_;
  std::shared_ptr<const IdentityRules> rules_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<DocumentReader> reader_;
  std::unique_ptr<DocumentText> text_;  // set if a text was given
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<KeptAnswers> kept_;  // set with an idempotency_key
  std::unique_ptr<Parking> parking_;
};

}  // namespace product_upsert
