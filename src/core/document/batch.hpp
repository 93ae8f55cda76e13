#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/profile/profile.hpp"
#include "core/value/assert.hpp"
#include "core/value/failure.hpp"
#include "core/value/pages.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

class RelatedAnswers;

enum class Status : std::uint8_t { pending, created, updated, unchanged, rejected };
const char* name(Status status);

// A field whose value a higher-ranked source has written, and for which the document has another
// value.
struct HeldBack {
  std::uint16_t field;
  std::string_view name;    // as the document has it
  std::string_view source;  // that has written it
  std::string_view value;   // that is refused, for people; empty where it is a list or an object
};
// What the profile's precedence has made of a document.
struct SourceMarks {
  std::span<const HeldBack> held;
  Value marks;  // what field_sources becomes; absent: it stays as it is
};

// One document and its outcome. Small, since a batch has one for every document.
struct Item {
  std::span<Value> values;        // what the document says; see Batch::value
  std::span<const Value> stored;  // what the matched product holds; see Batch::stored
  std::span<const Value> result;  // the product as it stands now, where an answer is asked for
  std::vector<Failure> failures;
  std::vector<std::uint16_t> changed;    // indexes of profile fields
  const char* decided_by = nullptr;      // lives as long as the profile and the rules
  const SourceMarks* sources = nullptr;  // null, unless something is held back or marked
  std::int64_t organization_id = 0;
  std::int64_t id = 0;    // of the product; 0: none yet
  std::uint64_t tid = 0;  // where the stored row stood when it was read
  Value unknown;          // object of the unknown fields that the profile keeps
  std::int32_t version = 0;
  Status status = Status::pending;
  bool stale : 1 = false;
  bool superseded : 1 = false;    // by a later document of the call
  bool deleted : 1 = false;       // the product is deleted softly, and stays so
  bool says_deleted : 1 = false;  // … as the document says itself
  bool tombstone : 1 = false;     // it says that its product is to be deleted, and nothing else
  bool removes : 1 = false;       // … and the product's row is: status updated once it is gone

  // Adds a failure to the document (C3).
  void fail(Code code, std::string field, std::string message, Details::Members details = {});
  bool has_failure(std::string_view field) const;
  bool holds_back(std::size_t field) const;

  // In `changed`: the unknown fields that the profile keeps, as a whole.
  static constexpr std::uint16_t kUnknownFields = 0xFFFF;
};

// Whether the document waits for rows that it names, and nothing else is wrong with it.
bool is_parked(const Item& item);

// The documents of one call, or the next ones of a call that is cut into batches, in input order.
class Batch {
 public:
  explicit Batch(const Profile& profile)
      : profile(profile), slots_(profile.fields.size(), kNoSlot) {}

  const Profile& profile;
  Arena arena;  // what documents say, and what comes of that until it is written
  Arena kept;   // Item::stored and result: what answers are made of
  LargeVector<Item> items;
  ColumnSet stored_columns;  // what Item::stored holds
  ColumnSet answer_columns;  // what Item::result holds
  // What answers show beyond the row of product; only where the profile has such fields.
  std::shared_ptr<const RelatedAnswers> related_answers;
  bool bulk = false;         // several documents may be in it: errors tell their positions
  std::uint64_t before = 0;  // documents of the call in earlier batches
  // Of the items, where they do not stand one behind another in the call.
  std::vector<std::uint64_t> positions;

  // The position of an item, counted from 1 over the whole call.
  std::uint64_t position(std::size_t item) const {
    PRODUCT_UPSERT_ASSERT(positions.empty() || item < positions.size());
    return positions.empty() ? before + item + 1 : positions[item];
  }
  // The document's value of a field; absent if it has none.
  const Value& value(const Item& item, std::size_t field) const {
    PRODUCT_UPSERT_ASSERT(field < slots_.size());
    const std::uint16_t slot = slots_[field];
    return slot < item.values.size() ? item.values[slot] : kAbsent;
  }
  // Whether the document's value is ignored: because the product exists (rule 21), or because a
  // higher-ranked source holds the field.
  bool discards(const Item& item, std::size_t field) const {
    return (item.id != 0 && profile.fields[field].create_only == CreateOnly::ignore) ||
           (item.sources != nullptr && item.holds_back(field));
  }
  // The matched product's value; absent if there is no product, or the column was not read.
  const Value& stored(const Item& item, Column column) const {
    PRODUCT_UPSERT_ASSERT(item.stored.empty() || item.stored.size() == stored_columns.size());
    return item.stored.empty() || !stored_columns.has(column)
               ? kAbsent
               : item.stored[stored_columns.index(column)];
  }
  // The same of a field that is in the product's row: its column, or a member of that.
  Value stored(const Item& item, const Field& field) const {
    const Value& whole = stored(item, field.column);
    return field.member.empty() ? whole : whole[field.member];
  }
  // The field that a failure is about, or a part of its value; null if it is about none. A path
  // begins with the field's name, which may itself contain dots.
  const Field* field_of(const Failure& failure) const;
  // Frees everything but the results, so that answers can use the memory.
  void keep_results();
  // Fields that occur in any of the documents, in order of their first occurrence.
  const std::vector<std::uint16_t>& fields() const { return fields_; }
  // Replaces a value of the document; absent removes it.
  void set(Item& item, std::size_t field, const Value& value);
  // Where documents keep the field's value; past the end of Item::values where none has the field.
  std::uint16_t find_slot(std::size_t field) const { return slots_[field]; }
  // Where a document keeps the field's value; a new place where no document had the field before.
  std::uint16_t slot(std::size_t field);

 private:
  static constexpr std::uint16_t kNoSlot = 0xFFFF;
  static const Value kAbsent;
  std::vector<std::uint16_t> slots_;
  std::vector<std::uint16_t> fields_;
};

}  // namespace product_upsert
