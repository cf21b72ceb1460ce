// Processes under test: started on port 0, found by the line "listening URL", and gone when the test is.
//
//   const sim = await startProcess(['sim', '--listen', '127.0.0.1:0']);     // resolves when it listens
//   const early = launch([…])                                              // does not wait; early.ready resolves to its URL
//   sim.url, sim.pid          where it listens
//   sim.log()                 the last part of what it wrote to standard error
//   await sim.stop()          SIGTERM; rejects unless it ends with exit code 0 (sanitizers end otherwise)
//   await sim.kill()          SIGKILL; resolves when it is gone
//   sim.exited                resolves to {code, signal} at its end, however that comes
//   scratch('state')          a new empty directory, removed at the end of the test
//
// Whatever still runs when the test's own process ends is killed, by its pid.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOG_KEPT = 256 * 1024;
// It fails a test, it does not time one.
const STOP_MS = 120000;
const START_MS = 120000;

export const varcoBin = process.env.VARCO_BIN ?? 'build/varco';

const running = new Set();
const directories = [];

function clean() {
  for (const child of running) child.kill('SIGKILL');
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
}

process.on('exit', clean);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

export function scratch(name) {
  const path = mkdtempSync(join(tmpdir(), `varco-test-${name}-`));
  directories.push(path);
  return path;
}

export function launch(args, { env = {}, bin = varcoBin } = {}) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !key.startsWith('VARCO_')));
  const child = spawn(bin, args, {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  // A test that fails ends: processes that nobody waits for do not keep it alive.
  for (const handle of [child, child.stdout, child.stderr]) handle.unref();
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-LOG_KEPT);
  });
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }));
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const self = {
    pid: child.pid,
    exited,
    log: () => log,
    async kill() {
      child.ref();
      child.kill('SIGKILL');
      return exited;
    },
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGABRT'), STOP_MS);
      const end = await exited;
      clearTimeout(late);
      if (end.code !== 0) {
        throw new Error(`varco ${args[0]} ended with ${end.code ?? end.signal}:\n${log}`);
      }
    },
  };
  self.ready = listening(child, exited, () => `varco ${args[0]}: ${log}`);
  self.ready.catch(() => {});
  return self;
}

export async function startProcess(args, options) {
  const self = launch(args, options);
  self.url = await self.ready;
  return self;
}

function listening(child, exited, tell) {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => reject(new Error(`nothing listens: ${tell()}`)), START_MS);
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const found = /^listening (\S+)$/m.exec(text);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
    exited.then((end) => {
      clearTimeout(late);
      const how = end.error?.message ?? `exit ${end.code ?? end.signal}`;
      reject(new Error(`ended before it listened (${how}): ${tell()}`));
    });
  });
}
