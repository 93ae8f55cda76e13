#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalogue/related.hpp"

namespace product_upsert {

// A custom field as an organization defines it.
struct CustomField {
  std::int64_t id = 0;
  std::string key;  // under which product.custom_fields holds it: namespace.reference, or reference
  std::string space, reference, name, uuid, type;
  std::vector<std::string> allowed;
  bool multiple = false, unique = false, identifies = false;

  bool is_indexed() const { return unique || identifies; }  // has rows in product_custom_value
};
using CustomFields = std::vector<CustomField>;
CustomFields read_custom_fields(RelatedRows& related, std::int64_t organization_id);
const CustomField* find_custom_field(const CustomFields& all, std::string_view key);
// What a name may be: an id or uuid, a key or reference, or, of a bare text, any of these.
enum class NamedBy : std::uint8_t { id, reference, any };
// Which of the fields a name fits; they must outlive it, and stay where they are.
class CustomFieldNames {
 public:
  explicit CustomFieldNames(const CustomFields& all);
  // All that the name fits: more than one where it is one field's id and another's reference, or a
  // reference in several namespaces.
  std::vector<const CustomField*> find(std::string_view name, NamedBy by) const;
  // One that the name fits but for its spelling; null: none.
  const CustomField* find_misspelt(std::string_view name) const;

 private:
  using NumberedName = std::pair<std::string_view, std::uint32_t>;
  const CustomFields& all_;
  // Sorted, so that it takes little to make them.
  std::vector<NumberedName> keys_, references_, uuids_;
  std::vector<std::pair<std::int64_t, std::uint32_t>> ids_;
  // Made when it is first asked for.
  mutable std::vector<std::pair<std::string, std::uint32_t>> spelt_;
};

}  // namespace product_upsert
