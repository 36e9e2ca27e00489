package main

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/hearth-dev/hearth/sdk/agent"
)

//go:embed page.html
var page []byte

// shop serves the page and the conversations.
type shop struct {
	agent *agent.Agent[string]

	mu        sync.Mutex // guards histories
	histories map[string][]agent.Message
}

// The bounds of what is kept and asked.
const (
	maxConversations = 1000
	maxQuestion      = 4000 // bytes
)

func newShop(llm agent.Model) http.Handler {
	s := &shop{
		agent: agent.NewText(llm, agent.WithName("tea_seller"),
			agent.WithInstructions("You sell tea. Answer in one or two short sentences, and remember what the customer likes.")),
		histories: map[string][]agent.Message{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // the browser has gone
	})
	mux.HandleFunc("POST /conversations/{id}", s.answer)
	return mux
}

// answer streams the answer to the message in the request's body, as text.
func (s *shop) answer(w http.ResponseWriter, r *http.Request) {
	question, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil || len(question) == 0 {
		http.Error(w, fmt.Sprintf("the message must have 1 to %d bytes", maxQuestion), http.StatusBadRequest)
		return
	}
	id := r.PathValue("id")
	stream := s.agent.Stream(r.Context(), string(question), agent.History(s.history(id)), agent.ConversationID(id))
	defer stream.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	flush := http.NewResponseController(w).Flush
	for text, err := range stream.Text() {
		if err != nil {
			fmt.Fprintf(w, "\n(%v)", err) // the status has gone out
			return
		}
		fmt.Fprint(w, text)
		_ = flush() // not every writer can
	}
	if result, err := stream.Result(); err == nil {
		s.keep(id, result.AllMessages())
	}
}

func (s *shop) history(id string) []agent.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.histories[id]
}

// keep remembers a conversation, and forgets another when there are too many.
func (s *shop) keep(id string, messages []agent.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.histories[id] = messages
	for other := range s.histories {
		if len(s.histories) <= maxConversations {
			break
		}
		if other != id {
			delete(s.histories, other)
		}
	}
}
