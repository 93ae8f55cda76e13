#pragma once

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/parts.hpp"
#include "core/profile.hpp"
#include "core/related.hpp"

namespace product_upsert {

// What answers show beyond the row of product: the rows it refers to, links, variants, custom
// fields, its organization. Read for many products at once, a fixed number of statements.
class Shown {
 public:
  struct Subject {
    std::int64_t id;
    std::span<const Value> values;  // of `columns`
  };
  Shown(const Profile& profile, ColumnSet columns) : profile_(profile), columns_(columns) {}

  // Of one organization; may be called for several.
  void read(RelatedRows& related, std::int64_t organization_id, std::span<const Subject> products);
  // What the answer shows of the field, made in the arena or living as long as this and the product
  // do; only for fields whose role reaches beyond the row.
  Value value(const Field& field, std::int64_t organization_id, const Subject& product,
              Arena& arena) const;

 private:
  using Row = std::span<const Value>;
  struct Organization {
    std::array<std::unordered_map<std::int64_t, Row>, kTables> rows;  // by id
    std::array<std::unordered_map<std::int64_t, std::vector<Row>>, kTables>
        of_product;  // variants, links
    CustomFields custom_fields;
    Value document;
  };
  void read_rows(RelatedRows& related, std::int64_t organization_id, Table table,
                 const std::vector<std::int64_t>& ids);
  void read_shape(RelatedRows& related, std::int64_t organization_id, Table table,
                  const std::vector<ShapeMember>& shape);
  void read_owned(RelatedRows& related, std::int64_t organization_id, Table table,
                  std::span<const Subject> products);
  Value shape_value(const Organization& o, Table table, const std::vector<ShapeMember>& shape,
                    Row row, Arena& arena) const;
  Value reference_value(const Organization& o, const Field& field, const Value& id,
                        Arena& arena) const;
  Value links_value(const Organization& o, const Field& field, std::int64_t product,
                    Arena& arena) const;
  Value variants_value(const Organization& o, const Field& field, std::int64_t product,
                       Arena& arena) const;
  Value custom_fields_value(const Organization& o, const Field& field, const Value& stored,
                            Arena& arena) const;

  const Profile& profile_;
  ColumnSet columns_;
  Arena arena_;
  std::map<std::int64_t, Organization> organizations_;
};

}  // namespace product_upsert
