#include "core/http/http_template.hpp"

#include <unordered_map>
#include <vector>

#include "core/http/schema_text.hpp"
#include "core/profile/definition.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// A piece of a text: a literal or a variable.
struct Piece {
  bool variable = false;
  std::string_view text;  // the literal, or the variable's name
  bool has_otherwise = false;
  std::string_view otherwise;
};

// Returns false if a brace has no partner.
bool split(std::string_view text, std::vector<Piece>& pieces) {
  while (!text.empty()) {
    const std::size_t brace = text.find('{');
    if (brace != 0) {
      pieces.push_back({false, text.substr(0, brace), false, {}});
      if (brace == std::string_view::npos) return true;
      text.remove_prefix(brace);
    }
    if (text.starts_with("{{")) {
      pieces.push_back({false, text.substr(0, 1), false, {}});
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return false;
    const std::string_view inner = text.substr(1, end - 1);
    const std::size_t bar = inner.find('|');
    Piece piece{true, inner.substr(0, bar), bar != std::string_view::npos, {}};
    if (piece.has_otherwise) piece.otherwise = inner.substr(bar + 1);
    pieces.push_back(piece);
    text.remove_prefix(end + 1);
  }
  return true;
}

class Filling {
 public:
  Filling(std::span<const Lookup> all, Arena& arena) : all_(all), arena_(arena) {}

  Value fill(const Value& body, const Lookup& lookup) {
    switch (body.kind()) {
      case Kind::text: return text(body.as_text(), lookup);
      case Kind::list: {
        std::vector<Value> items;
        for (const Value& item : body.items()) {
          const Value filled = fill(item, lookup);
          if (!filled.is_absent()) items.push_back(filled);
        }
        return Value::list(arena_.copy(std::span<const Value>(items)));
      }
      case Kind::object:
        if (!body["$each"].is_absent()) return each(body["$each"], body["$by"]);
        return members(body, lookup);
      default: return body;
    }
  }

 private:
  Value text(std::string_view given, const Lookup& lookup) {
    std::vector<Piece> pieces;
    split(given, pieces);
    if (pieces.size() == 1 && pieces[0].variable) {
      const Value v = lookup(pieces[0].text);
      if (!v.is_absent() || !pieces[0].has_otherwise) return v;
      return Value::text(pieces[0].otherwise);
    }
    std::string out;
    for (const Piece& piece : pieces) {
      if (!piece.variable) {
        out += piece.text;
        continue;
      }
      const Value v = lookup(piece.text);
      out += v.is_absent() ? std::string(piece.otherwise) : v.printed();
    }
    return Value::text(arena_.copy(out));
  }

  Value members(const Value& body, const Lookup& lookup) {
    std::vector<Member> filled;
    for (const Member& m : body.members()) {
      const Value v = fill(m.value, lookup);
      if (!v.is_absent()) filled.push_back({m.key, v});
    }
    return Value::object(arena_.copy(std::span<const Member>(filled)));
  }

  Value each(const Value& body, const Value& by) {
    if (by.is_absent()) {
      std::vector<Value> items;
      for (const Lookup& one : all_) {
        check_interrupts();
        items.push_back(fill(body, one));
      }
      return Value::list(arena_.copy(std::span<const Value>(items)));
    }
    std::vector<std::pair<std::string_view, std::vector<Value>>> groups;
    std::unordered_map<std::string_view, std::size_t> places;
    for (const Lookup& one : all_) {
      check_interrupts();
      const Value key = fill(by, one);
      if (!key.has_value()) continue;
      const std::string_view name = arena_.copy(key.printed());
      const auto [place, is_new] = places.try_emplace(name, groups.size());
      if (is_new) groups.emplace_back(name, std::vector<Value>());
      groups[place->second].second.push_back(fill(body, one));
    }
    std::vector<Member> filled;
    filled.reserve(groups.size());
    for (const auto& [name, items] : groups)
      filled.push_back({name, Value::list(arena_.copy(std::span<const Value>(items)))});
    sort_members(filled);
    return Value::object(arena_.copy(std::span<const Member>(filled)));
  }

  std::span<const Lookup> all_;
  Arena& arena_;
};

class Describing {
 public:
  explicit Describing(const DescribeVariable& each) : each_(each) {}

  VariableSchema describe(const Value& body, const DescribeVariable& variables) {
    switch (body.kind()) {
      case Kind::text: return text(body.as_text(), variables);
      case Kind::list: {
        std::vector<std::string> items;
        for (const Value& item : body.items()) items.push_back(describe(item, variables).schema);
        return {schema::list_of(items.empty() ? schema::any() : schema::any_of(items))};
      }
      case Kind::object:
        if (!body["$each"].is_absent()) return each(body["$each"], !body["$by"].is_absent());
        return members(body, variables);
      default: return {schema::constant(body.json())};
    }
  }

 private:
  VariableSchema text(std::string_view given, const DescribeVariable& variables) {
    std::vector<Piece> pieces;
    split(given, pieces);
    if (pieces.size() == 1 && pieces[0].variable) {
      VariableSchema v = variables(pieces[0].text);
      if (!v.always && pieces[0].has_otherwise)
        return {schema::any_of({v.schema, schema::constant(json_text(pieces[0].otherwise))})};
      return v;
    }
    std::string literal;
    for (const Piece& piece : pieces) {
      if (piece.variable) return {schema::of_type("string")};
      literal += piece.text;
    }
    return {schema::constant(json_text(literal))};
  }

  VariableSchema members(const Value& body, const DescribeVariable& variables) {
    JsonObject properties;
    std::vector<std::string> always;
    for (const Member& m : body.members()) {
      const VariableSchema v = describe(m.value, variables);
      properties.add(m.key, v.schema);
      if (v.always) always.emplace_back(m.key);
    }
    return {schema::object_with(properties, always, schema::Others::refused)};
  }

  VariableSchema each(const Value& body, bool by) {
    const std::string list = schema::list_of(describe(body, each_).schema);
    if (!by) return {list};
    return {JsonObject().add_text("type", "object").add("additionalProperties", list).json()};
  }

  const DescribeVariable& each_;
};

}  // namespace

std::string template_schema(const Value& body, const DescribeVariable& one,
                            const DescribeVariable& each) {
  return Describing(each).describe(body, one).schema;
}

void check_template(const Value& body, const std::string& path,
                    const std::function<bool(std::string_view)>& known) {
  if (body.kind() == Kind::text) {
    std::vector<Piece> pieces;
    if (!split(body.as_text(), pieces)) definition::fault(path, "has a { without its }");
    for (const Piece& piece : pieces) {
      if (piece.variable && !known(piece.text))
        definition::fault(path, "has no value for {" + std::string(piece.text) + "}");
    }
  } else if (body.kind() == Kind::list) {
    for (std::size_t i = 0; i < body.items().size(); ++i)
      check_template(body.items()[i], path + "." + std::to_string(i), known);
  } else if (body.kind() == Kind::object) {
    if (!body["$each"].is_absent()) definition::only(body, path, {"$each", "$by"});
    for (const Member& m : body.members())
      check_template(m.value, path + "." + std::string(m.key), known);
  }
}

Value fill_template(const Value& body, const Lookup& one, std::span<const Lookup> all,
                    Arena& arena) {
  return Filling(all, arena).fill(body, one);
}

}  // namespace product_upsert
