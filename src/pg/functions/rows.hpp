#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/document/batch.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/types/array.hpp"

namespace product_upsert {

// The row answer: position, status, id, decided_by, version, changed, errors; also the key of the
// source's row if the function has that column.

// The names of the changed fields, as text[]; valid until `names` is cleared.
Datum changed_fields(const Batch& batch, const Item& item, ArrayBuilder& names);
// The errors of a rejected document, or the note of one that came too late. Without positions if
// `position` is 0.
Datum errors_column(const Item& item, std::size_t position, bool& is_null);

// The rows of a batch, for RowWriter to write later.
std::string rows_json(const Batch& batch);

// Writes a row for every document, as the result of a set-returning function. PostgreSQL spills to
// disk what exceeds work_mem.
class RowWriter {
 public:
  explicit RowWriter(FunctionCallInfo fcinfo);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  using Keys = std::vector<std::optional<std::string>>;  // one for each item, or empty
  void write(const Batch& batch, const Keys& keys = {});
  void write(const std::string& rows);  // `rows`: from rows_json()
  // Discards all rows written so far.
  void clear();
  // Sorts the rows written so far by position.
  void sort();

 private:
  void write(const Batch& batch, std::size_t index, const Keys& keys);
  Datum decided_by(const char* rule);

  MemoryContext memory_;
  ReturnSetInfo* result_;
  Datum statuses_[8] = {};
  ArrayBuilder changed_;
  std::vector<std::pair<const char*, Datum>> rules_;  // few different ones occur
};

}  // namespace product_upsert
