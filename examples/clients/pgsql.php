<?php
// PHP's own functions (php-pgsql). PGHOST, PGDATABASE and so on say where the database is.
$connection = pg_connect("");

function told(array $errors): string {
    return implode(", ", array_map(fn($e) => "$e[field] $e[code]", $errors));
}

// One document.
$document = ["external_id" => "C-1", "name" => "Espresso beans", "price" => 12.90];
$rows = pg_query_params($connection, "SELECT product_upsert($1, 'external_id')", [json_encode($document)]);
$product = json_decode(pg_fetch_result($rows, 0), true);
printf("upsert: product %d is %s at %.2f\n", $product["id"], $product["name"], $product["price"]);

// Many, and what became of each.
$broken = ["external_id" => "C-3", "price" => "cheap"];
$documents = [$document, ["external_id" => "C-2", "name" => "Filter papers", "price" => 3.50], $broken];
$rows = pg_query_params($connection, "SELECT position, status, errors FROM product_upsert_rows($1, on_error => 'skip')", [json_encode($documents)]);
while ($row = pg_fetch_assoc($rows)) {
    print "bulk: $row[position] $row[status]" . ($row["errors"] ? ": " . told(json_decode($row["errors"], true)) : "") . "\n";
}

// Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised. Only the asynchronous functions show it.
pg_send_query_params($connection, "SELECT product_upsert_bulk($1)", [json_encode([$broken])]);
$result = pg_get_result($connection);
$errors = json_decode(pg_result_error_field($result, PGSQL_DIAG_MESSAGE_DETAIL), true)["errors"];
print "error: " . pg_result_error_field($result, PGSQL_DIAG_SQLSTATE) . ": " . told($errors) . "\n";

// PHP has no decimals: as text they go through numeric exactly.
$rows = pg_query_params($connection, "SELECT product_upsert(jsonb_build_object('external_id', $1::text, 'price', $2::numeric)) ->> 'price'",
    ["C-2", "12345678901234567890.123456789"]);
print "exact: " . pg_fetch_result($rows, 0) . "\n";

// A COPY into a table with the trigger is a bulk call. Quote and delimiter are two characters that JSON cannot have, so each line is taken
// as it is.
pg_query($connection, "COPY feed (document) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')");
pg_put_line($connection, json_encode(["external_id" => "C-4", "name" => 'Pot "No. 1"', "price" => 24.00]) . "\n");
pg_end_copy($connection);
$rows = pg_query($connection, "SELECT name, price FROM product WHERE external_id = 'C-4'");
while ($row = pg_fetch_assoc($rows)) {
    printf("feed: %s at %.2f\n", $row["name"], $row["price"]);
}
