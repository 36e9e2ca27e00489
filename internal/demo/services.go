package demo

// service is a program of the shop.
type service struct {
	name, version string
	language      string // of its OpenTelemetry SDK
	sdkVersion    string
	// logfire tells that it sends with Logfire's SDK, which announces spans and makes messages.
	logfire bool
}

var (
	storefront = &service{"storefront", "3.14.2", "python", "1.39.1", true}
	orders     = &service{"orders", "v1.22.0", "go", "1.38.0", false}
	payments   = &service{"payments", "5.0.3", "nodejs", "2.2.0", false}
	sommelier  = &service{"sommelier", "0.9.0", "python", "1.39.1", true}
	mailroom   = &service{"mailroom", "0.4.1", "python", "1.31.0", true}
	assistant  = &service{"assistant", "1.8.0", "nodejs", "2.2.0", false}
	helpdesk   = &service{"helpdesk", "0.12.4", "python", "1.39.1", false}
	warehouse  = &service{"warehouse", "2.7.0", "python", "1.39.1", true}
)

// scope is an instrumentation library.
type scope struct{ name, version string }

var (
	fastapi      = scope{"opentelemetry.instrumentation.fastapi", "0.60b1"}
	sqlalchemy   = scope{"opentelemetry.instrumentation.sqlalchemy", "0.60b1"}
	redis        = scope{"opentelemetry.instrumentation.redis", "0.60b1"}
	httpx        = scope{"opentelemetry.instrumentation.httpx", "0.60b1"}
	logfireSDK   = scope{"logfire", "4.41.0"}
	logfireHTTP  = scope{"logfire.httpx", "4.41.0"}
	logfireAI    = scope{"logfire.openai", "4.41.0"}
	pydanticAI   = scope{"pydantic-ai", "2.33.0"}
	pydanticOld  = scope{"pydantic-ai", "0.0.36"}
	otelhttp     = scope{"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", "0.63.0"}
	otelpgx      = scope{"github.com/exaring/otelpgx", "0.9.3"}
	slogBridge   = scope{"github.com/teahouse/orders/internal/checkout", ""}
	nodeHTTP     = scope{"@opentelemetry/instrumentation-http", "0.208.0"}
	nodePayment  = scope{"@teahouse/payments", "5.0.3"}
	vercelAI     = scope{"ai", ""}
	langChain    = scope{"openinference.instrumentation.langchain", "0.1.56"}
	mistralLLM   = scope{"opentelemetry.instrumentation.mistralai", "0.47.5"}
	traceloop    = scope{"traceloop.tracer", "0.47.5"}
	anthropicSDK = scope{"com.anthropic.sdk.go", "1.84.0"}
	kafka        = scope{"opentelemetry.instrumentation.kafka", "0.60b1"}
	shopMeter    = scope{"teahouse", "3.14.2"}
)
