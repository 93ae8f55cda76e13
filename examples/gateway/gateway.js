// HTTP in front of product_request. The first label of the host is the profile: http://billing.localhost:8080/v1/products
//   PROFILE   of hosts that begin with none       PORT     8080; 0 takes a free one      HOST  127.0.0.1
//   TOKENS    what Authorization or X-API-KEY may say, commas between; none: anything
//   PGHOST, PGDATABASE, … say where the database is, as they do to psql
'use strict';
const http = require('node:http');
const { Pool } = require('pg');

const { env } = process;
const longest = Number(env.MAX_BODY || 64 << 20); // bytes
const profiles = new Set(); // those that answer requests; read when an unknown one is asked for
const tokens = env.TOKENS ? new Set(env.TOKENS.split(',')) : null;
const pool = new Pool({ max: Number(env.POOL || 10), statement_timeout: Number(env.TIMEOUT || 30000) });
pool.on('error', (error) => console.error(error.message)); // an idle connection broke; the next call makes another

async function profileOf(host = '') {
  const name = host.split('.')[0].split(':')[0].toLowerCase();
  if (!profiles.has(name)) {
    const { rows } = await pool.query("SELECT name FROM product_profile WHERE definition ? 'http'");
    for (const row of rows) profiles.add(row.name);
  }
  return profiles.has(name) ? name : env.PROFILE;
}

// The body's text; null where it is too long. What is no UTF-8, or has a NUL, is no JSON: it is answered as such.
async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) if ((bytes += part.length) <= longest) parts.push(part);
  if (bytes > longest) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)).replaceAll('\0', '\x01');
  } catch {
    return 'no UTF-8';
  }
}

// A caller that is not known has no credentials: the contract says what that is answered.
function headersOf({ headers }) {
  const said = { ...headers };
  for (const name of ['authorization', 'x-api-key'])
    if (tokens && name in said && !tokens.has(said[name].replace(/^Bearer /i, ''))) delete said[name];
  return JSON.stringify(said);
}

// What failed because others wrote the same at the same time is asked again.
async function ask(values, tries = 5) {
  try {
    // As text: numbers stay as they are.
    const sql = 'SELECT status, body::text, headers FROM product_request_text($1, $2, $3, $4, headers => $5)';
    return (await pool.query({ name: 'request', text: sql, values })).rows[0];
  } catch (error) {
    if (tries > 1 && /^40/.test(error.code || '')) return ask(values, tries - 1);
    throw error;
  }
}

async function answer(request) {
  const body = await read(request);
  if (body === null) return { status: 413, body: '{"message": "the body is too long"}' };
  const profile = await profileOf(request.headers.host);
  if (!profile) return { status: 404, body: '{"message": "no such host"}' };
  return ask([profile, request.method, request.url, body, headersOf(request)]);
}

const server = http.createServer(async (request, response) => {
  const { status, body, headers } = await answer(request).catch((error) => {
    console.error(error.message);
    const busy = ['57014', '40001', '40P01'].includes(error.code); // timed out, or others were always first
    return { status: busy ? 503 : 500, body: '{"message": "an unexpected error occurred"}' };
  });
  response.writeHead(status, body === null ? headers : { ...headers, 'Content-Type': 'application/json' });
  response.end(body);
});
server.listen(Number(env.PORT ?? 8080), env.HOST || '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => server.close(() => pool.end()));
