// A running Hearth, and what to ask it.

import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// How long anything that must happen may take before a test gives up on it. No measurement.
const patience = 60_000

/** The environment without settings that would reach Hearth or the clients. */
export function cleanEnv(extra = {}) {
  const mine = /^(HEARTH|OTEL|LOGFIRE)_/
  return { ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !mine.test(key))), ...extra }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Asks until done says yes to the answer, and returns the last answer whatever it is. */
async function eventually(ask, done) {
  const deadline = Date.now() + patience
  for (;;) {
    const answer = await ask()
    if (done(answer) || Date.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * Starts `hearth serve` on free ports and resolves when it is ready. rows() gives the rows of a statement, asked again until
 * there are as many as must be; with a token, those of its project. newToken() makes a project's token,
 * of kind read or write, at a server with that password.
 */
export async function start(...flags) {
  const program = process.env.HEARTH_BIN ?? fileURLToPath(new URL('../../bin/hearth', import.meta.url))
  if (!existsSync(program)) throw new Error(`${program}: run \`make build\` first`)
  const [http, grpc] = [await freePort(), await freePort()]
  const dataDir = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
  const child = spawn(
    program,
    ['serve', '--listen', `127.0.0.1:${http}`, '--grpc-listen', `127.0.0.1:${grpc}`, '--data-dir', dataDir, ...flags],
    { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  child.stdout.on('data', (text) => (log += text))
  child.stderr.on('data', (text) => (log += text))
  const exited = new Promise((resolve) => child.on('exit', resolve))

  const url = `http://127.0.0.1:${http}`
  const ready = await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`hearth ended with ${child.exitCode}:\n${log}`)
      return fetch(`${url}/readyz`).then((response) => response.ok, () => false)
    },
    (ok) => ok,
  )
  if (!ready) {
    child.kill('SIGKILL')
    throw new Error(`hearth is not ready:\n${log}`)
  }

  async function ask(sql, token) {
    const response = await fetch(`${url}/v2/query`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: token }) },
      body: JSON.stringify({ sql, min_timestamp: '2020-01-01T00:00:00Z', limit: 10000 }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${sql}\nHTTP ${response.status}: ${text}`)
    return JSON.parse(text).data
  }

  return {
    url,
    grpc: `http://127.0.0.1:${grpc}`,
    rows: (sql, atLeast = 1, token = undefined) => eventually(() => ask(sql, token), (rows) => rows.length >= atLeast),
    async newToken(project, kind, password) {
      const { stdout } = await promisify(execFile)(program, ['tokens', 'create', '--project', project, '--kind', kind], {
        cwd: dataDir,
        env: cleanEnv({ HEARTH_BASE_URL: url, HEARTH_PASSWORD: password }),
      })
      return stdout.match(/pylf_v1_local_[A-Za-z0-9]{44}/)[0]
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await exited
      await rm(dataDir, { recursive: true, force: true })
      if (code !== 0) throw new Error(`exit status ${code} after SIGTERM:\n${log}`)
    },
  }
}
