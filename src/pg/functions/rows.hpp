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

// The row answer: position, status, id, decided_by, version, changed, errors; and the key of the
// source's row where the function has such a column.

// Palloc'ed.
Datum make_text(std::string_view text);
// The names of the fields that changed, as text[]; lives until `names` is cleared.
Datum changed_fields(const Batch& batch, const Item& item, ArrayBuilder& names);
// The errors of a reject; of a document that came too late, a note. Without positions where
// `position` is 0.
Datum errors_column(const Item& item, std::size_t position, bool& is_null);

// The rows of a batch, for RowWriter to write them again.
std::string rows_json(const Batch& batch);

// Writes a row for every document, as the result of a set-returning function; PostgreSQL spills
// what work_mem does not hold to disk.
class RowWriter {
 public:
  explicit RowWriter(FunctionCallInfo fcinfo);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  using Keys = std::vector<std::optional<std::string>>;  // by item; empty: there are none
  void write(const Batch& batch, const Keys& keys = {});
  void write(const std::string& rows);  // of rows_json()
  // Forgets all rows written.
  void clear();
  // Puts the rows written in order of their positions.
  void sort();

 private:
  void write(const Batch& batch, std::size_t index, const Keys& keys);
  Datum decided_by(const char* rule);

  MemoryContext memory_;
  ReturnSetInfo* result_;
  Datum statuses_[8] = {};
  ArrayBuilder changed_;
  std::vector<std::pair<const char*, Datum>> rules_;  // the few that occur
};

}  // namespace product_upsert
