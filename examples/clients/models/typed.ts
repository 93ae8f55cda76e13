// node-postgres with the types of catalog.ts: a misspelt or mistyped member is found by tsc.
import { Client } from 'pg';
import type { components } from './catalog';

type Document = components['schemas']['Document'];
type Product = components['schemas']['Product'];

async function upsert(client: Client, document: Document): Promise<Product> {
  const { rows } = await client.query<{ product: Product }>('SELECT product_upsert($1) AS product', [JSON.stringify(document)]);
  return rows[0]!.product;
}

async function main(): Promise<void> {
  const client = new Client();
  await client.connect();
  const documents: Document[] = [
    { external_id: 'C-1', name: 'Espresso beans', price: 12.9, tags: ['coffee'] },
    { external_id: 'C-1', price: 13.2 },
  ];
  for (const document of documents) {
    const product = await upsert(client, document);
    console.log(`${product.external_id} is ${product.name} at version ${product.version}: ${(product.tags ?? []).join(', ')}`);
  }
  await client.end();
}
void main();
