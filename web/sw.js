// Keeps the page on this device, so that it opens without a network. `cargo xtask dist` writes the first three lines.
const VERSION = 'dev';
const FILES = ['./'];
const POLICY = "default-src 'none'";

// Each version has its own store, and the names of its files tell their contents, so that no two versions ever mix.
const OURS = 'vitrine-page-';
const STORE = OURS + VERSION;
const ENGINE = /^worker(?:-webgpu)?-[0-9a-f]{12}\/[\w.]+$/;
const MANIFEST = /^models\/[\w.-]+\/manifest\.json$/;

// What is asked for, by the names of FILES; null for what is not ours.
const name = (address) => {
  const { href } = new URL(address);
  const path = href.startsWith(registration.scope) ? href.slice(registration.scope.length).replace(/[?#].*$/, '') : null;
  return path === '' || path === 'index.html' ? './' : path;
};

// A host may not send the policy that the page asks for in its head, and a worker has none there.
const guarded = (path, response) => {
  const headers = new Headers(response.headers);
  headers.set('Content-Security-Policy', path === './' ? `${POLICY}; frame-ancestors 'none'` : POLICY);
  return new Response(response.body, { headers });
};

const keep = async (paths) => {
  const store = await caches.open(STORE);
  await Promise.all(paths.map(async (path) => {
    if (await store.match(path)) return;
    const response = await fetch(path, { cache: path === './' ? 'no-cache' : 'default' });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await store.put(path, guarded(path, response));
  }));
};

const kept = async (path, { request, clientId }) => {
  // Embeds do without.
  const client = clientId && await clients.get(clientId);
  if (client && name(client.url) === 'embed.html') return fetch(request);
  return await caches.match(path, { cacheName: STORE }) ?? fetch(request);
};

// A store that was taken away, because the host wants none, is not made anew; only an installation makes one.
// What a host says of a model now, or what it said last.
const newest = async (path, request) => {
  // What is put into a store that is taken away meanwhile goes with it.
  const store = await caches.has(STORE) ? await caches.open(STORE) : null;
  try {
    const response = await fetch(request);
    if (response.ok) await store?.put(path, response.clone());
    return response;
  } catch (error) {
    const last = await caches.match(path, { cacheName: STORE });
    if (last) return last;
    throw error;
  }
};

self.addEventListener('install', (event) => event.waitUntil(keep(FILES)));

// Only now is no page of the version before open any more.
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((store) => store.startsWith(OURS) && store !== STORE);
  await Promise.all(old.map((store) => caches.delete(store)));
  await clients.claim();
})()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = request.method === 'GET' ? name(request.url) : null;
  if (path === null || (request.mode === 'navigate') !== (path === './')) return;
  if (FILES.includes(path) || ENGINE.test(path)) event.respondWith(kept(path, event));
  else if (MANIFEST.test(path)) event.respondWith(newest(path, request));
});

// An engine is kept once it has run: the page says which, and which models' lists go with it.
self.addEventListener('message', (event) => {
  const asked = Array.isArray(event.data) ? event.data.filter((address) => typeof address === 'string') : [];
  const paths = asked.map(name).filter((path) => path !== null && (ENGINE.test(path) || MANIFEST.test(path)));
  event.waitUntil(caches.has(STORE).then((there) => there && keep(paths)).catch(() => undefined));
});
