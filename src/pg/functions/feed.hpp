#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/upsert/ledger.hpp"
#include "pg/functions/document_source.hpp"
#include "pg/functions/upsert.hpp"

namespace product_upsert {

// Upserts any number of documents from a source as one call: they are read and upserted in batches.
// Memory is bounded by a batch, or by a set of documents that depend on one another, except for the
// call's ledger. The outcome of a document does not depend on where the batches end.
class Feed {
 public:
  // The positions of documents continue after `before`; or the source's keys are the positions, in
  // ascending order, and the answer has no keys.
  enum class Positions : std::uint8_t { follow, are_the_keys };
  // Documents are jsonb, or text or json with `text`. `upsert` and `source` must outlive the feed.
  // `before`: the number of documents that an import has had before.
  Feed(Upsert& upsert, DocumentSource& source, bool text, std::uint64_t before = 0,
       Positions positions = Positions::follow);

  class Answer {
   public:
    virtual ~Answer() = default;
    virtual void batch(const Batch& batch) = 0;
    // Everything told so far is undone; telling starts again with the first document.
    virtual void restart() = 0;
    // The documents were not told in their order.
    virtual void put_in_order() = 0;
  };
  // The keys of the batch that is being told, if the source has keys.
  const std::vector<std::optional<std::string>>& keys() const { return keys_; }
  // Upserts everything; a dry run is undone at the end.
  void run(Answer& answer);

 private:
  enum class Then : std::uint8_t { more, end };

  void run_all(Answer& answer);
  using Picked = std::vector<std::uint64_t>;  // ascending positions

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
  // A batch ends after this many documents, or when they and their results take this many bytes.
  std::size_t most_documents_;
  std::size_t most_bytes_;
  std::uint64_t before_;
  std::uint64_t read_;  // the position of the last document read
  std::vector<std::optional<std::string>> keys_;
  MemoryContext memory_;  // reset after each batch
  // If some documents are decided before the others: those that the current pass selects, or those
  // already done, which it leaves out.
  bool ahead_ = false;
  Picked picked_;
};

}  // namespace product_upsert
