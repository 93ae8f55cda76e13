#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/document/batch.hpp"
#include "core/value/events.hpp"

namespace product_upsert {

// The organization of documents that do not name one; 0 if each document has to. `fixed`: the call
// is only for this one, and a document that names another is rejected (fine point n).
struct ForOrganization {
  std::int64_t id = 0;
  bool fixed = false;
};
// The field in which documents of the profile may name theirs; null: there is none.
const Field* organization_field(const Profile& profile);

// Turns JSON events into the documents of a batch, and validates each field as it is read. Does not
// copy text: the events' views must outlive the batch.
class DocumentReader final : public JsonEvents {
 public:
  enum class Shape : std::uint8_t {
    one,   // a document (its envelope is accepted where it holds one)
    many,  // an array of documents, or the profile's envelope of one
    each,  // documents one after the other, each with events of its own
  };
  // `identifying`: columns of the identity rules, whose texts are trimmed (C8).
  DocumentReader(Batch& batch, Shape shape, const ColumnSet& identifying,
                 ForOrganization organization);

  void null() override { scalar(Value::null()); }
  void boolean(bool value) override { scalar(Value::boolean(value)); }
  void number(Value value) override { scalar(value); }
  void string(std::string_view value) override { scalar(Value::text(value)); }
  bool start_object(std::size_t members) override;
  void key(std::string_view key) override;
  void end_object() override;
  bool start_array(std::size_t items) override;
  void end_array() override;

  // The documents are rows of a table: NULL is an empty cell, not a null that clears.
  void take_cells() { cells_ = true; }
  // The actions of the call (Options::actions).
  void take_actions(std::span<const Action> actions);
  // For documents that were parsed as a whole: the members of one, in jsonb's order, between
  // start_object and end_object. Lists and objects in the value need not outlive the call.
  void member(std::string_view name, Value value);
  // In place of a document, which could not be read.
  void unreadable(std::string message, Details::Members details = {});
  const Batch& batch() const { return batch_; }
  Shape shape() const { return shape_; }

  // To be called after the last event. Throws Refusal if the input had another shape.
  void finish();

 private:
  enum class Within : std::uint8_t { before, list, document, envelope, value, after };

  void scalar(Value value);
  void begin_document();
  void end_document();
  void put(Value value);
  void put_organization(const Field& field, const Value& value);
  void require_organization();
  void put_unknown(Value value);
  void keep_unknown(const Value& value);
  void keep_what_finds();
  void revive();
  void reject(Failure failure);
  const std::string& tell_unknown();
  void check_embedded();
  void reject_element(Kind kind);
  bool nests_too_deep();
  [[noreturn]] void refuse_shape(Kind kind) const;

  Batch& batch_;
  Shape shape_;
  ForOrganization organization_;
  std::vector<char> identifying_;        // by field
  std::vector<char> merged_;             // by field: into what is stored; empty: none
  std::vector<char> of_tombstones_;      // by field: what a tombstone may say; where there are such
  std::vector<const Field*> members_;    // of product.meta, where unknown fields are kept there too
  std::vector<std::uint16_t> expected_;  // the fields of the document before, in order
  std::vector<Value> values_;            // of the current document, by slot
  std::vector<Member> unknown_;
  std::vector<std::pair<std::size_t, Value>> embedded_;  // fields of role embed, as they are said
  Item item_;
  Arena scratch_;  // of the value being built, until it is checked
  ValueBuilder builder_;
  std::string_view key_;
  // What is told of the last unknown field: the documents of a feed repeat it.
  std::string unknown_name_, unknown_message_;
  std::size_t keys_ = 0;
  int field_ = -1;
  int nesting_ = 0;          // inside a field's value
  bool unreadable_ = false;  // the current document
  Within within_ = Within::before;
  bool cells_ = false;
  bool in_list_ = false;   // the document is an element of a list
  bool envelope_ = false;  // … of the profile's envelope
};

}  // namespace product_upsert
