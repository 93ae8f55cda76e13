#include "core/catalogue/custom_field.hpp"

#include <algorithm>

#include "core/value/text.hpp"

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

std::vector<const CustomField*> named_custom_fields(const CustomFields& all, std::string_view name,
                                                    NamedBy by) {
  name = trim(name);
  std::vector<const CustomField*> fits;
  const auto add = [&](const auto& is_named) {
    for (const CustomField& f : all) {
      if (is_named(f) && std::find(fits.begin(), fits.end(), &f) == fits.end()) fits.push_back(&f);
    }
  };
  if (name.empty()) return fits;
  if (by != NamedBy::id) {
    add([&](const CustomField& f) { return f.key == name; });
    if (fits.empty()) add([&](const CustomField& f) { return f.reference == name; });
  }
  if (by == NamedBy::reference) return fits;
  const auto id = read_id(name);
  std::string uuid(is_uuid(name) ? name : std::string_view());
  std::transform(uuid.begin(), uuid.end(), uuid.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  add([&](const CustomField& f) { return f.id == id || (!uuid.empty() && f.uuid == uuid); });
  return fits;
}

}  // namespace product_upsert
