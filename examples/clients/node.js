// node-postgres, with pg-copy-streams for COPY: npm ci in this folder. PGHOST, PGDATABASE and so on say where the database is.
'use strict';
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
const { Client } = require('pg');
const { from: copyFrom } = require('pg-copy-streams');

const told = (errors) => errors.map(({ field, code }) => `${field} ${code}`).join(', ');

async function main() {
  const client = new Client();
  await client.connect();

  // One document. As text: pg makes an array of PostgreSQL's of a JavaScript array, not JSON.
  const document = { external_id: 'C-1', name: 'Espresso beans', price: 12.9 };
  const one = await client.query("SELECT product_upsert($1, 'external_id') AS product", [JSON.stringify(document)]);
  const { id, name, price } = one.rows[0].product;
  console.log(`upsert: product ${id} is ${name} at ${price.toFixed(2)}`);

  // Many, and what became of each. A name makes it a prepared statement.
  const documents = [document, { external_id: 'C-2', name: 'Filter papers', price: 3.5 }, { external_id: 'C-3', price: 'cheap' }];
  const many = await client.query({
    name: 'bulk',
    text: "SELECT position, status, errors FROM product_upsert_rows($1, on_error => 'skip')",
    values: [JSON.stringify(documents)],
  });
  for (const { position, status, errors } of many.rows) console.log(`bulk: ${position} ${status}${errors ? `: ${told(errors)}` : ''}`);

  // Where all or nothing is written, the same errors stand in the DETAIL of the one that is raised.
  try {
    await client.query('SELECT product_upsert_bulk($1)', [JSON.stringify([documents[2]])]);
  } catch (error) {
    console.log(`error: ${error.code}: ${told(JSON.parse(error.detail).errors)}`);
  }

  // A JavaScript number is a float. Decimals go in and out as text, which numeric reads and writes exactly.
  const exact = await client.query(
    "SELECT product_upsert(jsonb_build_object('external_id', $1::text, 'price', $2::numeric)) ->> 'price' AS price",
    ['C-2', '12345678901234567890.123456789'],
  );
  console.log(`exact: ${exact.rows[0].price}`);

  // A COPY into a table with the trigger is a bulk call. Quote and delimiter are two characters that JSON cannot have, so each
  // line is taken as it is.
  const lines = [{ external_id: 'C-4', name: 'Pot "No. 1"', price: 24 }].map((each) => `${JSON.stringify(each)}\n`);
  const copy = client.query(copyFrom("COPY feed (document) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"));
  await pipeline(Readable.from(lines), copy);
  const fed = await client.query("SELECT name, price FROM product WHERE external_id = 'C-4'");
  for (const row of fed.rows) console.log(`feed: ${row.name} at ${Number(row.price).toFixed(2)}`);

  await client.end();
}
main();
