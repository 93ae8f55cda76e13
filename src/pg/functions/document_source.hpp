#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/boundary/compat.hpp"
#include "pg/sql/cursor.hpp"

namespace product_upsert {

// Receives documents as they are read. It may throw: the reading stops, and fetch() rethrows.
class DocumentSink {
 public:
  virtual ~DocumentSink() = default;
  // `key`: a text that identifies the document's row; null if rows have no keys.
  virtual void document(NullableDatum document, const NullableDatum* key) = 0;
};

// A source of documents in a fixed order, read a few at a time. It can be read several times, and
// always returns the same.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // Starts again with the first document.
  virtual void open() = 0;
  // Returns the number of documents. If it is less than `count`, these were the last.
  virtual std::uint64_t fetch(std::uint64_t count, DocumentSink& sink) = 0;
  // Call this on success only; the same holds for finish(), which ends the reading.
  virtual void close() {}
  virtual void finish() {}
  // Whether documents stay in memory until finish(), not only until the next one is read.
  virtual bool stands() const { return false; }
};

// The rows of a query: the first column is the document, and a second one, if any, the row's key.
// Use it within Spi.
class QueryDocuments final : public DocumentSource {
 public:
  // Every name in `sql` must be qualified.
  explicit QueryDocuments(std::string sql) : sql_(std::move(sql)) {}
  void open() override;
  std::uint64_t fetch(std::uint64_t count, DocumentSink& sink) override;
  void close() override;
  void finish() override;

 private:
  std::string sql_;
  KeptSnapshot snapshot_;  // all passes see the same documents
  std::optional<Cursor> cursor_;
};

// A column of a transition table, read directly from the tuplestore of the trigger: nothing is
// copied as long as the rows are in memory.
class TransitionDocuments final : public DocumentSource {
 public:
  // `rows` may be null if there are none. They and the relation must outlive this object.
  TransitionDocuments(Tuplestorestate* rows, Relation relation, AttrNumber column);
  void open() override;
  std::uint64_t fetch(std::uint64_t count, DocumentSink& sink) override;
  void finish() override;
  bool stands() const override { return stands_; }

 private:
  Tuplestorestate* rows_;
  AttrNumber column_;
  bool stands_ = false;
  int place_ = 0;  // our read pointer of the rows
  TupleTableSlot* slot_ = nullptr;
};

}  // namespace product_upsert
