// Starts the module that the address needs: that of the Lab, that of the Story, or the smallest one, for links.
const named = (name) => document.querySelector(`meta[name="vitrine-${name}"]`)?.content;
// As `Page::of` and `wings::named` read an address; where nothing is, the smallest says so. No frame shows the Lab.
const page = /^#?\/*([^/?]*)/.exec(location.hash)[1].toLowerCase();
const framed = named('embed');
const rooms = framed ? { story: 'story' } : { '': 'story', story: 'story', methods: 'story', lab: 'lab', settings: 'lab', models: 'lab' };
const wing = rooms[page] ?? 'reader';
const preload = (href, as, type = '') => {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as, type, crossOrigin: 'anonymous', href });
  document.head.append(link);
};
// The instructions on several numbers at once, without which neither the page nor its engine runs.
const able = WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]));
if (able) {
  const module = new URL(named(wing), document.baseURI);
  // Its bytes come beside its script and not after it, and so does what the Story opens with.
  preload(module.href.replace('_loader.js', '_bg.wasm'), 'fetch', 'application/wasm');
  // A frame shows one scene, which need not be the first.
  const told = framed ? ['contents'] : ['contents', 'why'];
  if (wing === 'story' && page !== 'methods') told.forEach((name) => preload(new URL(`story/${name}.json`, document.baseURI).href, 'fetch'));
  await import(module);
} else {
  // What is read without scripts is read here too.
  document.querySelector('main').innerHTML = document.querySelector('noscript').textContent;
}
