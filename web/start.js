// Starts the module that the address needs: that of the Lab, or the smaller one for who reads.
const named = (name) => document.querySelector(`meta[name="vitrine-${name}"]`)?.content;
// As `Page::of` reads an address; no frame shows the Lab.
const lab = /^#\/*(?:lab|settings|models)(?:[/?]|$)/i.test(location.hash) && !named('embed');
const module = new URL(named(lab ? 'lab' : 'reader'), document.baseURI);
// Its bytes come beside its script and not after it.
const bytes = document.createElement('link');
const href = module.href.replace('_loader.js', '_bg.wasm');
Object.assign(bytes, { rel: 'preload', as: 'fetch', type: 'application/wasm', crossOrigin: 'anonymous', href });
document.head.append(bytes);
await import(module);
