#include "pg/functions/feed.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/in_context.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

namespace {

// The most documents that are fetched at once, because large ones may follow small ones.
constexpr std::size_t kMostFetched = 100;

class Documents final : public DocumentSink {
 public:
  // `read`: the position of the last document before the first row.
  Documents(Upsert& upsert, bool text, bool stand, bool numbered, std::uint64_t read,
            MemoryContext memory, std::vector<std::optional<std::string>>& keys)
      : upsert_(upsert),
        text_(text),
        stand_(stand),
        numbered_(numbered),
        read_(read),
        memory_(memory),
        keys_(keys) {}
  // Selects the documents at these positions, or all except these.
  void pick(const std::vector<std::uint64_t>& positions, bool those) {
    picked_ = &positions;
    those_ = those;
    next_ = std::lower_bound(positions.begin(), positions.end(), read_ + 1);
  }
  std::uint64_t read() const { return read_; }
  void document(NullableDatum document, const NullableDatum* key) override {
    read_ = numbered_ ? number_of(*key) : read_ + 1;
    if (picked_ != nullptr) {
      const bool is_picked = next_ != picked_->end() && *next_ == read_;
      if (is_picked) ++next_;
      if (is_picked != those_) return;
    }
    if (picked_ != nullptr || numbered_) upsert_.batch().positions.push_back(read_);
    const InContext memory(memory_);
    if (document.isnull) upsert_.add_null();
    else if (text_) upsert_.add_text(document.value);
    else if (stand_) upsert_.add_standing(document.value);
    else upsert_.add(document.value);
    if (key == nullptr || numbered_) return;
    if (key->isnull) {
      keys_.emplace_back();
    } else {
      Arena arena;
      keys_.emplace_back(view_text(key->value, arena));
    }
  }

 private:
  static std::uint64_t number_of(const NullableDatum& key) {
    Arena arena;
    const std::string_view text = view_text(key.value, arena);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  Upsert& upsert_;
  bool text_;
  bool stand_;
  bool numbered_;
  std::uint64_t read_;
  MemoryContext memory_;
  const std::vector<std::uint64_t>* picked_ = nullptr;
  bool those_ = false;
  std::vector<std::uint64_t>::const_iterator next_;
  std::vector<std::optional<std::string>>& keys_;
};

}  // namespace

Feed::Feed(Upsert& upsert, DocumentSource& source, bool text, std::uint64_t before,
           Positions positions)
    : upsert_(upsert),
      source_(source),
      text_(text),
      numbered_(positions == Positions::are_the_keys),
      most_documents_(batch_documents()),
      most_bytes_(batch_memory()),
      before_(before),
      read_(before),
      memory_(Call([] {
        return AllocSetContextCreate(CurrentMemoryContext, "product_upsert batch",
                                     ALLOCSET_DEFAULT_SIZES);
      })) {}

void Feed::run(Answer& answer) {
  if (upsert_.dry_run()) upsert_.try_out([&] { run_all(answer); });
  else run_all(answer);
  source_.finish();
}

void Feed::run_all(Answer& answer) {
  source_.open();
  const Then then = read_batch();
  if (then == Then::end) {
    upsert_batch(nullptr, &answer);
    return source_.close();
  }
  bool across = false;
  try {
    InSubtransaction([&] { write_batches(then, &answer); });
  } catch (const Ledger::AcrossBatches&) {
    across = true;
  }
  source_.close();
  if (across) run_again(answer);
}

// Surveys all documents and then writes them, beginning with those that others depend on.
void Feed::run_again(Answer& answer) {
  answer.restart();
  upsert_.forget_documents();
  ledger_.start_survey();
  const Options options = upsert_.options;
  upsert_.options.read_only = true;
  upsert_.options.wants_levels = false;
  run_pass(nullptr);
  upsert_.options = options;
  const auto sets = ledger_.settle();
  Picked all;
  Picked some;
  ahead_ = true;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    some.insert(some.end(), sets[s].begin(), sets[s].end());
    const bool full = s + 1 == sets.size() || some.size() + sets[s + 1].size() > most_documents_;
    if (!full) continue;
    std::sort(some.begin(), some.end());
    all.insert(all.end(), some.begin(), some.end());
    run_ahead(std::exchange(some, {}), &answer);
  }
  ahead_ = false;
  std::sort(all.begin(), all.end());
  picked_ = std::move(all);
  run_pass(&answer);
  if (!picked_.empty()) answer.put_in_order();
}

void Feed::run_ahead(const Picked& positions, Answer* answer) {
  picked_ = positions;
  read_ = before_;
  source_.open();
  read_batch();
  upsert_batch(&ledger_, answer);
  source_.close();
}

void Feed::run_pass(Answer* answer) {
  read_ = before_;
  source_.open();
  const Then then = read_batch();
  write_batches(then, answer);
  source_.close();
}

Feed::Then Feed::read_batch() {
  upsert_.begin(DocumentReader::Shape::each, read_);
  const Batch& batch = upsert_.batch();
  keys_.clear();
  Documents documents(upsert_, text_, source_.stands(), numbered_, read_, memory_, keys_);
  Assert(!ahead_ || !picked_.empty());
  Assert(std::is_sorted(picked_.begin(), picked_.end()));
  if (ahead_ || !picked_.empty()) documents.pick(picked_, ahead_);
  for (;;) {
    if (ahead_ && read_ >= picked_.back()) return Then::end;
    const std::size_t have = batch.items.size();
    const std::size_t bytes = batch.arena.reserved();
    std::size_t count = kMostFetched;
    // Which of several documents wins is known only after all of them have been read.
    if (upsert_.options.on_duplicate == OnDuplicate::reject && !ahead_) {
      if (have >= most_documents_ || (have > 0 && bytes >= most_bytes_)) return Then::more;
      const std::size_t left = most_bytes_ - std::min(bytes, most_bytes_);
      const std::size_t fitting = left / (have == 0 ? most_bytes_ / 16 : bytes / have + 1) + 1;
      count = std::min({fitting, kMostFetched, most_documents_ - have});
    }
    const std::uint64_t fetched = source_.fetch(count, documents);
    read_ = documents.read();
    if (fetched < count) return Then::end;
  }
}

// Upserts the batch that has been read, and all batches after it.
void Feed::write_batches(Then then, Answer* answer) {
  for (;;) {
    ledger_.expect_more(then == Then::more);
    upsert_batch(&ledger_, answer);
    if (then == Then::end) return;
    then = read_batch();
  }
}

void Feed::upsert_batch(Ledger* ledger, Answer* answer) {
  {
    const InContext memory(memory_);
    upsert_.run_batch(ledger);
    if (answer != nullptr) answer->batch(upsert_.batch());
  }
  Call([memory = memory_] { MemoryContextReset(memory); });
}

}  // namespace product_upsert
