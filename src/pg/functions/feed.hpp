#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/upsert/ledger.hpp"
#include "pg/functions/document_source.hpp"
#include "pg/functions/upsert.hpp"

namespace product_upsert {

// Upserts the documents of a source, any number of them, as one call: they are read and upserted a
// batch at a time. Memory is bounded by the batch, or by a set of documents
// that count on one another, but for the call's ledger; what comes of a document does not depend on
// where the batches are cut.
class Feed {
 public:
  // Documents are jsonb, or with `text` text or json. `upsert` and `source` must outlive the feed.
  // `before` is how many documents an import has had before: positions go on from there. Or the
  // keys of the source are the positions, which ascend; the answer has no keys then.
  enum class Positions : std::uint8_t { follow, are_the_keys };
  Feed(Upsert& upsert, DocumentSource& source, bool text, std::uint64_t before = 0,
       Positions positions = Positions::follow);

  class Answer {
   public:
    virtual ~Answer() = default;
    virtual void batch(const Batch& batch) = 0;
    // What was told so far is undone: it begins again with the first document.
    virtual void restart() = 0;
    // What was told is in another order than the documents.
    virtual void put_in_order() = 0;
  };
  // Of the batch that is being told, where the source gives keys.
  const std::vector<std::optional<std::string>>& keys() const { return keys_; }
  // Undoes it all again where the call is a dry run.
  void run(Answer& answer);

 private:
  enum class Then : std::uint8_t { more, end };

  void run_all(Answer& answer);
  using Picked = std::vector<std::uint64_t>;  // positions, ascending

  void run_again(Answer& answer);
  void run_pass(Answer* answer);
  void run_ahead(const Picked& positions, Answer* answer);
  Then read_batch();
  void write_batches(Then then, Answer* answer);
  void upsert_batch(Ledger* ledger, Answer* answer);

  Upsert& upsert_;
  DocumentSource& source_;
  bool text_;
  bool numbered_;
  Ledger ledger_;
  std::uint64_t before_;
  std::uint64_t read_;  // the position of the document that was read last
  std::vector<std::optional<std::string>> keys_;
  MemoryContext memory_;  // emptied after each batch
  // Where some documents are decided ahead of the others: those that a batch is to have alone; else
  // those that were had, which it is to leave out.
  bool ahead_ = false;
  Picked picked_;
};

}  // namespace product_upsert
