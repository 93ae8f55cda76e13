#include "core/catalogue/custom_field.hpp"

#include <algorithm>

#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

class Definitions final : public TableSink {
 public:
  void row(std::uint32_t, const StoredRow& v) override {
    using namespace custom_field_column;
    const auto text = [&](unsigned c) { return v[c].has_value() ? v[c].printed() : std::string(); };
    CustomField f;
    f.id = v[id].as_integer().value_or(0);
    f.uuid = text(uuid);
    f.space = text(space);
    f.reference = text(reference);
    f.key = f.space.empty() ? f.reference : f.space + "." + f.reference;
    f.name = text(custom_field_column::name);
    f.type = text(type);
    if (v[enum_values].kind() == Kind::list) {
      for (const Value& a : v[enum_values].items()) f.allowed.push_back(a.printed());
    }
    f.multiple = v[multiple_values].as_boolean();
    f.unique = v[unique_value].as_boolean();
    f.identifies = v[is_identifier].as_boolean();
    all.push_back(std::move(f));
  }
  CustomFields all;
};

// The name without case, look-alike characters, white space, hyphens and underscores.
std::string spelt(std::string_view name) {
  std::string letters;
  for (const char c : folded(Fold::compatible, trim(name))) {
    if (c != ' ' && c != '-' && c != '_') letters += c;
  }
  return letters;
}

}  // namespace

CustomFields read_custom_fields(RelatedRows& related, std::int64_t organization_id) {
  Definitions sink;
  related.read_all(organization_id, Table::custom_field, sink);
  return std::move(sink.all);
}

const CustomField* find_custom_field(const CustomFields& all, std::string_view key) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const CustomField& f) { return f.key == key; });
  return it == all.end() ? nullptr : &*it;
}

CustomFieldNames::CustomFieldNames(const CustomFields& all) : all_(all) {
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    keys_.emplace_back(all[i].key, i);
    references_.emplace_back(all[i].reference, i);
    if (!all[i].uuid.empty()) uuids_.emplace_back(all[i].uuid, i);
    ids_.emplace_back(all[i].id, i);
  }
  for (auto* names : {&keys_, &references_, &uuids_}) std::sort(names->begin(), names->end());
  std::sort(ids_.begin(), ids_.end());
}

std::vector<const CustomField*> CustomFieldNames::find(std::string_view name, NamedBy by) const {
  name = trim(name);
  std::vector<const CustomField*> fits;
  const auto add = [&](const auto& places, const auto& wanted) {
    auto it = std::lower_bound(places.begin(), places.end(), std::pair(wanted, 0U));
    for (; it != places.end() && it->first == wanted; ++it) {
      const CustomField* const one = &all_[it->second];
      if (std::find(fits.begin(), fits.end(), one) == fits.end()) fits.push_back(one);
    }
  };
  if (name.empty()) return fits;
  if (by != NamedBy::id) {
    add(keys_, name);
    if (fits.empty()) add(references_, name);
  }
  if (by == NamedBy::reference) return fits;
  if (const auto id = read_id(name)) add(ids_, *id);
  if (!is_uuid(name)) return fits;
  const std::string uuid = lowered(name);
  add(uuids_, std::string_view(uuid));
  return fits;
}

const CustomField* CustomFieldNames::find_misspelt(std::string_view name) const {
  if (all_.empty()) return nullptr;
  const std::string said = spelt(name);
  if (said.empty()) return nullptr;
  if (spelt_.empty()) {
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      spelt_.emplace_back(spelt(all_[i].key), i);
      spelt_.emplace_back(spelt(all_[i].reference), i);
    }
    std::sort(spelt_.begin(), spelt_.end());
  }
  const auto it = std::lower_bound(spelt_.begin(), spelt_.end(), std::pair(said, 0U));
  return it == spelt_.end() || it->first != said ? nullptr : &all_[it->second];
}

}  // namespace product_upsert
