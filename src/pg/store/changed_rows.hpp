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

// Rows of product_change written below SQL, each made of the product as it stands now: the same
// that the statement of change_feed.cpp makes.
class ChangedRows {
 public:
  // False, and nothing is open, where SQL is to do it.
  // `products`: those that will be written.
  bool open(Oid space, std::int64_t organization_id, std::span<const NotedProduct> products);
  void close();
  // Returns how many of them are written; SQL is to do the rest.
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
  bool has_variants_ = false;             // they are open
  std::vector<const JsonColumn*> shown_;  // of a created product
  const JsonColumn* version_ = nullptr;
  std::vector<Row> rows_;
  std::vector<Member> members_;  // of the row that is being made
  Arena arena_;
};

}  // namespace product_upsert
