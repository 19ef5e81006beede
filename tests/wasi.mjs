// Runs a test built for wasm32-wasip1: cargo's runner for machines of 32 bits. Usage: wasi.mjs FILE ARGS…
// With VITRINE_FUSED, the program that fuses products, that of the second module of the CPU.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

const [, , file, ...args] = process.argv;
const fuse = process.env.VITRINE_FUSED;
// Newer versions know these instructions without being told.
if (fuse) setFlagsFromString('--experimental-wasm-relaxed-simd');
if (fuse) execFileSync(fuse, ['fuse', file, `${file}.fused`]);
const wasi = new WASI({ version: 'preview1', args: [file, ...args], env: process.env, preopens: { '/': '/' } });
const instance = await WebAssembly.instantiate(await WebAssembly.compile(await readFile(fuse ? `${file}.fused` : file)), wasi.getImportObject());
process.exit(wasi.start(instance));
