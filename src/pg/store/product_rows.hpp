#pragma once

#include <functional>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/sql/statement.hpp"
#include "pg/store/key_scan.hpp"
#include "pg/store/own_columns.hpp"
#include "pg/types/datum.hpp"
#include "pg/types/tid.hpp"

namespace product_upsert {

// Passes rows to the engine: id, version, then the requested columns, which begin at column
// `first`.
class ProductRows {
 public:
  ProductRows(const ColumnSet& columns, int first) : first_(first), columns_(columns) {
    columns.each([&](Column c) { types_.push_back(info(c).type); });
    values_.resize(types_.size());
  }
  StoredProduct read(const Row& row, std::uint64_t tid) {
    if (!checked_) check(row);
    arena_.reset();
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const int at = first_ + 2 + static_cast<int>(i);
      values_[i] = view_datum(types_[i], row.datum(at), row.is_null(at), arena_);
    }
    return {DatumGetInt64(row.datum(first_)), tid, DatumGetInt32(row.datum(first_ + 1)), values_};
  }

 private:
  void check(const Row& row) {
    check_type(row, first_, "id", ColumnType::bigint);
    check_type(row, first_ + 1, "version", ColumnType::integer);
    int at = first_ + 2;
    columns_.each([&](Column c) { check_type(row, at++, info(c).name, info(c).type); });
    checked_ = true;
  }
  int first_;
  ColumnSet columns_;
  std::vector<ColumnType> types_;
  std::vector<Value> values_;
  Arena arena_;
  bool checked_ = false;
};

class FindRows final : public RowSink {
 public:
  FindRows(const ColumnSet& columns, FoundSink& sink) : rows_(columns, 3), sink_(sink) {}
  void row(const Row& row) override {
    const auto* tid = reinterpret_cast<const ItemPointerData*>(DatumGetPointer(row.datum(2)));
    sink_.found(static_cast<std::uint32_t>(DatumGetInt32(row.datum(0))),
                static_cast<std::uint16_t>(DatumGetInt32(row.datum(1))),
                rows_.read(row, pack_tid(*tid)));
  }

 private:
  ProductRows rows_;
  FoundSink& sink_;
};

// Compares each row of the whole table with the keys of a KeyScan: tid, id, version, `columns`, and
// those that the scan goes by.
class ScanRows final : public RowSink {
 public:
  ScanRows(KeyScan& scan, const ColumnSet& columns)
      : scan_(scan), rows_(columns, 1), first_key_(3 + columns.size()) {
    scan.columns().each([&](Column c) { types_.push_back(info(c).type); });
    key_.resize(types_.size());
  }
  void row(const Row& row) override {
    if (!checked_) {
      int at = static_cast<int>(first_key_);
      scan_.columns().each([&](Column c) { check_type(row, at++, info(c).name, info(c).type); });
      checked_ = true;
    }
    arena_.reset();
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const int at = static_cast<int>(first_key_ + i);
      key_[i] = view_datum(types_[i], row.datum(at), row.is_null(at), arena_);
    }
    if (!scan_.wants(key_)) return;
    const auto* tid = reinterpret_cast<const ItemPointerData*>(DatumGetPointer(row.datum(0)));
    scan_.take(rows_.read(row, pack_tid(*tid)));
  }

 private:
  KeyScan& scan_;
  ProductRows rows_;
  std::size_t first_key_;
  std::vector<ColumnType> types_;
  std::vector<Value> key_;
  Arena arena_;
  bool checked_ = false;
};

class WrittenRows final : public RowSink {
 public:
  WrittenRows(const ColumnSet& columns, WrittenSink& sink) : rows_(columns, 0), sink_(sink) {}
  void row(const Row& row) override { sink_.written(rows_.read(row, 0)); }

 private:
  ProductRows rows_;
  WrittenSink& sink_;
};

class ExistingRows final : public RowSink {
 public:
  explicit ExistingRows(const std::function<void(std::uint32_t)>& exists) : exists_(exists) {}
  void row(const Row& row) override {
    exists_(static_cast<std::uint32_t>(DatumGetInt32(row.datum(0))));
  }

 private:
  const std::function<void(std::uint32_t)>& exists_;
};

// Of the one row that a statement returns, a boolean.
class FlagRow final : public RowSink {
 public:
  void row(const Row& row) override { value = !row.is_null(0) && DatumGetBool(row.datum(0)); }
  bool value = false;
};

}  // namespace product_upsert
