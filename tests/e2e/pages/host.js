// Hosts as they are found: under a name of their own without https, packed, without lengths, with other media types, or
// with a page for whatever is missing. Each serves `dist/` with a tiny model in it, and a hub of one repository.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { root, test as base, tinyModel } from './vitrine.js';

const MEDIA_TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm' };
const FOLDER = ['config.json', 'tokenizer.json', 'model.safetensors'];

function find(name, model) {
  if (name.startsWith('models/sentiment/')) return model.get(name.slice('models/sentiment/'.length));
  const hub = name.match(/^hub\/tiny\/gpt2\/resolve\/main\/(.+)$/)?.[1];
  if (hub) return FOLDER.includes(hub) ? readFileSync(path.join(root, 'tests/golden/tiny-gpt2', hub)) : undefined;
  try {
    const body = readFileSync(path.join(root, 'dist', name));
    return name === 'index.html' ? Buffer.from(body.toString().replace('https://huggingface.co/"', './hub/"')) : body;
  } catch {
    return undefined;
  }
}

/** `name`: in the address; `prefix`: the folder; `types`: media types by ending; `gzip`, `lengths`, `nosniff`; `lost`: the end of what is not there;
 *  `page`: a missing file is answered with a page; `hold`: the file whose second half waits for `letGo`. */
async function serve({ name = '127.0.0.1', prefix = '/', types = {}, gzip = false, lengths = true, nosniff = false, lost, page = false, hold }) {
  const model = tinyModel();
  let letGo;
  // What another version of the page has in the place of a file.
  let changed = (_, body) => body;
  const held = new Promise((resolve) => { letGo = resolve; });
  // Whoever asks, the page, a worker or the service worker, asks here.
  const asked = [];
  const server = http.createServer(async (request, response) => {
    const sent = [];
    request.on('data', (part) => sent.push(part));
    request.on('end', () => asked.push({ method: request.method, head: `${request.url} ${JSON.stringify(request.headers)}`, body: Buffer.concat(sent).toString() }));
    const { pathname } = new URL(request.url, 'http://host');
    const wanted = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || 'index.html' : '';
    let body = (lost && wanted.endsWith(lost)) ? undefined : find(wanted, model);
    body &&= changed(wanted, body);
    let type = { ...MEDIA_TYPES, ...types }[wanted.split('.').pop()] ?? 'application/octet-stream';
    if (!body) {
      if (!page) response.statusCode = 404;
      body = Buffer.from(page ? '<!doctype html>\n<title>Nothing here</title>' : 'not found');
      type = page ? 'text/html' : 'text/plain';
    }
    if (gzip) {
      body = gzipSync(body);
      response.setHeader('content-encoding', 'gzip');
    }
    response.setHeader('content-type', type);
    if (lengths) response.setHeader('content-length', body.length);
    if (nosniff) response.setHeader('x-content-type-options', 'nosniff');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const half = hold?.test(wanted) ? body.length >> 1 : 0;
    if (half) {
      response.write(body.subarray(0, half));
      await held;
    }
    // Written before the end, so that no length is added.
    response.write(body.subarray(half));
    response.end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = () => {
    letGo();
    server.closeAllConnections();
    return new Promise((resolve) => { server.close(resolve); });
  };
  return { url: `http://${name}:${server.address().port}${prefix}`, letGo, close, asked, deploy: (change) => { changed = change; } };
}

/** A test on a host of its own. */
export const test = base.extend({
  host: [{}, { option: true }],
  server: async ({ host }, use) => {
    const server = await serve(host);
    await use(server);
    await server.close();
  },
  baseURL: async ({ server }, use) => use(server.url),
});
