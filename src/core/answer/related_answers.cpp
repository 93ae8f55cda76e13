#include "core/answer/related_answers.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/number.hpp"

namespace product_upsert {

namespace {

class Reading final : public TableSink {
 public:
  explicit Reading(std::function<void(std::span<const Value>)> take) : take_(std::move(take)) {}
  void row(std::uint32_t, const StoredRow& row) override { take_(row.values); }

 private:
  std::function<void(std::span<const Value>)> take_;
};

// The uuid, if the field is answered by uuid and the row has one, otherwise the id.
Value name_value(const Field& field, std::span<const Value> row) {
  using namespace named_column;
  return field.reference.shows_uuid && row[uuid].has_value() ? row[uuid] : row[id];
}

std::int64_t id_of(const Value& v) { return v.as_integer().value_or(0); }

Value texts_of(const Value& v, Arena& arena) {
  if (v.kind() != Kind::list) return as_text(v, arena);
  std::vector<Value> texts;
  for (const Value& item : v.items()) texts.push_back(as_text(item, arena));
  return Value::list(arena.copy(std::span<const Value>(texts)));
}

// Collects the keys that `known` does not contain, and adds them to it.
template <typename T>
TableKeys new_keys(unsigned column, std::span<const RelatedAnswers::Subject> products,
                   std::unordered_map<std::int64_t, T, WordHash>& known) {
  TableKeys keys{{column}, {}, {}};
  for (const RelatedAnswers::Subject& p : products) {
    if (known.try_emplace(p.id).second) keys.add(0, {Value::integer(p.id)});
  }
  return keys;
}

}  // namespace

Value timestamp_in(TimeForm form, const Value& v, Arena& arena) {
  if (form == TimeForm::stored || v.kind() != Kind::text || !v.as_text().ends_with('Z')) return v;
  std::string_view whole = v.as_text().substr(0, v.as_text().size() - 1);
  const std::size_t point = whole.rfind('.');
  std::string fraction(point == std::string_view::npos ? "" : whole.substr(point + 1));
  whole = whole.substr(0, point);
  fraction.resize(decimals_of(form), '0');
  std::string text(whole);
  if (!fraction.empty()) text += "." + fraction;
  text += form == TimeForm::seconds_offset ? "+00:00" : "Z";
  return Value::text(arena.copy(std::string_view(text)));
}

Value as_text(const Value& v, Arena& arena) {
  if (!v.is_number() && v.kind() != Kind::boolean) return v;
  return Value::text(arena.copy(std::string_view(plain_notation(v))));
}

// The arguments are moved, which clang-tidy does not see.
// NOLINTBEGIN(performance-unnecessary-value-param)
void RelatedAnswers::give_variants(std::int64_t organization_id, std::int64_t product,
                                   PackedRows rows) {
  organizations_[organization_id].variants.try_emplace(product, std::move(rows));
}
// NOLINTEND(performance-unnecessary-value-param)

bool RelatedAnswers::shows(const Field& field) const {
  return !field.hidden ||
         (field.role == Role::embed &&
          std::find(expanded_.begin(), expanded_.end(), field.of) != expanded_.end());
}

void RelatedAnswers::read(RelatedRows& related, std::int64_t organization_id,
                          std::span<const Subject> products) {
  Organization& o = organizations_[organization_id];
  for (const Field& f : profile_.fields) {
    if (!shows(f)) continue;
    switch (f.role) {
      case Role::reference:
      case Role::embed: {
        if (f.role == Role::reference && f.shape.empty() && !f.reference.shows_uuid) break;
        std::vector<std::int64_t> ids;
        for (const Subject& p : products) ids.push_back(id_of(p.values[columns_.index(f.column)]));
        read_rows(related, organization_id, f.reference.table, ids);
        read_shape(related, organization_id, f.reference.table, f.shape);
        break;
      }
      case Role::links: {
        const Table table = *info(f.reference.table).links;
        read_links(related, organization_id, table, products);
        std::vector<std::int64_t> ids;
        for (const auto& [product, linked] : o.links[static_cast<std::size_t>(table)])
          ids.insert(ids.end(), linked.begin(), linked.end());
        read_rows(related, organization_id, f.reference.table, ids);
        read_shape(related, organization_id, f.reference.table, f.shape);
        break;
      }
      case Role::variant_options:
      case Role::variants: read_variants(related, organization_id, products); break;
      case Role::custom_fields: {
        const bool any = std::any_of(products.begin(), products.end(), [&](const Subject& p) {
          return p.values[columns_.index(f.column)].has_value();
        });
        if (any && f.style != CustomStyle::object)
          o.custom_fields = read_custom_fields(related, organization_id);
        break;
      }
      case Role::organization_document: {
        Reading sink([&](RowValues row) {
          o.document = row[organization_column::document].copy_to(arena_);
        });
        related.read_all(organization_id, Table::organization, sink);
        break;
      }
      default: break;
    }
  }
}

void RelatedAnswers::read_rows(RelatedRows& related, std::int64_t organization_id, Table table,
                               const std::vector<std::int64_t>& ids) {
  auto& rows = organizations_[organization_id].rows[static_cast<std::size_t>(table)];
  TableKeys keys{{named_column::id}, {}, {}};
  for (std::int64_t id : ids) {
    if (id != 0 && rows.try_emplace(id).second) keys.add(0, {Value::integer(id)});
  }
  if (keys.items.empty()) return;
  Reading sink([&](RowValues row) {
    const auto kept = arena_.array<Value>(row.size());
    std::transform(row.begin(), row.end(), kept.begin(),
                   [this](const Value& v) { return v.copy_to(arena_); });
    rows[id_of(row[named_column::id])] = kept;
  });
  related.read(organization_id, table, {&keys, 1}, sink);
}

// Reads the rows that answered rows refer to (a measurement's unit).
void RelatedAnswers::read_shape(RelatedRows& related, std::int64_t organization_id, Table table,
                                const std::vector<ShapeMember>& shape) {
  for (const ShapeMember& m : shape) {
    if (!m.table) continue;
    std::vector<std::int64_t> ids;
    for (const auto& [id, row] :
         organizations_[organization_id].rows[static_cast<std::size_t>(table)]) {
      if (!row.empty()) ids.push_back(id_of(row[m.column]));
    }
    read_rows(related, organization_id, *m.table, ids);
    read_shape(related, organization_id, *m.table, m.members);
  }
}

void RelatedAnswers::read_variants(RelatedRows& related, std::int64_t organization_id,
                                   std::span<const Subject> products) {
  auto& variants = organizations_[organization_id].variants;
  const TableKeys keys = new_keys(variant_column::product_id, products, variants);
  if (keys.items.empty()) return;
  Reading sink([&](RowValues row) {
    variants[id_of(row[variant_column::product_id])].push_back(keep(row));
  });
  related.read(organization_id, Table::variant, {&keys, 1}, sink);
}

void RelatedAnswers::read_links(RelatedRows& related, std::int64_t organization_id, Table table,
                                std::span<const Subject> products) {
  auto& links = organizations_[organization_id].links[static_cast<std::size_t>(table)];
  const TableKeys keys = new_keys(link_column::product_id, products, links);
  if (keys.items.empty()) return;
  Reading sink([&](RowValues row) {
    links[id_of(row[link_column::product_id])].push_back(id_of(row[link_column::target_id]));
  });
  related.read(organization_id, table, {&keys, 1}, sink);
  for (auto& [product, ids] : links) std::sort(ids.begin(), ids.end());
}

Value RelatedAnswers::shape_value(const Organization& o, Table table,
                                  const std::vector<ShapeMember>& shape, RowValues row,
                                  Arena& arena) const {
  if (row.empty()) return Value::null();
  std::vector<Member> members;
  members.reserve(shape.size());
  for (const ShapeMember& m : shape) {
    if (!m.constant.is_absent()) {
      members.push_back({m.name, m.constant});
      continue;
    }
    const Value& v = row[m.column];
    if (!m.table) {
      // A row without a uuid is identified by its id.
      const bool lacks_uuid =
          info(table).columns[m.column].name == "uuid" && !v.has_value() && m.name != "uuid";
      const bool id = lacks_uuid || info(table).columns[m.column].type == ColumnType::bigint;
      members.push_back({m.name, id ? id_value(lacks_uuid ? row[named_column::id] : v, arena)
                                    : timestamp_in(m.form, v, arena)});
      continue;
    }
    const auto& rows = o.rows[static_cast<std::size_t>(*m.table)];
    const auto it = rows.find(id_of(v));
    members.push_back({m.name, shape_value(o, *m.table, m.members,
                                           it == rows.end() ? RowValues() : it->second, arena)});
  }
  return make_object(members, arena);
}

Value RelatedAnswers::reference_value(const Organization& o, const Field& field, const Value& id,
                                      Arena& arena) const {
  if (field.role == Role::reference && field.shape.empty() && !field.reference.shows_uuid)
    return id_value(id, arena);
  const auto& rows = o.rows[static_cast<std::size_t>(field.reference.table)];
  const auto it = rows.find(id_of(id));
  const RowValues row = it == rows.end() ? RowValues() : it->second;
  if (!field.shape.empty()) return shape_value(o, field.reference.table, field.shape, row, arena);
  return row.empty() ? Value::null() : id_value(name_value(field, row), arena);
}

Value RelatedAnswers::links_value(const Organization& o, const Field& field, std::int64_t product,
                                  Arena& arena) const {
  const auto& all = o.links[static_cast<std::size_t>(*info(field.reference.table).links)];
  const auto& rows = o.rows[static_cast<std::size_t>(field.reference.table)];
  std::vector<Value> items;
  if (const auto links = all.find(product); links != all.end()) {
    for (const std::int64_t id : links->second) {
      const auto row = rows.find(id);
      if (row == rows.end() || row->second.empty()) continue;
      items.push_back(field.shape.empty()
                          ? id_value(name_value(field, row->second), arena)
                          : shape_value(o, field.reference.table, field.shape, row->second, arena));
    }
  }
  return Value::list(arena.copy(std::span<const Value>(items)));
}

Value RelatedAnswers::id_value(const Value& id, Arena& arena) const {
  return profile_.ids_are_texts ? as_text(id, arena) : id;
}

// Sorted by position if all variants have one; equal and missing positions keep the order in which
// they were sent.
std::vector<RelatedAnswers::RowValues> RelatedAnswers::variants_of(const Organization& o,
                                                                   std::int64_t product,
                                                                   Arena& arena) const {
  std::vector<RowValues> rows;
  const auto it = o.variants.find(product);
  if (it == o.variants.end()) return rows;
  for (const std::string_view packed : it->second) {
    const auto row = arena.array<Value>(profile_.variant_columns.size());
    unpack(packed, row, arena);
    PRODUCT_UPSERT_ASSERT(id_of(row[variant_column::product_id]) == product);
    rows.emplace_back(row);
  }
  const bool placed = std::all_of(rows.begin(), rows.end(), [](RowValues r) {
    return r[variant_column::position].has_value();
  });
  std::sort(rows.begin(), rows.end(), [placed](RowValues a, RowValues b) {
    const auto place = [placed](RowValues r) {
      return std::pair(placed ? id_of(r[variant_column::position]) : 0,
                       id_of(r[variant_column::id]));
    };
    return place(a) < place(b);
  });
  return rows;
}

Value RelatedAnswers::variants_value(const Organization& o, const Field& field,
                                     std::int64_t product, Arena& arena) const {
  std::vector<Value> items;
  std::vector<Member> members;
  for (const RowValues row : variants_of(o, product, arena)) {
    members.clear();
    for (const Field& f : field.fields) {
      if (f.hidden) continue;
      const Value& v = row[f.place];
      if (f.empty_list_is_null && !v.has_value()) members.push_back({f.name, Value::list({})});
      else if (profile_.variant_columns[f.place].type == ColumnType::bigint)
        members.push_back({f.name, id_value(v, arena)});
      else members.push_back({f.name, timestamp_in(f.form, v, arena)});
    }
    items.push_back(Value::object(arena.copy(std::span<const Member>(members))));
  }
  return Value::list(arena.copy(std::span<const Value>(items)));
}

// Maps option names to their values, in the order of the variants.
Value RelatedAnswers::variant_options_value(const Organization& o, std::int64_t product,
                                            Arena& arena) const {
  struct Option {
    std::string_view name;
    std::vector<Value> values;
    std::unordered_set<std::string> known;  // the values, as JSON
  };
  std::vector<Option> options;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const RowValues row : variants_of(o, product, arena)) {
    check_interrupts();
    const Value& said = row[variant_column::options];
    if (said.kind() != Kind::list) continue;
    for (const Value& option : said.items()) {
      const Value name = option["name"];
      const Value value = option["value"];
      if (name.kind() != Kind::text || !value.has_value()) continue;
      const auto [place, is_new] = places.try_emplace(name.as_text(), options.size());
      if (is_new) options.push_back({name.as_text(), {}, {}});
      Option& named = options[place->second];
      if (named.known.insert(value.json()).second) named.values.push_back(value);
    }
  }
  std::vector<Member> members;
  members.reserve(options.size());
  for (const Option& option : options)
    members.push_back(
        {option.name, Value::list(arena.copy(std::span<const Value>(option.values)))});
  return make_object(members, arena);
}

Value RelatedAnswers::custom_fields_value(const Organization& o, const Field& field,
                                          const Subject& product, Arena& arena) const {
  const Value& stored = product.values[columns_.index(field.column)];
  if (field.style == CustomStyle::object) {
    if (stored.kind() == Kind::object) return stored;
    return field.empty_list_is_object ? Value::object({}) : Value::null();
  }
  const auto word = [&](const std::string& type) -> std::string_view {
    for (const auto& [ours, theirs] : field.type_words) {
      if (ours == type) return theirs;
    }
    return type;
  };
  const auto text = [&](std::string_view s) {
    return s.empty() ? Value::null() : Value::text(arena.copy(s));
  };
  std::vector<Value> items;
  std::vector<Member> members;
  for (const Member& m :
       stored.kind() == Kind::object ? stored.members() : std::span<const Member>()) {
    const CustomField* definition = find_custom_field(o.custom_fields, m.key);
    if (definition == nullptr) continue;
    members.clear();
    if (field.style == CustomStyle::list) {
      const bool many = definition->multiple || definition->type == "list";
      members.push_back({"id", definition->uuid.empty()
                                   ? id_value(Value::whole(definition->id, arena), arena)
                                   : text(definition->uuid)});
      members.push_back({"reference", text(definition->reference)});
      members.push_back(
          {many ? "values" : "value", field.values_are_texts ? texts_of(m.value, arena) : m.value});
    } else {
      members.push_back({"value", m.value});
      members.push_back({"name", text(definition->name)});
      members.push_back({"handle", text(definition->reference)});
      members.push_back({"namespace", text(definition->space)});
      members.push_back({"type", text(word(definition->type))});
      members.push_back({"is_index", Value::integer(definition->is_indexed() ? 1 : 0)});
      const auto of_product = [&](Column column) {
        return columns_.has(column) ? product.values[columns_.index(column)] : Value::null();
      };
      Member owner[] = {{"id", id_value(Value::whole(product.id, arena), arena)},
                        {"external_id", of_product(Column::external_id)}};
      members.push_back({"custom_fieldable_type", Value::text("product")});
      members.push_back({"custom_fieldable", make_object(owner, arena)});
      for (const auto& [name, column] : {std::pair("created_at", Column::created_at),
                                         std::pair("updated_at", Column::updated_at)}) {
        const Field* const f = profile_.field_of(column);
        members.push_back({name, timestamp_in(f == nullptr ? TimeForm::stored : f->form,
                                              of_product(column), arena)});
      }
      members.push_back({"version", Value::integer(1)});
    }
    items.push_back(make_object(members, arena));
  }
  return Value::list(arena.copy(std::span<const Value>(items)));
}

Value RelatedAnswers::value(const Field& field, std::int64_t organization_id,
                            const Subject& product, Arena& arena) const {
  static const Organization kNothing;
  const auto it = organizations_.find(organization_id);
  const Organization& o = it == organizations_.end() ? kNothing : it->second;
  const auto stored = [&] { return product.values[columns_.index(field.column)]; };
  switch (field.role) {
    case Role::reference:
    case Role::embed: return reference_value(o, field, stored(), arena);
    case Role::links: return links_value(o, field, product.id, arena);
    case Role::variants: return variants_value(o, field, product.id, arena);
    case Role::custom_fields: return custom_fields_value(o, field, product, arena);
    case Role::variant_options: return variant_options_value(o, product.id, arena);
    case Role::organization_document: return o.document;
    default: return Value::null();
  }
}

}  // namespace product_upsert
