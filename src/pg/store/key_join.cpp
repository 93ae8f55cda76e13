#include "pg/store/key_join.hpp"

namespace product_upsert {

namespace {

// The expression for the column in the index of the rule.
std::string key_column(const KeyGroup& group, std::size_t place, const std::string& schema) {
  const std::string column = "p." + quoted(info(group.columns[place]).name);
  if (group.folds.empty() || group.folds[place] == Fold::exact) return column;
  return schema + ".product_identity_fold(" + column + "::pg_catalog.text, '" +
         name(group.folds[place]) + "'::pg_catalog.text)";
}

}  // namespace

KeyJoin join_keys(const KeyGroup& group, const std::string& schema, Parameters& parameters) {
  const std::size_t width = group.columns.size();
  KeyJoin join{{}, JoinedRows(group.items.size()), {}};
  join.item = join.keys.add(
      "item", parameters.add_column(ColumnType::integer, group.items.size(),
                                    [&](std::size_t i) { return Value::integer(group.items[i]); }));
  for (std::size_t c = 0; c < width; ++c) {
    const ColumnInfo& column = info(group.columns[c]);
    if (group.is_null(c)) {
      // Uses the index's expression, since the index is over a folded column if the rule folds.
      join.condition += " AND " + key_column(group, c, schema) + " IS NULL";
      continue;
    }
    const std::string key = cast_to(
        column, parameters.add_column(column.type, group.items.size(),
                                      [&](std::size_t i) { return group.keys[i * width + c]; }));
    join.condition += " AND " + key_column(group, c, schema) + " OPERATOR(pg_catalog.=) " +
                      join.keys.add("k" + std::to_string(c), key);
  }
  return join;
}

}  // namespace product_upsert
