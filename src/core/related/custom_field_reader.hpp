#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/related/custom_field_uses.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

Failure unknown_custom_field(const std::string& name, const std::string& path);

// Reads the custom fields of documents (rules 14, 27, 47; fine point k): finds their definitions,
// checks the values and converts them to the stored form. Errors are failures of the item.
class CustomFieldReader {
 public:
  using Items = RelatedState::Items;
  CustomFieldReader(RelatedState& state, CustomFieldUses& uses) : state_(state), uses_(uses) {}

  void resolve(std::int64_t organization_id, const Items& items);
  // Whether the item was told that what it says of that custom field is wrong.
  bool is_faulty(std::uint32_t index, std::int64_t field) const {
    return faulty_.contains({index, field});
  }

 private:
  // What a document says, in the stored form.
  struct Members {
    std::vector<Member> members;
    std::map<std::string, std::string, std::less<>> paths;  // by key
  };
  // An item whose custom fields are being read.
  struct Reading {
    std::int64_t organization_id;
    std::uint32_t index;
    Item& item;
    Members& members;
  };

  void read_object(const Reading& reading, const Value& given);
  void read_list(const Reading& reading, const Value& given);
  void read_entry(const Reading& reading, const Value& entry, const std::string& path);
  const CustomField* find_of_entry(const Reading& reading, const Value& entry,
                                   const std::string& path);
  void take_entry(const Reading& reading, const CustomField& field, const Value& entry,
                  const std::string& path);
  void take(const Reading& reading, const CustomField& field, const Value& value,
            const std::string& path);
  const CustomField* one(const Reading& reading, const std::vector<const CustomField*>& fits,
                         std::string_view name, const std::string& path);
  Value check(const CustomField& field, const Value& given, const std::string& path, Item& item);
  Value check_list(const CustomField& field, const Value& given, const std::string& path,
                   Item& item);
  Value check_one(const CustomField& field, const Value& given, const std::string& path,
                  Item& item);

  RelatedState& state_;
  CustomFieldUses& uses_;
  std::set<std::pair<std::uint32_t, std::int64_t>> faulty_;  // item and custom field
};

}  // namespace product_upsert
