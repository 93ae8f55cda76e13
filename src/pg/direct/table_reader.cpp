#include "pg/direct/table_reader.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/direct/index_descent.hpp"
#include "pg/types/datum.hpp"
#include "pg/types/tid.hpp"

namespace product_upsert {

namespace {

bool are_built_in(std::span<const Column> columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [](Column c) { return static_cast<std::size_t>(c) < kColumns; });
}

bool may_descend(const KeyGroup& group) {
  return are_built_in(group.columns) && group.columns.size() < INDEX_MAX_KEYS &&
         std::all_of(group.folds.begin(), group.folds.end(),
                     [](Fold f) { return f == Fold::exact; });
}

KeyShape shape_of(const KeyGroup& group) {
  KeyShape shape{};
  for (std::size_t c = 0; c < group.columns.size(); ++c) {
    shape.columns[c] = static_cast<unsigned>(group.columns[c]);
    shape.nulls[c] = group.is_null(c);
  }
  shape.count = static_cast<int>(group.columns.size());
  return shape;
}

KeyShape shape_of(const TableKeys& keys) {
  KeyShape shape{};
  std::copy(keys.columns.begin(), keys.columns.end(), shape.columns.begin());
  shape.count = static_cast<int>(keys.columns.size());
  return shape;
}

// The row in the slot, in the form that a sink takes.
class Columns {
 public:
  Columns(const ReadTable& source, std::vector<unsigned> places)
      : source_(source), places_(std::move(places)), values_(places_.size()) {}
  std::span<const Value> view() {
    arena_.reset();
    const TupleTableSlot* const slot = source_.slot;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const int at = source_.attributes[places_[i]] - 1;
      values_[i] = view_datum(source_.columns[places_[i]].type, slot->tts_values[at],
                              slot->tts_isnull[at], arena_);
    }
    return values_;
  }
  // An integer that is never null.
  Datum datum(unsigned place) const {
    return source_.slot->tts_values[source_.attributes[place] - 1];
  }
  std::uint64_t tid() const { return pack_tid(source_.slot->tts_tid); }

 private:
  const ReadTable& source_;
  std::vector<unsigned> places_;
  std::vector<Value> values_;
  Arena arena_;
};

// The next row of the organization, as far as attribute `first`. May raise PostgreSQL's errors.
bool next_row_of(TableScanDesc scan, const ReadTable& source, std::int64_t organization_id,
                 AttrNumber first) {
  const int organization = source.organization - 1;
  while (table_scan_getnextslot(scan, ForwardScanDirection, source.slot)) {
    CHECK_FOR_INTERRUPTS();
    slot_getsomeattrs(source.slot, first);
    if (!source.slot->tts_isnull[organization] &&
        DatumGetInt64(source.slot->tts_values[organization]) == organization_id)
      return true;
  }
  return false;
}

// Reads a table by keys of several shapes, or all of it.
class Reading {
 public:
  Reading(std::span<const ColumnInfo> columns, std::vector<KeyShape> shapes)
      : attributes_(columns.size()), shapes_(std::move(shapes)), descents_(shapes_.size()) {
    source_.columns = columns;
  }

  // False: SQL has to read it.
  bool open(Oid table, std::int64_t organization_id) {
    const bool is_open = Call([this, table, organization_id] {
      return open_source(table, organization_id, source_.columns, attributes_.data(), &source_);
    });
    if (!is_open) return false;
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      const bool answers = Call([this, s, organization_id] {
        return begin_descent(source_, shapes_[s], organization_id, &descents_[s]);
      });
      if (answers) continue;
      close();
      return false;
    }
    Call([this] { source_.slot = table_slot_create(source_.relation, nullptr); });
    return true;
  }
  void reads(std::span<const unsigned> places) { source_.last = last_of(places, source_.last); }
  // The last attribute that one of the columns is in, or `last`.
  AttrNumber last_of(std::span<const unsigned> places, AttrNumber last) const {
    for (const unsigned place : places) last = std::max(last, source_.attributes[place]);
    return last;
  }

  // Calls `found(item)` for each row, which is then in the slot. `key_of` returns an item's key, or
  // null to skip it.
  template <typename Key, typename Found>
  void each(std::size_t shape, std::size_t items, Key key_of, Found found) {
    Descent& descent = descents_[shape];
    KeyDatums datums(source_, shapes_[shape]);
    for (std::size_t item = 0; item < items; ++item) {
      const Value* const key = key_of(item);
      if (key == nullptr) continue;
      datums.set(key, descent);
      Call([&descent] { descend(descent); });
      while (Call([this, &descent] { return next_row(source_, descent); })) found(item);
    }
  }

  // Calls `wanted()` for each row of the organization, which is then in the slot as far as `first`;
  // where that is true, the rest is there for `found()`.
  template <typename Wanted, typename Found>
  void each_row(std::int64_t organization_id, AttrNumber first, Wanted wanted, Found found) {
    const TableScanDesc scan = Call([this] { return compat::begin_scan(source_.relation); });
    while (Call([this, scan, organization_id, first] {
      return next_row_of(scan, source_, organization_id, first);
    })) {
      if (!wanted()) continue;
      Call([this] { slot_getsomeattrs(source_.slot, source_.last); });
      found();
    }
    Call([scan] { table_endscan(scan); });
  }

  void close() {
    for (const Descent& descent : descents_) {
      if (descent.scan != nullptr) Call([&descent] { end_descent(descent); });
    }
    Call([this] { close_source(source_); });
  }
  const ReadTable& source() const { return source_; }

 private:
  std::vector<AttrNumber> attributes_;
  std::vector<KeyShape> shapes_;
  std::vector<Descent> descents_;
  ReadTable source_{};
};

template <typename Keys>
std::vector<KeyShape> shapes_of(std::span<const Keys> keys) {
  std::vector<KeyShape> shapes;
  shapes.reserve(keys.size());
  for (const Keys& k : keys) shapes.push_back(shape_of(k));
  return shapes;
}

std::vector<unsigned> places_of(const ColumnSet& columns) {
  std::vector<unsigned> places;
  columns.each([&](Column c) { places.push_back(static_cast<unsigned>(c)); });
  return places;
}

bool are_built_in(std::span<const unsigned> places) {
  return std::all_of(places.begin(), places.end(), [](unsigned p) { return p < kColumns; });
}

// Of every row of product.
constexpr unsigned kAlways[] = {static_cast<unsigned>(Column::id),
                                static_cast<unsigned>(Column::version)};

// A column that nobody asks for may be missing from the table.
std::span<const ColumnInfo> our_columns(const ColumnSet& wanted) {
  const std::span<const ColumnInfo> all(kColumnInfo);
  return wanted.has(Column::field_sources) ? all : all.first(kFirstColumns);
}

}  // namespace

bool TableReader::find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                       const ColumnSet& columns, FoundSink& sink) const {
  if (!direct_writes() || !std::all_of(groups.begin(), groups.end(), may_descend)) return false;
  const std::vector<unsigned> places = places_of(columns);
  if (!are_built_in(places)) return false;
  Reading reading(our_columns(columns), shapes_of(groups));
  if (!reading.open(table_, organization_id)) return false;
  reading.reads(kAlways);
  reading.reads(places);
  Columns row(reading.source(), places);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const KeyGroup& group = groups[g];
    reading.each(
        g, group.items.size(),
        [&](std::size_t item) { return group.keys.data() + item * group.columns.size(); },
        [&](std::size_t item) {
          sink.found(group.items[item], group.rule,
                     {DatumGetInt64(row.datum(kAlways[0])), row.tid(),
                      DatumGetInt32(row.datum(kAlways[1])), row.view()});
        });
  }
  reading.close();
  return true;
}

bool TableReader::scan(std::int64_t organization_id, const ColumnSet& keys,
                       const ColumnSet& columns, ProductFilter& filter) const {
  const std::vector<unsigned> first = places_of(keys);
  const std::vector<unsigned> places = places_of(columns);
  if (!direct_writes() || !are_built_in(first) || !are_built_in(places)) return false;
  Reading reading(our_columns(columns), {});
  if (!reading.open(table_, organization_id)) return false;
  reading.reads(kAlways);
  reading.reads(places);
  Columns key(reading.source(), first);
  Columns row(reading.source(), places);
  reading.each_row(
      organization_id, reading.last_of(first, reading.source().organization),
      [&] { return filter.wants(key.view()); },
      [&] {
        filter.take({DatumGetInt64(row.datum(kAlways[0])), row.tid(),
                     DatumGetInt32(row.datum(kAlways[1])), row.view()});
      });
  reading.close();
  return true;
}

bool TableReader::read(std::int64_t organization_id, std::span<const ColumnInfo> columns,
                       std::span<const TableKeys> keys, TableSink& sink) const {
  if (!direct_writes()) return false;
  Reading reading(columns, shapes_of(keys));
  if (!reading.open(table_, organization_id)) return false;
  std::vector<unsigned> places(columns.size());
  std::iota(places.begin(), places.end(), 0U);
  reading.reads(places);
  Columns row(reading.source(), std::move(places));
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const std::size_t width = keys[k].columns.size();
    static constexpr Value kNone;
    const auto key_of = [&](std::size_t item) {
      if (width == 0) return &kNone;  // all rows of the organization
      const Value* const key = keys[k].keys.data() + item * width;
      // A null is equal to nothing.
      const bool whole =
          std::all_of(key, key + width, [](const Value& v) { return v.has_value(); });
      return whole ? key : nullptr;
    };
    reading.each(k, keys[k].items.size(), key_of, [&](std::size_t item) {
      sink.row(keys[k].items[item], {row.tid(), row.view()});
    });
  }
  reading.close();
  return true;
}

}  // namespace product_upsert
