package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

var providers = struct {
	mu     sync.RWMutex
	byName map[string]func(model string) (Model, error)
}{byName: map[string]func(string) (Model, error){}}

// Register makes the models of a provider known to [ModelByName]. The packages of models call it when they are imported:
//
//	import _ "github.com/hearth-dev/hearth/sdk/agent/openaimodel"
//
// It panics when the provider is registered already: two packages that claim one name are a mistake of the build.
func Register(provider string, open func(model string) (Model, error)) {
	providers.mu.Lock()
	defer providers.mu.Unlock()
	if _, known := providers.byName[provider]; known {
		panic("agent: provider " + provider + " is registered twice")
	}
	providers.byName[provider] = open
}

// ModelByName returns a model by its provider and name, for example "openai:gpt-4o". The package of the provider's models
// must be imported. A name without a provider is the provider's default, where it has one: "test".
func ModelByName(name string) (Model, error) {
	provider, model, _ := strings.Cut(name, ":")
	providers.mu.RLock()
	open, known := providers.byName[provider]
	names := slices.Sorted(maps.Keys(providers.byName))
	providers.mu.RUnlock()
	if !known {
		return nil, fmt.Errorf("model %q: provider %q is not registered (registered: %s): import the package of its models", name, provider, strings.Join(names, ", "))
	}
	m, err := open(model)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", name, err)
	}
	return m, nil
}

var requestsForbidden atomic.Bool

// SetAllowModelRequests allows or forbids, in the whole process, what reaches a provider, and returns what held before. Tests
// forbid it, so that no mistake costs money:
//
//	func TestMain(m *testing.M) {
//		agent.SetAllowModelRequests(false)
//		os.Exit(m.Run())
//	}
func SetAllowModelRequests(allow bool) (before bool) { return !requestsForbidden.Swap(!allow) }

// AllowModelRequests returns nil, or [ErrModelRequestsNotAllowed]. Models that reach a provider ask it before each request.
func AllowModelRequests() error {
	if requestsForbidden.Load() {
		return ErrModelRequestsNotAllowed
	}
	return nil
}
