#include "fuzz/corpus.hpp"

#include <map>

#include "unit/source_files.hpp"

namespace product_upsert {

namespace {

std::vector<std::string> example_lines(const std::string& path) {
  std::vector<std::string> lines;
  const std::string text = read_source_file(path);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == ',') line.pop_back();
    if (line.starts_with("{\"") && line.ends_with("}")) lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

// By the name of the profile; a profile without an entry is fed with all of them.
const std::map<std::string, std::vector<std::string>>& written_by_hand() {
  static const std::map<std::string, std::vector<std::string>> documents = {
      {"catalog",
       {R"({"external_id":"e","name":"n","price":1.50,"tags":["a","b"]})",
        R"({"id":1,"name":"n","reference":"r","handle":"h","number":"42"})",
        R"({"uuid":"123e4567-e89b-12d3-a456-426614174000","name":"u","available_from":"2024-02-29","available_to":"2024-03-01"})",
        R"({"manufacturer":"M","brand":"B","name":"N","size":1.5,"size_unit":"l","is_archived":false,"custom_data":{"a":[1]}})",
        R"({"manufacturer":"M","name":"N","category_id":1,"parent_product_id":1,"organization_id":2})",
        R"({"external_id":"f","name":"m","images":[{"url":"u"}],"translations":{"de":{"name":"x"}},"meta":{"k":1},"is_deleted":true})"}},
      {"vending",
       {R"({"manufacturer":"M","brand":"B","name":"N"})",
        R"({"productId":1,"manufacturer":"M","brand":"B","name":"N","size":1.0,"unitsForSize":"l"})",
        R"({"productId":2,"name":"O","customField1":"x","customField15":null,"customData":{"a":1}})",
        R"({"organizationId":2,"manufacturer":"M","brand":"B","name":"N","cost":0.46,"isDeleted":true})"}},
      {"billing",
       {R"({"name":"n","reference":"r","category_id":"1","product_type":"ADDON","status":"ACTIVE","features":[{"reference":"f"}]})",
        R"({"id":"1","name":"n","reference":"r2","category_id":1,"display_order":1,"tax_category":"STANDARD","parent_product_id":"1"})",
        R"({"reference":"r","name":"n","category_id":1,"custom_fields":[{"reference":"color","value":"red"},{"id":2,"values":["a","b"]}],"linked_integrations":[{"id":"1","link_details":[{"url":"u","custom_field_name":"c"}]}]})"}},
      {"retail",
       {R"({"title":"t","handle":"h","external_id":"e","brand":"B","variants":[{"sku":"s1","price":1.5,"position":1},{"sku":"s2","price":2,"position":2,"options":[{"name":"c","value":"red","sort_order":1}]}]})",
        R"({"title":"t","handle":"h2","external_id":"e2","brand":"B","type":"simple","status":"active","variants":[{"sku":"s3","price":1,"position":1,"tags":["a"],"available_quantity":3}],"systems":["a"],"channels":["b"],"images":[{"url":"u","sort_order":1}]})",
        R"({"external_id":"e","variants":[{"sku":"s1","price":3,"title":"v"}]})"}},
      {"subscription",
       {R"({"type":"product","number":"P-1","name":"n","description":"d","productFamilies":[{"id":1}],"measurement":{"code":"m"},"taxGroup":{"id":1},"costCentre":{"id":1},"translations":{"de":{"name":"x"}},"isArchived":"0"})",
        R"({"id":"123e4567-e89b-12d3-a456-426614174000","type":"charge","number":"P-2","name":"n","invoiceVisibility":"always","productFamilies":[[]],"translations":[],"customFields":{"color":"red","weight":1.5}})"}},
      {"agency",
       {R"({"name":"n","description":"","external_cost":100.5,"markup":20})",
        R"({"name":"n","available_from":"2024-01-01","available_to":"2024-12-31","price":1.50})"}}};
  return documents;
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  std::vector<std::string> all;
  for (const auto& [name, documents] : written_by_hand())
    all.insert(all.end(), documents.begin(), documents.end());
  for (const std::string& name : shipped_profiles()) {
    const auto by_hand = written_by_hand().find(name);
    std::vector<std::string> documents = by_hand == written_by_hand().end() ? all : by_hand->second;
    // So that half of what is tried is short and meets the other documents' keys.
    if (name == "vending") {
      const auto lines = example_lines("examples/vending.json");
      const std::size_t some = documents.size() * 2;
      for (std::size_t i = 0; i < some && i < lines.size(); ++i)
        documents.push_back(lines[i * lines.size() / some]);
    }
    const std::string json = read_source_file("sql/profiles/" + name + ".json");
    corpus.subjects.push_back({compile(name, json), documents});
    corpus.definitions.push_back({json, documents});
  }
  for (const IdentityRule& rule : builtin_rules().rules) corpus.identifiers.push_back(rule.name);
  corpus.identifiers.insert(corpus.identifiers.end(), {"custom_field", "nope"});
  return corpus;
}

void fill_related(MemoryCatalogue& products) {
  for (std::int64_t organization : {1, 2}) {
    MemoryRelated& rows = products.rows;
    rows.put(organization, Table::category, R"({"id": 1, "reference": "c", "name": "category"})");
    rows.put(organization, Table::feature, R"({"id": 1, "reference": "f"})");
    rows.put(organization, Table::family, R"({"id": 1, "name": "family"})");
    rows.put(organization, Table::billing_entity, R"({"id": 1, "reference": "b"})");
    rows.put(organization, Table::tax_group, R"({"id": 1, "type": "standard"})");
    rows.put(organization, Table::unit, R"({"id": 1, "name": "unit"})");
    rows.put(organization, Table::measurement, R"({"id": 1, "unit_id": 1, "code": "m"})");
    rows.put(organization, Table::cost_centre, R"({"id": 1, "code": "k", "type": "KOST1"})");
    rows.put(organization, Table::integration, R"({"id": 1, "reference": "i"})");
    rows.put(organization, Table::custom_field,
             R"({"id": 1, "reference": "color", "type": "text", "unique_value": true})");
    rows.put(
        organization, Table::custom_field,
        R"({"id": 2, "reference": "list", "type": "text", "multiple_values": true, "is_identifier": true})");
    rows.put(organization, Table::custom_field,
             R"({"id": 3, "reference": "weight", "type": "number"})");
    products.put(organization,
                 R"({"id": 1, "manufacturer": "M", "brand": "B", "name": "N", "reference": "r"})");
    products.put(organization, R"({"id": 2, "external_id": "e", "name": "O", "price": 1.0})");
  }
}

}  // namespace product_upsert
