#pragma once

#include <string>

#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"

namespace product_upsert {

// A snapshot for several cursors, so that they see the same rows. It sees what this transaction did
// before. Call release() on success only: the transaction's abort drops it.
class KeptSnapshot {
 public:
  KeptSnapshot();
  KeptSnapshot(const KeptSnapshot&) = delete;
  KeptSnapshot& operator=(const KeptSnapshot&) = delete;
  void release();
  Snapshot get() const { return snapshot_; }

 private:
  Snapshot snapshot_;
};

// The rows of a query, a few at a time; a table's rows come in physical order. Use it within Spi.
// Each cursor is planned anew. Call close() on success only: the (sub)transaction's abort closes
// it.
class Cursor {
 public:
  // Every name in `sql` must be qualified.
  Cursor(const std::string& sql, const KeptSnapshot& snapshot);
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Returns the number of rows. If it is less than `count`, these were the last.
  std::uint64_t fetch(long count, RowSink& sink);
  void close();

 private:
  Portal portal_;
};

}  // namespace product_upsert
