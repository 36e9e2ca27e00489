// What the demo's programs say of their models, each in its own dialect, as the web app shows it.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openBrowser, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  await hearth.demo()
  ;({ page } = await openBrowser(hearth.origin, { viewport: { width: 1440, height: 1400 } }))
})

async function query(sql) {
  const response = await fetch(`${hearth.origin}/v1/query?${new URLSearchParams({ sql, json_rows: 'true' })}`)
  return (await response.json()).rows
}

/** Opens the conversation of the newest span for which a condition holds. */
async function talk(condition) {
  const [row] = await query(`SELECT trace_id, span_id FROM records WHERE ${condition} ORDER BY start_timestamp DESC LIMIT 1`)
  assert.ok(row, `the demo has a span where ${condition}`)
  await page.goto(`${hearth.origin}/local/default?last=2h&traceId=${row.trace_id}&spanId=${row.span_id}&tab=conversation`)
  return page.getByRole('complementary', { name: 'Details' }).getByRole('tabpanel')
}

const dialects = [
  { name: 'PydanticAI of March 2025', where: "span_name = 'agent run' AND attributes->>'agent_name' = 'mail_sorter'", asks: 'smells wonderful', answers: 'complaint — the order was delivered' },
  { name: 'PydanticAI of March 2025 with logs', where: "span_name = 'agent run' AND attributes->>'agent_name' = 'review_moderator'", asks: 'Not what I expected', answers: 'yes — it is critical' },
  { name: 'Logfire with a stream', where: "span_name LIKE 'write copy for%'", asks: 'price_100g', answers: 'minutes and a quiet table' },
  { name: 'Vercel', where: "span_name = 'ai.streamText'", asks: 'is it in stock?', answers: 'Shall I put it into your basket?' },
  { name: 'OpenInference', where: "span_name = 'RetrievalQA'", asks: 'Question: ', answers: /\[(returns-2|shipping-1|storage-4)\]$/ },
  { name: 'OpenLLMetry', where: "span_name = 'translate_product.workflow'", asks: 'a tea that has nothing to prove', answers: /(ziehen lassen|infuser)/ },
  { name: "Anthropic's SDK", where: "span_name = 'anthropic.messages.create'", asks: 'Rua da Rosa', answers: 'The postal code is missing' },
]

for (const { name, where, asks, answers } of dialects) {
  test(`${name} is shown as a conversation`, async () => {
    const panel = await talk(where)
    await panel.getByText(asks).first().waitFor()
    await panel.getByText(answers).first().waitFor()
  })
}

test('a picture is shown, and one that is elsewhere only when it is asked for', async () => {
  const photo = "span_name = 'invoke_agent sommelier' AND attributes->>'pydantic_ai.all_messages' LIKE"
  const inline = await talk(`${photo} '%"type":"blob"%'`)
  const image = inline.getByRole('img').first()
  await image.waitFor()
  assert.equal(await image.evaluate((shown) => shown.decode().then(() => shown.naturalWidth)), 280)
  const elsewhere = await talk(`${photo} '%uploads.teahouse.example%'`)
  await elsewhere.getByText('uploads.teahouse.example').first().waitFor()
  await elsewhere.getByText('A lovely old tin').waitFor()
  assert.equal(await elsewhere.locator('img').count(), 0)
})

test('a long report has its table, its code and the agent that was asked', async () => {
  const panel = await talk("span_name = 'invoke_agent sales_analyst'")
  await panel.getByRole('button', { name: /last/i }).click()
  await panel.getByRole('cell', { name: 'oolong' }).waitFor()
  await panel.getByRole('heading', { name: 'What to do' }).waitFor()
})

test('a customer who asks on and on has one conversation over several traces', async () => {
  const [{ id }] = await query("SELECT attributes->>'gen_ai.conversation.id' AS id FROM records WHERE attributes->>'pydantic_ai.all_messages' LIKE '%Dong Ding mountain%' LIMIT 1")
  const talk = await (await fetch(`${hearth.origin}/v1/conversation?${new URLSearchParams({ id })}`)).json()
  assert.deepEqual(talk.runs.map((run) => run.turns[0].input.map((m) => m.parts[0].text.slice(0, 20))), [
    ['I would like to unde'], ['Can you put brewing '], ['I am a programmer. C'], ['Last one: tell me th'],
  ])
  assert.equal(new Set(talk.runs.map((run) => run.trace_id)).size, 4)
})
