#pragma once

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/catalogue/custom_field.hpp"
#include "core/catalogue/related.hpp"
#include "core/profile/profile.hpp"
#include "core/value/hash.hpp"
#include "core/value/packed.hpp"

namespace product_upsert {

// A timestamp as the form writes it; other values as they are.
Value timestamp_in(TimeForm form, const Value& v, Arena& arena);
// A number or a boolean as its text; other values as they are.
Value as_text(const Value& v, Arena& arena);

// What answers show beyond the row of product: the rows it refers to, links, variants, custom
// fields, its organization. Read for many products at once, a fixed number of statements.
class RelatedAnswers {
 public:
  struct Subject {
    std::int64_t id;
    std::span<const Value> values;  // of `columns`
  };
  // `expanded`: the references whose rows are shown by embeds that are hidden otherwise.
  RelatedAnswers(const Profile& profile, ColumnSet columns, std::vector<std::string> expanded = {})
      : profile_(profile), columns_(std::move(columns)), expanded_(std::move(expanded)) {}

  // Rows as pack() makes them, in this one's memory.
  using PackedRows = std::vector<std::string_view>;
  std::string_view keep(std::span<const Value> row) { return pack(row, arena_); }
  // All variants of a product, kept: read() will not ask for them.
  void give_variants(std::int64_t organization_id, std::int64_t product, PackedRows rows);
  bool shows(const Field& field) const;
  // Of one organization; may be called for several.
  void read(RelatedRows& related, std::int64_t organization_id, std::span<const Subject> products);
  // What the answer shows of the field, made in the arena or living as long as this and the product
  // do; only for fields whose role reaches beyond the row.
  Value value(const Field& field, std::int64_t organization_id, const Subject& product,
              Arena& arena) const;

 private:
  using RowValues = std::span<const Value>;
  struct Organization {
    std::array<std::unordered_map<std::int64_t, RowValues, WordHash>, kTables> rows;  // by id
    std::unordered_map<std::int64_t, PackedRows, WordHash> variants;                  // by product
    // By product: ids of what it is linked to, ascending.
    std::array<std::unordered_map<std::int64_t, std::vector<std::int64_t>, WordHash>, kTables>
        links;
    CustomFields custom_fields;
    Value document;
  };
  void read_rows(RelatedRows& related, std::int64_t organization_id, Table table,
                 const std::vector<std::int64_t>& ids);
  void read_shape(RelatedRows& related, std::int64_t organization_id, Table table,
                  const std::vector<ShapeMember>& shape);
  void read_variants(RelatedRows& related, std::int64_t organization_id,
                     std::span<const Subject> products);
  void read_links(RelatedRows& related, std::int64_t organization_id, Table table,
                  std::span<const Subject> products);
  Value shape_value(const Organization& o, Table table, const std::vector<ShapeMember>& shape,
                    RowValues row, Arena& arena) const;
  Value reference_value(const Organization& o, const Field& field, const Value& id,
                        Arena& arena) const;
  Value links_value(const Organization& o, const Field& field, std::int64_t product,
                    Arena& arena) const;
  Value variants_value(const Organization& o, const Field& field, std::int64_t product,
                       Arena& arena) const;
  Value custom_fields_value(const Organization& o, const Field& field, const Subject& product,
                            Arena& arena) const;
  std::vector<RowValues> variants_of(const Organization& o, std::int64_t product,
                                     Arena& arena) const;
  Value variant_options_value(const Organization& o, std::int64_t product, Arena& arena) const;
  Value id_value(const Value& id, Arena& arena) const;

  const Profile& profile_;
  ColumnSet columns_;
  std::vector<std::string> expanded_;
  Arena arena_;
  std::map<std::int64_t, Organization> organizations_;
};

}  // namespace product_upsert
