# The gem pg (ruby-pg). PGHOST, PGDATABASE and so on say where the database is.
require "bigdecimal"
require "json"
require "pg"

connection = PG.connect

def told(errors)
  errors.map { |error| "#{error["field"]} #{error["code"]}" }.join(", ")
end

# One document.
document = { external_id: "C-1", name: "Espresso beans", price: 12.90 }
row = connection.exec_params("SELECT product_upsert($1, 'external_id')", [document.to_json])
product = JSON.parse(row.getvalue(0, 0))
puts format("upsert: product %d is %s at %.2f", product["id"], product["name"], product["price"])

# Many, and what became of each.
documents = [document, { external_id: "C-2", name: "Filter papers", price: 3.50 }, { external_id: "C-3", price: "cheap" }]
connection.exec_params("SELECT position, status, errors FROM product_upsert_rows($1, on_error => 'skip')", [documents.to_json]).each do |row|
  puts "bulk: #{row["position"]} #{row["status"]}" + (row["errors"] ? ": " + told(JSON.parse(row["errors"])) : "")
end

# Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
begin
  connection.exec_params("SELECT product_upsert_bulk($1)", [[documents[2]].to_json])
rescue PG::Error => error
  detail = error.result.error_field(PG::PG_DIAG_MESSAGE_DETAIL)
  puts "error: #{error.result.error_field(PG::PG_DIAG_SQLSTATE)}: #{told(JSON.parse(detail)["errors"])}"
end

# Decimals go in as text, which numeric reads exactly, and come out as BigDecimal.
row = connection.exec_params("SELECT product_upsert(jsonb_build_object('external_id', $1::text, 'price', $2::numeric))",
                             ["C-2", BigDecimal("12345678901234567890.123456789").to_s("F")])
puts "exact: #{JSON.parse(row.getvalue(0, 0), decimal_class: BigDecimal)["price"].to_s("F")}"

# A COPY into a table with the trigger is a bulk call. The encoder writes the backslashes of COPY's text format.
connection.copy_data("COPY feed (document) FROM STDIN", PG::TextEncoder::CopyRow.new) do
  connection.put_copy_data([{ external_id: "C-4", name: 'Pot "No. 1"', price: 24.00 }.to_json])
end
connection.exec("SELECT name, price FROM product WHERE external_id = 'C-4'").each do |row|
  puts format("feed: %s at %.2f", row["name"], row["price"])
end
