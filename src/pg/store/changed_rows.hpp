#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/direct/whole_rows.hpp"
#include "pg/store/change_feed.hpp"

namespace product_upsert {

// Writes rows of product_change below SQL, each from the current row of the product. The result is
// that of the statement in change_feed.cpp.
class ChangedRows {
 public:
  // Returns false, with nothing opened, if SQL has to write the rows. `products`: those that will
  // be written.
  bool open(Oid space, std::int64_t organization_id, std::span<const NotedProduct> products);
  void close();
  // Returns the number of rows written; SQL has to write the rest.
  std::size_t write(std::span<const NotedProduct> products);

 private:
  struct Row {
    std::int64_t product_id;
    Value action;
    Value changed;
    Value version;
  };

  void add(const NotedProduct& product);
  void add_created(std::int64_t product_id);
  void add_updated(std::int64_t product_id, std::span<const Member> old);
  Value read_variants(std::int64_t product_id);
  bool insert();

  Oid table_ = InvalidOid;
  std::int64_t organization_id_ = 0;
  WholeRows products_;
  WholeRows variants_;
  bool has_variants_ = false;             // the table of variants is open
  std::vector<const JsonColumn*> shown_;  // the columns noted of a created product
  const JsonColumn* version_ = nullptr;
  std::vector<Row> rows_;
  std::vector<Member> members_;  // of the row that is being made
  Arena arena_;
};

}  // namespace product_upsert
