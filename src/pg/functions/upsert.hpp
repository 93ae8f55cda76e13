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

// Where the extension that a function belongs to is installed.
struct Installation {
  std::string schema;  // as an SQL identifier
  Oid space;
};
// Refuses who may not read products: everything that we do begins with that.
void check_readable(Oid space);
// Of calls that write, whether anything would be written or not: what a standby knows may be old.
void refuse_on_standby();
Installation installation_of(FunctionCallInfo fcinfo);

// What a call asks for, as yet unchecked against the profile.
struct UpsertCall {
  Datum document = 0;  // jsonb, of one document or many; with `text` a text or json
  bool text = false;
  // Of a text: whether documents may come one a line.
  DocumentText::Lines lines = DocumentText::Lines::yes;
  bool cells = false;  // a document is the row of a table (DocumentReader::take_cells)
  std::string profile;
  ForOrganization organization;
  Options options;
  Value field_actions;
  bool dry_run = false;
  std::optional<std::string> idempotency_key;
  // The product that the one document is about, by a column that identifies, whatever the document
  // itself says.
  std::optional<std::pair<Column, Value>> target;
  std::vector<std::size_t> ignored;   // fields whose values say nothing
  std::vector<std::size_t> required;  // fields that must say something
  Arena arena;                        // what the values above point at
};
// One call of a function that upserts, from its arguments to the batch decided and written.
class Upsert {
 public:
  // Reads and checks the arguments; connects to SPI.
  Upsert(FunctionCallInfo fcinfo, Arguments arguments);
  Upsert(const Installation& installation, UpsertCall call);

  // What the caller wants to be told; to be set before run().
  Options options;

  // Documents are the rows of a table; to be said before the first batch.
  void take_cells() { call_.cells = true; }

  // Reads the documents and has them upserted (or only matched, where options.read_only says so).
  void run(DocumentReader::Shape shape);

  // The same for documents that come one by one. begin() starts a batch and frees the one before;
  // `before` is how many documents earlier batches of this call had.
  void begin(DocumentReader::Shape shape, std::uint64_t before = 0);
  void add(Datum document);           // jsonb, copied
  void add_standing(Datum document);  // jsonb that stays where it is while the batch is there
  void add_text(Datum document);      // text or json, copied
  void add_null();
  // Has the batch upserted. `ledger` where the call has several batches. Undoing a dry run is the
  // caller's affair.
  void run_batch(Ledger* ledger = nullptr);
  // Or, instead, has it dealt: nothing is looked up.
  void add_to(Parts& parts);
  Parts make_parts() const { return Parts(*rules_, *profile_); }
  bool dry_run() const { return call_.dry_run; }
  // What was written so far is undone, and the documents are to come again.
  void forget_documents() { counting_.forget_documents(); }
  // Runs `body`, then has deferred constraints their say too, and undoes it all.
  template <typename F>
  void try_out(F&& body) {
    InSubtransaction(
        [&] {
          body();
          check_constraints();
        },
        AtEnd::roll_back);
  }

  // With an idempotency_key, before the documents are read: the answer of the same call of the same
  // function with it, as JSON; none where there was none, and then keep() is to be called. Throws
  // Refusal where the key is another call's.
  std::optional<std::string> find_answer(std::string_view function);
  bool has_key() const { return kept_ != nullptr; }
  void keep(std::string answer);

  // To be called once all is read off; on success only.
  void finish();
  ~Upsert();
  Upsert(const Upsert&) = delete;
  Upsert& operator=(const Upsert&) = delete;

  Batch& batch() { return *batch_; }
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
  void park();

  Spi spi_;
  std::string schema_;
  Oid space_;
  UpsertCall call_;
  Detoasted document_;  // call_.document, until all of it has been decided
  CallCounting counting_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();  // the reading
  bool finished_ = false;
  std::shared_ptr<const Profile> profile_;
  std::shared_ptr<const IdentityRules> rules_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<DocumentReader> reader_;
  std::unique_ptr<DocumentText> text_;  // once a text has come
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<KeptAnswers> kept_;  // with an idempotency_key
  std::unique_ptr<Parking> parking_;   // where documents of the profile may have to wait
};

}  // namespace product_upsert
