#include "pg/functions/feed.hpp"

#include <algorithm>

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

namespace {

// A batch ends at so many documents, or once they and what was made of them fill so many bytes.
constexpr std::size_t kMostDocuments = 10000;
constexpr std::size_t kMostBytes = std::size_t{32} << 20;
// So many are fetched at a time at most: large ones may come behind small ones.
constexpr std::size_t kMostFetched = 100;

class InMemory {
 public:
  explicit InMemory(MemoryContext memory) : caller_(MemoryContextSwitchTo(memory)) {}
  InMemory(const InMemory&) = delete;
  InMemory& operator=(const InMemory&) = delete;
  ~InMemory() { MemoryContextSwitchTo(caller_); }

 private:
  MemoryContext caller_;
};

class Documents final : public RowSink {
 public:
  Documents(Upsert& upsert, bool text, MemoryContext memory)
      : upsert_(upsert), text_(text), memory_(memory) {}
  void row(const Row& row) override {
    const InMemory memory(memory_);
    if (row.is_null(0)) upsert_.add_null();
    else if (text_) upsert_.add_text(row.datum(0));
    else upsert_.add(row.datum(0));
  }

 private:
  Upsert& upsert_;
  bool text_;
  MemoryContext memory_;
};

}  // namespace

Feed::Feed(Upsert& upsert, std::string sql, bool text, std::uint64_t before)
    : upsert_(upsert),
      sql_(std::move(sql)),
      text_(text),
      before_(before),
      read_(before),
      memory_(Call([] {
        return AllocSetContextCreate(CurrentMemoryContext, "product_upsert batch",
                                     ALLOCSET_DEFAULT_SIZES);
      })) {}

void Feed::run(Answer& answer) {
  if (upsert_.dry_run()) upsert_.try_out([&] { run_all(answer); });
  else run_all(answer);
  snapshot_.release();
}

void Feed::run_all(Answer& answer) {
  Cursor cursor(sql_, snapshot_);
  const Then then = read_batch(cursor);
  if (then == Then::end) {
    upsert_batch(nullptr, &answer);
    return cursor.close();
  }
  if (!upsert_.options.skip_rejects) {
    write_batches(cursor, then, &answer);
    return cursor.close();
  }
  bool across = false;
  try {
    InSubtransaction([&] { write_batches(cursor, then, &answer); }, {});
  } catch (const Ledger::AcrossBatches&) {
    across = true;
  }
  cursor.close();
  if (!across) return;

  answer.restart();
  ledger_.start_survey();
  const Options options = upsert_.options;
  upsert_.options.read_only = true;
  upsert_.options.wants_levels = false;
  run_pass(nullptr);
  upsert_.options = options;
  ledger_.settle();
  run_pass(&answer);
}

void Feed::run_pass(Answer* answer) {
  read_ = before_;
  Cursor cursor(sql_, snapshot_);
  const Then then = read_batch(cursor);
  write_batches(cursor, then, answer);
  cursor.close();
}

Feed::Then Feed::read_batch(Cursor& cursor) {
  upsert_.begin(DocumentReader::Shape::each, read_);
  const Batch& batch = upsert_.batch();
  Documents documents(upsert_, text_, memory_);
  for (;;) {
    const std::size_t have = batch.items.size();
    const std::size_t bytes = batch.arena.reserved();
    std::size_t count = kMostFetched;
    // Which of several documents stands is known once all have been read.
    if (upsert_.options.on_duplicate == OnDuplicate::reject) {
      if (have >= kMostDocuments || bytes >= kMostBytes) return Then::more;
      const std::size_t fitting =
          (kMostBytes - bytes) / (have == 0 ? kMostBytes / 16 : bytes / have + 1) + 1;
      count = std::min({fitting, kMostFetched, kMostDocuments - have});
    }
    const std::uint64_t fetched = cursor.fetch(static_cast<long>(count), documents);
    read_ += fetched;
    if (fetched < count) return Then::end;
  }
}

// Upserts the batch that has been read, and all behind it.
void Feed::write_batches(Cursor& cursor, Then then, Answer* answer) {
  upsert_batch(&ledger_, answer);
  while (then == Then::more) {
    then = read_batch(cursor);
    upsert_batch(&ledger_, answer);
  }
}

void Feed::upsert_batch(Ledger* ledger, Answer* answer) {
  {
    const InMemory memory(memory_);
    upsert_.run_batch(ledger);
    if (answer != nullptr) answer->batch(upsert_.batch());
  }
  Call([memory = memory_] { MemoryContextReset(memory); });
}

}  // namespace product_upsert
