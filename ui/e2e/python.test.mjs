// What the official Python clients send is what their user sees: PydanticAI with Logfire's SDK, the newest release and the
// last 1.x with both of its event modes.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { openBrowser, startHearth } from './hearth.mjs'
import { root } from './program.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  ;({ page } = await openBrowser(hearth.origin))
})

/** Runs the agents of e2e/python with the clients of an environment (make test-ui installs both). */
async function runAgents(environment, service, settings = {}) {
  const python = join(root, '.venv', environment, 'bin', 'python')
  const env = {
    PATH: process.env.PATH, SERVICE: service, LOGFIRE_BASE_URL: hearth.origin, LOGFIRE_TOKEN: `pylf_v1_local_${'0'.repeat(44)}`,
    LOGFIRE_CONSOLE: 'false', ...settings,
  }
  await promisify(execFile)(python, [join(root, 'e2e', 'python', 'apps', 'agent.py')], { env })
}

/** Opens the run of an agent by a click in the list and returns what its conversation says, without what differs by run. */
async function readConversation(service) {
  await page.goto(`${hearth.origin}/local/default?q=${encodeURIComponent(`service_name = '${service}'`)}`)
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: 'forecaster run' }).click()
  const conversation = page.getByRole('complementary', { name: 'Details' }).getByRole('tabpanel')
  const turns = conversation.getByRole('article')
  await turns.filter({ hasText: '21 °C in Paris — “très bien”' }).waitFor()
  return (await turns.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').replaceAll(/\d[\d.]*(µs|ms|s)\b/g, 'TIME'))
}

test('the newest PydanticAI: an agent\'s run is a conversation', async () => {
  await runAgents('newest', 'py-newest')
  const said = (await readConversation('py-newest')).join('\n')
  for (const words of ['Use the tool.', 'Weather in Paris?', 'Atlantis', 'no such city', 'celsius', '21 °C in Paris']) assert.ok(said.includes(words), `${words} in\n${said}`)
})

test('PydanticAI 1: both event modes are the same conversation', async () => {
  await runAgents('pydantic-ai-1', 'py-attributes', { EVENT_MODE: 'attributes' })
  await runAgents('pydantic-ai-1', 'py-logs', { EVENT_MODE: 'logs' })
  const said = await readConversation('py-attributes')
  assert.match(said.join('\n'), /Weather in Paris\?.*Atlantis.*no such city.*celsius/s)
  assert.deepEqual(await readConversation('py-logs'), said)
})
