package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/mcp"
	"github.com/hearth-dev/hearth/internal/meta"
)

// mcp returns the handler of POST /mcp, whose tools ask router: this API, with all its gates. Who opens nothing here is
// told so at once, as clients expect, instead of by the first tool; what a token opens is each route's to say.
func (s *server) mcp(router http.Handler) http.HandlerFunc {
	again := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The router takes a request that it has seen for the rest of one, and would look for a route under /mcp.
		router.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, (*chi.Context)(nil))))
	})
	handler := mcp.NewHandler(again, s.Version)
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := s.auth.principal(r, meta.ReadToken)
		if key, ok := s.apiKey(r); ok {
			_, err = s.holding(r, &key)
		}
		if p, ok := errors.AsType[*problem](err); ok && p.status == http.StatusUnauthorized {
			if _, loginErr := s.developer(r); loginErr == nil {
				err = nil
			}
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		handler.ServeHTTP(w, r)
	}
}
