#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/own_column.hpp"
#include "core/catalogue/table.hpp"
#include "core/value/arena.hpp"
#include "core/value/assert.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// recipe: type
enum class FieldType : std::uint8_t {
  text,
  integer,
  decimal,
  boolean,
  date,
  timestamp,
  uuid,
  json,     // anything
  texts,    // list of text
  objects,  // list of objects with fields of their own
  object,   // an object with fields of its own
};

enum class Role : std::uint8_t {
  column,        // a column of product, or a member of one of its jsonb columns
  organization,  // the organization the document belongs to
  constant,      // in answers only
  reference,     // a column that holds the id of a row of another table
  links,         // rows of another table, any number of them
  embed,         // in answers only: the row that a reference names
  variants,
  custom_fields,
  organization_document,  // in answers only: product_organization.document
  variant_options,        // in answers only: option name → the values that the variants have
  replace_variants,       // true: variants that the document does not mention are removed
};

// C7. Match: documents may find their product by it, but never write it.
enum class ReadOnly : std::uint8_t { no, ignore, reject, match };
// What "" means. By default text is kept, but an identifier is never empty (C8).
enum class Empty : std::uint8_t { unsaid, keep, absent, null };

// How an answer writes a timestamp; documents may write it in any way.
enum class TimeForm : std::uint8_t {
  stored,          // with the decimals it has
  seconds,         // 2023-11-07T05:31:56Z
  milliseconds,    // …56.123Z
  microseconds,    // …56.123456Z
  seconds_offset,  // …56+00:00
};

// Of the seconds. Not of a form that has the decimals that are stored.
constexpr std::size_t decimals_of(TimeForm form) {
  return form == TimeForm::milliseconds ? 3 : form == TimeForm::microseconds ? 6 : 0;
}

enum class CreateOnly : std::uint8_t { no, reject, ignore };  // what a change afterwards is
// The form of custom fields in a document.
enum class CustomStyle : std::uint8_t {
  object,       // {reference: value}
  list,         // [{id, reference, value | values}]
  definitions,  // [{name, handle, namespace, value, type}]; in answers only
};

// Rule 16. Standard, the default, is REPLACE, except that custom fields and variants are merged.
// recipe: action
enum class Action : std::uint8_t { standard, replace, ignore, clear, append, remove, merge };

// What an answer shows of a row of another table.
struct ShapeMember {
  std::string name;
  unsigned column = 0;               // place in the table
  Value constant;                    // in place of a column
  TimeForm form = TimeForm::stored;  // of a timestamp
  std::optional<Table> table;        // the column refers to a row of that table, shown by `members`
  std::vector<ShapeMember> members;
};

// How a document that names a missing row is handled.
enum class Missing : std::uint8_t {
  reject,
  create,  // the row is made in the same call
  park,    // the document waits for the row, where rejects are skipped
};

// In Reference::by, in place of a column: the names from the root of the tree to the row.
constexpr unsigned kByPath = 0xFFFF;

// How a document refers to a row of another table: by these columns, the first that has such a row.
struct Reference {
  Table table = Table::category;
  std::vector<unsigned> by;
  std::string separator;  // of the names in a path
  Missing missing = Missing::reject;
  std::string resource;  // what errors call such a row
  // Members of the object by which a document refers to the row that may be given, but only with
  // their stored values; each with its column.
  std::vector<std::pair<std::string, unsigned>> fixed;
  bool shows_uuid = false;

  // As documents say it.
  std::string_view name_of(unsigned column) const {
    return column == kByPath ? std::string_view("path") : info(table).columns[column].name;
  }
  // Whether it is a text of the row's own, or the path: no id and no uuid.
  bool is_name(unsigned column) const {
    return column == kByPath || info(table).columns[column].type == ColumnType::text;
  }
};

// One field of a document, compiled. Numbers and texts it points at live in the profile's arena.
struct Field {
  std::string name;
  Role role = Role::column;
  FieldType type = FieldType::text;
  Column column = Column::id;
  std::string member;  // of the jsonb column; empty: the column itself
  Value constant;

  bool required = false;  // to create (C2)
  bool nullable = true;
  CreateOnly create_only = CreateOnly::no;
  bool no_white_space = false;
  bool coerce = false;     // text is read as a number or boolean, a number as text (rule 45)
  bool hidden = false;     // never in answers; an embed may be asked for
  bool generated = false;  // a uuid that a product without one is given
  bool empty_list_is_object = false;
  bool quiet = false;         // its change alone does not count as a change
  bool precondition = false;  // role version: what the document says has to be the stored one
  bool instants = false;      // it is a timestamp, or holds some
  TimeForm form = TimeForm::stored;
  bool null_is_absent = false;      // null says nothing
  bool empty_list_is_null = false;  // [] is stored as null, and null shown as []
  bool values_are_texts = false;  // of custom fields: numbers and booleans, read and shown as text
  ReadOnly read_only = ReadOnly::no;
  Empty empty = Empty::unsaid;
  Action action = Action::standard;  // where a call says nothing else
  std::string key;                   // the member that tells the objects of a list apart
  std::string split;                 // what separates the items of a list that comes as a text
  std::optional<Value> initial;      // what a created product gets where the document says nothing
  std::optional<std::uint32_t> min_length, max_length;  // characters; items for lists
  std::optional<Value> min, max;
  bool instant = false;      // a timestamp that is stored as one, whatever its notation
  std::int8_t decimals = 6;  // … and of its seconds, so many decimals
  std::int16_t precision = 0, scale = 0;  // of a column numeric(precision, scale); 0: any
  std::vector<std::string> allowed;       // enum
  std::vector<Field> fields;              // of objects, of variants; names in jsonb's order of keys
  Reference reference;                    // of references and links
  std::vector<ShapeMember> shape;         // of references, links and embeds; empty: the id alone
  std::string of;                         // of an embed: the reference field
  unsigned place = 0;  // of a variant's field: the place in Profile::variant_columns
  CustomStyle style = CustomStyle::object;
  bool free = false;  // custom fields without a definition are taken as they are
  std::vector<std::pair<std::string, std::string>> type_words;  // custom field type, profile's word
  // Absent on creation, the value is base × (1 + percent / 100) of two other columns (rule 54).
  std::optional<std::pair<Column, Column>> marked_up;

  // Whether documents write it into the column of product.
  bool writes_column() const {
    return (role == Role::column || role == Role::reference || role == Role::custom_fields) &&
           read_only == ReadOnly::no;
  }
};

// A level of a natural key: for a created product the first level whose fields are new decides
// (rule 31).
struct Level {
  std::string name;
  std::vector<Column> columns;
};

struct ProfileRule {
  std::string rule;  // name in product_identity
  std::vector<Level> levels;
  bool creates = true;  // false: no match is an error (rule 7, rule 39)
};

// Which documents mean that their product is to be deleted.
struct Tombstone {
  std::string name;                    // the member that says so
  Value value;                         // by holding this
  std::optional<std::uint16_t> field;  // where the member is a field of the profile
  bool coerce = false;                 // else: whether text is taken for a number or boolean
  bool deletes_row = false;            // else is_deleted is set
  std::uint16_t deleted = 0;           // the field of is_deleted; unless `deletes_row`
  bool revives = false;                // a document that is none says that the product is there
};

enum class UnknownFields : std::uint8_t { reject, ignore, keep };
enum class BulkAnswer : std::uint8_t { products, ids };

struct HttpDefinition;  // core/http/http.hpp

// A document contract, compiled from a row of product_profile. Immutable, shared by the session.
struct Profile {
  std::string name;
  std::string list_member;      // of a request that wraps its documents: {"body": […]}
  std::string answer_envelope;  // {"data": product}
  bool ids_are_texts = false;   // in answers
  BulkAnswer bulk_answer = BulkAnswer::products;
  UnknownFields unknown_fields = UnknownFields::reject;
  std::vector<Field> fields;  // their names in jsonb's order of keys
  std::vector<ProfileRule> identity;
  std::optional<std::vector<std::string>> identifiers;  // rules identifier_field may name; else any
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ranges;  // fields: the first <= the second
  std::optional<std::uint16_t> judged_by;  // field with the time a document is judged by (stale)
  std::optional<Tombstone> tombstone;
  std::optional<std::uint16_t> version;  // field of role version
  bool require_key = false;              // a document without any key is refused
  std::string source;                    // of its documents; empty: what the setting says
  // By field: the ranked sources, highest first; none if all are equal. Empty if no field has any.
  std::vector<std::vector<std::string>> precedence;
  Arena arena;

  ColumnSet columns;                           // all that its fields read or write
  std::shared_ptr<const HttpDefinition> http;  // null: the profile answers no requests
  bool parks = false;                          // documents may have to wait (Missing::park)
  bool has_related_fields = false;             // some fields reach beyond the row of product
  std::vector<Column> altered;                 // OwnColumns::altered, as of when it was compiled
  // Columns of product_variant: the built-in ones, then the user's own that fields name.
  std::vector<ColumnInfo> variant_columns;

  // Index into fields, or -1.
  int find(std::string_view field_name) const;
  const Field* field_of(Column column) const;  // whole-column fields only
  // Of one of `fields`.
  std::size_t index_of(const Field& field) const {
    PRODUCT_UPSERT_ASSERT(&field >= fields.data() && &field < fields.data() + fields.size());
    return static_cast<std::size_t>(&field - fields.data());
  }
  const ProfileRule* rule(std::string_view rule_name) const;
  // The column as it is now, where a user has altered one of ours.
  const ColumnInfo& described(Column column) const { return as_altered(info(column), altered); }
  // The document's name of a column, or the column's own if the profile has no field for it.
  std::string_view name_of(Column column) const;

 private:
  friend class ProfileCompiler;
  std::vector<std::uint16_t> by_name_;    // sorted
  std::vector<std::uint16_t> by_column_;  // place in fields, from 1; 0, or past the end: none
};

// Compiles a definition (see doc/profiles.md for its language). Throws Refusal (invalid) with all
// errors; the message begins with the JSON path of the first: "fields.size.type: …". `rules` are
// the identity rules that exist beside the built-in ones, if known. Its member "http" is left to
// compile_contract() (core/http/http.hpp).
std::shared_ptr<Profile> compile_profile(std::string_view name, const Value& definition,
                                         const OwnColumns& own = {},
                                         const std::vector<std::string>* rules = nullptr);

}  // namespace product_upsert
