// Runs a test built for wasm32-wasip1: cargo's runner for machines of 32 bits. Usage: wasi.mjs FILE ARGS…
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [, , file, ...args] = process.argv;
const wasi = new WASI({ version: 'preview1', args: [file, ...args], env: process.env, preopens: { '/': '/' } });
const instance = await WebAssembly.instantiate(await WebAssembly.compile(await readFile(file)), wasi.getImportObject());
process.exit(wasi.start(instance));
