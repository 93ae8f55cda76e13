#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/boundary/compat.hpp"
#include "pg/sql/cursor.hpp"

namespace product_upsert {

// Takes documents as they are read. May throw: the reading stops, and fetch() throws it on.
class DocumentSink {
 public:
  virtual ~DocumentSink() = default;
  // `key`: of the document's row, a text; null where rows have none.
  virtual void document(NullableDatum document, const NullableDatum* key) = 0;
};

// Documents in their order, a few at a time, as often as they are asked for and always the same.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // Begins with the first.
  virtual void open() = 0;
  // Fewer than `count`: these were the last.
  virtual std::uint64_t fetch(std::uint64_t count, DocumentSink& sink) = 0;
  // On success only, as finish(), which is called once all is read.
  virtual void close() {}
  virtual void finish() {}
  // Whether documents stand where they are until finish(), rather than until the next one is read.
  virtual bool stands() const { return false; }
};

// The rows of a query: the first column is the document, a second one the row's key. Within Spi.
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
  KeptSnapshot snapshot_;  // every pass sees the same documents
  std::optional<Cursor> cursor_;
};

// A column of the rows that a statement's trigger is told of, read where the trigger's manager
// keeps them: as long as they are in memory nothing of them is copied.
class TransitionDocuments final : public DocumentSource {
 public:
  // `rows` may be null: none. They and the relation must outlive this.
  TransitionDocuments(Tuplestorestate* rows, Relation relation, AttrNumber column);
  void open() override;
  std::uint64_t fetch(std::uint64_t count, DocumentSink& sink) override;
  void finish() override;
  bool stands() const override { return stands_; }

 private:
  Tuplestorestate* rows_;
  AttrNumber column_;
  bool stands_ = false;
  int place_ = 0;  // which of the rows' read pointers is ours
  TupleTableSlot* slot_ = nullptr;
};

}  // namespace product_upsert
