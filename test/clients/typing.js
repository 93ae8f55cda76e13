// What node-postgres makes of JavaScript's types: each works, or is told with a HINT.
'use strict';
const { Client } = require('pg');

const document = { external_id: 'T-1', name: 'Tee', tags: ['cotton'] };
const one = 'SELECT product_upsert($1)';
const many = "SELECT product_upsert_bulk($1, on_duplicate => 'same')";

const cases = [
  [one, [document], 'works'],
  [one, [JSON.stringify(document)], 'works'],
  [one, [String(document)], '22023 This is not JSON: pass JSON.stringify(document).'],
  [one, [null], '22004 Pass a JSON object, or an array of them to the bulk functions.'],
  [many, [JSON.stringify([document, document])], 'works'],
  [many, [[document, document]], "22023 This is a PostgreSQL array. Pass one JSON text: JSON.stringify(documents), json.dumps(documents)."],
  ['SELECT product_upsert($1, profile => $2, organization_id => $3, if_version => $4)', [document, null, undefined, null], 'works'],
  ['SELECT product_upsert($1, mode => $2)', [document, undefined], '22004 Valid are upsert, create, update.'],
  ['SELECT product_upsert($1, dry_run => $2)', [document, true], 'works'],
  ['SELECT product_upsert($1, field_actions => $2)', [document, { tags: 'APPEND' }], 'works'],
  ['SELECT product_upsert($1, if_version => $2, organization_id => $3)', [document, 1, 1n], 'works'],
];

async function main() {
  const client = new Client();
  await client.connect();
  for (const [sql, values, expected] of cases) {
    const came = await client.query(sql, values).then(
      () => 'works',
      (error) => `${error.code} ${error.hint}`,
    );
    if (came !== expected) {
      console.log(`${sql} ${values}: ${came}\n  and not: ${expected}`);
      process.exitCode = 1;
    }
  }
  await client.end();
}
main();
