package demo

// tea is something that the shop sells.
type tea struct {
	slug, name, origin, kind, notes string
	cents                           int // for 100 g
	degrees, minutes                int // how it is brewed
}

var teas = []tea{
	{"sencha-uji", "Sencha Uji", "Uji, Japan", "green", "grassy, a little sea, sweet end", 1490, 75, 2},
	{"gyokuro-asahina", "Gyokuro Asahina", "Shizuoka, Japan", "green", "shaded three weeks, thick as broth", 3850, 55, 2},
	{"longjing-spring", "Longjing, before the rain", "Hangzhou, China", "green", "toasted chestnut, soft", 2960, 80, 3},
	{"tie-guan-yin", "Tie Guan Yin", "Anxi, China", "oolong", "lilac and butter", 1890, 95, 3},
	{"dong-ding", "Dong Ding", "Nantou, Taiwan", "oolong", "roasted, caramel, long", 2150, 95, 4},
	{"darjeeling-first-flush", "Darjeeling First Flush", "Darjeeling, India", "black", "muscatel, light, flowery", 2280, 85, 3},
	{"assam-mangalam", "Assam Mangalam", "Assam, India", "black", "malt and dark honey, good with milk", 1240, 98, 4},
	{"lapsang-souchong", "Lapsang Souchong", "Wuyi, China", "black", "pine smoke", 1380, 98, 4},
	{"bai-mu-dan", "Bai Mu Dan", "Fuding, China", "white", "hay, melon", 1760, 80, 5},
	{"shou-puerh-2014", "Shou Pu-erh 2014", "Menghai, China", "dark", "wet forest, dates", 2640, 99, 4},
	{"genmaicha", "Genmaicha", "Kagoshima, Japan", "green", "roasted rice", 980, 80, 2},
	{"rooibos-plain", "Rooibos", "Cederberg, South Africa", "herbal", "vanilla, no caffeine at all", 760, 98, 6},
}

var customers = []string{"Ada", "Bertil", "Chiara", "Dagny", "Emeka", "Fumiko", "Goran", "Hanneke", "Iqbal", "Jutta", "Kofi", "Lucía", "Mirela", "Nadir"}

var searches = []string{"something smoky", "sencha", "tea without caffeine", "gift for a coffee drinker", "oolong roasted", "breakfast tea with milk", "matcha whisk", "cheap green tea"}

var paths = []string{"/wp-login.php", "/teas/earl-gray", "/robots.txt", "/blog/how-to-brew", "/.env"}

// language models that the shop calls.
var (
	gpt      = &model{"openai", "gpt-4.1", "gpt-4.1-2025-04-14", "api.openai.com", "/v1/chat/completions", 2, 8, 95}
	gptMini  = &model{"openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "api.openai.com", "/v1/chat/completions", 0.15, 0.6, 120}
	gpt4o    = &model{"openai", "gpt-4o", "gpt-4o-2024-08-06", "api.openai.com", "/v1/chat/completions", 2.5, 10, 80}
	opus     = &model{"anthropic", "claude-opus-4-5", "claude-opus-4-5-20251101", "api.anthropic.com", "/v1/messages", 5, 25, 18}
	sonnet   = &model{"anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "api.anthropic.com", "/v1/messages", 3, 15, 70}
	haiku    = &model{"anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", "api.anthropic.com", "/v1/messages", 1, 5, 130}
	flash    = &model{"google-gla", "gemini-2.5-flash", "gemini-2.5-flash", "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", 0.3, 2.5, 160}
	mistral  = &model{"mistral", "mistral-large-latest", "mistral-large-2411", "api.mistral.ai", "/v1/chat/completions", 2, 6, 60}
	embedder = &model{"openai", "text-embedding-3-small", "text-embedding-3-small", "api.openai.com", "/v1/embeddings", 0.02, 0, 0}
)

// What went wrong, as Python's tracebacks tell it.
var gatewayTimeout = exception{"httpx.ReadTimeout", "timed out after 10.0 s waiting for https://payments.teahouse.internal/v1/charges",
	`Traceback (most recent call last):
  File "/srv/storefront/.venv/lib/python3.13/site-packages/httpx/_transports/default.py", line 101, in map_httpcore_exceptions
    yield
  File "/srv/storefront/.venv/lib/python3.13/site-packages/httpx/_transports/default.py", line 394, in handle_async_request
    resp = await self._pool.handle_async_request(req)
  File "/srv/storefront/.venv/lib/python3.13/site-packages/httpcore/_async/connection_pool.py", line 256, in handle_async_request
    raise exc from None
httpcore.ReadTimeout

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/storefront/.venv/lib/python3.13/site-packages/starlette/middleware/errors.py", line 164, in __call__
    await self.app(scope, receive, _send)
  File "/srv/storefront/.venv/lib/python3.13/site-packages/fastapi/routing.py", line 328, in app
    raw_response = await run_endpoint_function(dependant=dependant, values=values)
  File "/srv/storefront/storefront/checkout.py", line 88, in checkout
    charge = await charges.create(order, card)
  File "/srv/storefront/storefront/charges.py", line 41, in create
    response = await self.client.post("/v1/charges", json=charge.model_dump(mode="json"))
  File "/srv/storefront/.venv/lib/python3.13/site-packages/httpx/_client.py", line 1859, in post
    return await self.request("POST", url, **kwargs)
httpx.ReadTimeout: timed out after 10.0 s waiting for https://payments.teahouse.internal/v1/charges
`}

var overloaded = exception{"pydantic_ai.exceptions.ModelHTTPError",
	`status_code: 529, model_name: claude-sonnet-4-5, body: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`,
	`Traceback (most recent call last):
  File "/srv/sommelier/.venv/lib/python3.13/site-packages/pydantic_ai/models/anthropic.py", line 431, in _messages_create
    return await self.client.beta.messages.create(
  File "/srv/sommelier/.venv/lib/python3.13/site-packages/anthropic/_base_client.py", line 1594, in request
    raise self._make_status_error_from_response(err.response) from None
anthropic.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/sommelier/sommelier/chat.py", line 57, in answer
    result = await agent.run(question, deps=deps)
  File "/srv/sommelier/.venv/lib/python3.13/site-packages/pydantic_ai/agent/abstract.py", line 262, in run
    async for node in agent_run:
  File "/srv/sommelier/.venv/lib/python3.13/site-packages/pydantic_ai/models/anthropic.py", line 441, in _messages_create
    raise ModelHTTPError(status_code=e.status_code, model_name=self.model_name, body=e.body) from e
pydantic_ai.exceptions.ModelHTTPError: status_code: 529, model_name: claude-sonnet-4-5, body: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
`}

func unknownTea(slug string) exception {
	return exception{"pydantic_ai.exceptions.ModelRetry", "There is no tea " + slug + ". Use search_teas to find its slug.",
		`Traceback (most recent call last):
  File "/srv/sommelier/.venv/lib/python3.13/site-packages/pydantic_ai/toolsets/function.py", line 358, in call_tool
    return await tool.call_func(tool_args, ctx)
  File "/srv/sommelier/sommelier/tools.py", line 34, in tea_details
    raise ModelRetry(f"There is no tea {slug}. Use search_teas to find its slug.") from None
pydantic_ai.exceptions.ModelRetry: There is no tea ` + slug + `. Use search_teas to find its slug.
`}
}

var mailGone = exception{"smtplib.SMTPServerDisconnected", "Connection unexpectedly closed",
	`Traceback (most recent call last):
  File "/srv/warehouse/warehouse/newsletter.py", line 63, in send
    smtp.send_message(letter)
  File "/usr/local/lib/python3.13/smtplib.py", line 985, in send_message
    return self.sendmail(from_addr, to_addrs, flatmsg, mail_options,
  File "/usr/local/lib/python3.13/smtplib.py", line 405, in getreply
    raise SMTPServerDisconnected("Connection unexpectedly closed")
smtplib.SMTPServerDisconnected: Connection unexpectedly closed
`}
