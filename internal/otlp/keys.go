package otlp

import (
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// class names the attribute keys that mean something to the mapping. The zero class is every other key.
type class uint8

const (
	ordinary class = iota

	// Logfire's own; see records.md §7 for which are taken out of the attributes.
	logfireMsg
	logfireMsgTemplate
	logfireLevelNum
	logfireLevelName
	logfireSpanType
	logfireTags
	logfireJSONSchema
	logfireNullArgs
	logfirePendingParent
	logfireDisableConsole
	logfireTruncated

	// HTTP and URL, by the names of the new and of the old conventions.
	httpRequestMethod
	httpMethod
	httpResponseStatusCode
	httpStatusCode
	httpRoute
	httpTarget
	httpURL
	httpHost
	httpServerName
	urlFull
	urlPath
	urlQuery
	serverAddress
	asgiEventType

	dbQueryText
	dbStatement
	dbOperationName
	dbOperation
	dbNamespace
	dbName

	exceptionType
	exceptionMessage
	exceptionStacktrace
	eventName

	serviceName
	serviceNamespace
	serviceVersion
	serviceInstanceID
	processPID
	sdkName
	sdkLanguage
	sdkVersion
	environmentName
	environment

	classes
)

var classOf = map[string]class{
	"logfire.msg":                 logfireMsg,
	"logfire.msg_template":        logfireMsgTemplate,
	"logfire.level_num":           logfireLevelNum,
	"logfire.level_name":          logfireLevelName,
	"logfire.span_type":           logfireSpanType,
	"logfire.tags":                logfireTags,
	"logfire.json_schema":         logfireJSONSchema,
	"logfire.null_args":           logfireNullArgs,
	"logfire.pending_parent_id":   logfirePendingParent,
	"logfire.disable_console_log": logfireDisableConsole,
	truncatedKey:                  logfireTruncated,

	"http.request.method":       httpRequestMethod,
	"http.method":               httpMethod,
	"http.response.status_code": httpResponseStatusCode,
	"http.status_code":          httpStatusCode,
	"http.route":                httpRoute,
	"http.target":               httpTarget,
	"http.url":                  httpURL,
	"http.host":                 httpHost,
	"http.server_name":          httpServerName,
	"url.full":                  urlFull,
	"url.path":                  urlPath,
	"url.query":                 urlQuery,
	"server.address":            serverAddress,
	"asgi.event.type":           asgiEventType,

	"db.query.text":     dbQueryText,
	"db.statement":      dbStatement,
	"db.operation.name": dbOperationName,
	"db.operation":      dbOperation,
	"db.namespace":      dbNamespace,
	"db.name":           dbName,

	"exception.type":       exceptionType,
	"exception.message":    exceptionMessage,
	"exception.stacktrace": exceptionStacktrace,
	"event.name":           eventName,

	"service.name":                serviceName,
	"service.namespace":           serviceNamespace,
	"service.version":             serviceVersion,
	"service.instance.id":         serviceInstanceID,
	"process.pid":                 processPID,
	"telemetry.sdk.name":          sdkName,
	"telemetry.sdk.language":      sdkLanguage,
	"telemetry.sdk.version":       sdkVersion,
	"deployment.environment.name": environmentName,
	"deployment.environment":      environment,
}

// key is what the mapping needs to know about an attribute key. All of it follows from the name alone, but finding it
// out for each attribute of each span would cost more than writing the attribute.
type key struct {
	name  string // valid UTF-8
	json  []byte // `,"name":`
	class class
	hot   int16 // index in record.HotAttributes, or -1
	bulky bool
	part  costPart // what it says about a model call's cost
	rank  uint8    // of the keys that say the same, the lowest counts

	// seen is the number of the attribute set that held the key last, and at its index there: this is how a key that
	// comes twice is noticed.
	seen uint64
	at   int
}

// maxKeys bounds how many keys are remembered from one request to the next.
const maxKeys = 8192

// keys remembers keys. It is used by one goroutine at a time.
type keys map[string]*key

// lookup returns the key of that name, which may be a view that does not outlive the call.
func (k keys) lookup(name string) *key {
	if known, ok := k[name]; ok {
		return known
	}
	if len(k) >= maxKeys {
		clear(k)
	}
	name = strings.Clone(name)
	k[name] = newKey(name)
	return k[name]
}

func newKey(name string) *key {
	name = strings.ToValidUTF8(name, "\uFFFD")
	k := &key{name: name, class: classOf[name], hot: -1, bulky: record.Bulky(name)}
	k.json = append(appendString([]byte{','}, name), ':')
	if index, ok := record.HotIndex(name); ok {
		k.hot = int16(index)
	}
	k.part, k.rank = costPartOf(name)
	return k
}
