#include "pg/functions/document_source.hpp"

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "utils/tuplestore.h"
}

namespace product_upsert {

namespace {

class FirstColumns final : public RowSink {
 public:
  explicit FirstColumns(DocumentSink& sink) : sink_(sink) {}
  void row(const Row& row) override {
    const NullableDatum document{row.datum(0), row.is_null(0)};
    if (row.columns() < 2) return sink_.document(document, nullptr);
    const NullableDatum key{row.datum(1), row.is_null(1)};
    sink_.document(document, &key);
  }

 private:
  DocumentSink& sink_;
};

}  // namespace

void QueryDocuments::open() { cursor_.emplace(sql_, snapshot_); }

std::uint64_t QueryDocuments::fetch(std::uint64_t count, DocumentSink& sink) {
  FirstColumns columns(sink);
  return cursor_->fetch(static_cast<long>(count), columns);
}

void QueryDocuments::close() { cursor_->close(); }

void QueryDocuments::finish() { snapshot_.release(); }

TransitionDocuments::TransitionDocuments(Tuplestorestate* rows, Relation relation,
                                         AttrNumber column)
    : rows_(rows), column_(column) {
  if (rows_ == nullptr) return;
  // Rows in a temporary file are returned one at a time. No rows are added: a transition table is
  // complete when its trigger fires.
  stands_ = Call([rows] { return tuplestore_in_memory(rows); });
  place_ = Call([rows] { return tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND); });
  slot_ = Call([relation] {
    return MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsMinimalTuple);
  });
}

void TransitionDocuments::open() {
  if (rows_ == nullptr) return;
  Call([rows = rows_, place = place_] {
    tuplestore_select_read_pointer(rows, place);
    tuplestore_rescan(rows);
  });
}

std::uint64_t TransitionDocuments::fetch(std::uint64_t count, DocumentSink& sink) {
  if (rows_ == nullptr) return 0;
  for (std::uint64_t fetched = 0; fetched < count; ++fetched) {
    NullableDatum document{};
    const bool is_there = Call([this, to = &document] {
      // A function of another trigger may have read in between, at its own position.
      tuplestore_select_read_pointer(rows_, place_);
      if (!tuplestore_gettupleslot(rows_, true, false, slot_)) return false;
      to->value = slot_getattr(slot_, column_, &to->isnull);
      return true;
    });
    if (!is_there) return fetched;
    sink.document(document, nullptr);
  }
  return count;
}

void TransitionDocuments::finish() {
  if (slot_ != nullptr) Call([slot = slot_] { ExecDropSingleTupleTableSlot(slot); });
}

}  // namespace product_upsert
