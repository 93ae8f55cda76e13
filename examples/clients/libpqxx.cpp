// libpqxx, and nlohmann_json for JSON: g++ -std=c++17 libpqxx.cpp -lpqxx -lpq
#include <iostream>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <string>
#include <tuple>
#include <vector>

using nlohmann::json;

static std::string told(const json& errors) {
  std::string all;
  for (const json& error : errors)
    all += (all.empty() ? "" : ", ") + error["field"].get<std::string>() + " " + error["code"].get<std::string>();
  return all;
}

// libpqxx has the message, DETAIL and HINT in one text.
static json detail_of(const pqxx::sql_error& error) {
  const std::string text = error.what();
  const auto from = text.find("DETAIL:  ") + 9;
  return json::parse(text.substr(from, text.find('\n', from) - from));
}

int main() {
  pqxx::connection connection;
  const json document = {{"external_id", "C-1"}, {"name", "Espresso beans"}, {"price", 12.90}};
  const json broken = {{"external_id", "C-3"}, {"price", "cheap"}};
  {
    // One document.
    pqxx::work work(connection);
    const auto row = work.exec_params1(
        "SELECT p ->> 'id', p ->> 'name', round((p ->> 'price')::numeric, 2) FROM product_upsert($1, 'external_id') p", document.dump());
    std::cout << "upsert: product " << row[0] << " is " << row[1] << " at " << row[2] << '\n';
    work.commit();
  }
  {
    // Many, and what became of each.
    pqxx::work work(connection);
    const json documents = {document, {{"external_id", "C-2"}, {"name", "Filter papers"}, {"price", 3.50}}, broken};
    for (const auto& row : work.exec_params("SELECT position, status, errors FROM product_upsert_rows($1, on_error => 'skip')", documents.dump())) {
      std::cout << "bulk: " << row[0] << ' ' << row[1];
      if (!row[2].is_null()) std::cout << ": " << told(json::parse(row[2].c_str()));
      std::cout << '\n';
    }
    work.commit();
  }
  try {
    // Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
    pqxx::work work(connection);
    work.exec_params("SELECT product_upsert_bulk($1)", json::array({broken}).dump());
  } catch (const pqxx::sql_error& error) {
    std::cout << "error: " << error.sqlstate() << ": " << told(detail_of(error)["errors"]) << '\n';
  }
  {
    // C++ has no decimals: as text they go through numeric exactly.
    pqxx::work work(connection);
    const auto row = work.exec_params1(
        "SELECT product_upsert(jsonb_build_object('external_id', $1::text, 'price', $2::numeric)) ->> 'price'", "C-2", "12345678901234567890.123456789");
    std::cout << "exact: " << row[0] << '\n';
    work.commit();
  }
  {
    // A COPY into a table with the trigger is a bulk call.
    pqxx::work work(connection);
    pqxx::stream_to feed(work, "feed", std::vector<std::string>{"document"});
    feed << std::make_tuple(json({{"external_id", "C-4"}, {"name", "Pot \"No. 1\""}, {"price", 24.00}}).dump());
    feed.complete();
    for (const auto& row : work.exec("SELECT name, round(price, 2) FROM product WHERE external_id = 'C-4'"))
      std::cout << "feed: " << row[0] << " at " << row[1] << '\n';
    work.commit();
  }
}
