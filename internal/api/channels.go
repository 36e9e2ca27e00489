package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/meta"
)

// channelRoutes serve the channels of an organisation, as Logfire's REST API does. They belong to no project, so that no
// read token sees them.
func (s *server) channelRoutes(r chi.Router) {
	const channels = "/api/v1/channels"
	r.Get(channels, s.ofOrganization(meta.MemberRole, s.listChannels))
	r.Post(channels, s.ofOrganization(meta.AdminRole, s.createChannel))
	r.Post(channels+"/test", s.ofOrganization(meta.AdminRole, s.testConfig))
	r.Get(channels+"/{channel_id}", s.ofOrganization(meta.MemberRole, s.getChannel))
	r.Put(channels+"/{channel_id}", s.ofOrganization(meta.AdminRole, s.changeChannel))
	r.Delete(channels+"/{channel_id}", s.ofOrganization(meta.AdminRole, s.deleteChannel))
	r.Post(channels+"/{channel_id}/test", s.ofOrganization(meta.AdminRole, s.testChannel))
}

// masked stands for the part of a URL that is a secret.
const masked = "/•••"

// maskURL leaves of a URL what tells people where it leads.
func maskURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return masked
	}
	return u.Scheme + "://" + u.Host + masked
}

// channelBody describes a channel without its secrets.
func channelBody(c *meta.Channel) map[string]any {
	config := map[string]any{"type": c.Config.Type}
	switch c.Config.Type {
	case meta.WebhookChannel:
		config["format"], config["url"] = c.Config.Format, maskURL(c.Config.Address)
	case meta.EmailChannel:
		config["email"], config["recipients"] = c.Config.Address, c.Config.Recipients()
	}
	return map[string]any{
		"id": c.ID, "organization_id": c.OrganizationID, "label": c.Label, "active": c.Active, "config": config,
		"created_at": iso(c.CreatedAt), "updated_at": iso(c.UpdatedAt), "created_by_name": c.CreatedBy, "updated_by_name": c.UpdatedBy,
	}
}

// channelConfig is a configuration as clients write it.
type channelConfig struct {
	Type       meta.ChannelType   `json:"type"`
	Format     meta.WebhookFormat `json:"format"`
	URL        string             `json:"url"`
	Email      string             `json:"email"`
	Recipients []string           `json:"recipients"`
}

func (c *channelConfig) config() *meta.ChannelConfig {
	if c == nil {
		return nil
	}
	config := meta.ChannelConfig{Type: c.Type, Format: c.Format, Address: c.URL}
	if c.Type == meta.EmailChannel {
		config.Address = c.Email
		if len(c.Recipients) > 0 {
			config.Address = strings.Join(c.Recipients, ", ")
		}
	}
	if strings.HasSuffix(config.Address, masked) { // what was read is sent back
		config.Address = ""
	}
	return &config
}

// channelFields are what a client may say of a channel.
type channelFields struct {
	Label        *string        `json:"label"`
	Active       *bool          `json:"active"`
	Config       *channelConfig `json:"config"`
	RotateSecret bool           `json:"rotate_secret"`
}

func (s *server) listChannels(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	list, err := s.Meta.Channels(r.Context(), o.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		answer = append(answer, channelBody(&list[i]))
	}
	writeJSON(w, http.StatusOK, answer)
}

// answerChannel answers with a channel, and with its signing secret if that is new.
func (s *server) answerChannel(w http.ResponseWriter, r *http.Request, status int, c *meta.Channel, newSecret bool, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := channelBody(c)
	if newSecret && c.Secret != "" {
		body["signing_secret"] = c.Secret
	}
	writeJSON(w, status, body)
}

// channel returns the organisation's channel that the path names.
func (s *server) channel(r *http.Request, o meta.Organization) (meta.Channel, error) {
	c, err := s.Meta.Channel(r.Context(), chi.URLParam(r, "channel_id"))
	if err == nil && c.OrganizationID != o.ID {
		err = meta.ErrNotFound
	}
	return c, err
}

func (s *server) getChannel(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	c, err := s.channel(r, o)
	s.answerChannel(w, r, http.StatusOK, &c, false, err)
}

func (s *server) createChannel(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	var f channelFields
	if err := decodeBody(r, &f); err != nil {
		s.fail(w, r, err)
		return
	}
	config := meta.ChannelConfig{}
	set(&config, f.Config.config())
	label := ""
	set(&label, f.Label)
	c, err := s.Meta.CreateChannel(r.Context(), o.ID, label, config, callerOf(r.Context()).name)
	if err == nil && f.Active != nil && !*f.Active {
		c, err = s.Meta.UpdateChannel(r.Context(), o.ID, c.ID, meta.ChannelChange{By: callerOf(r.Context()).name, Active: f.Active})
	}
	s.answerChannel(w, r, http.StatusCreated, &c, true, err)
}

func (s *server) changeChannel(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	var f channelFields
	if err := decodeBody(r, &f); err != nil {
		s.fail(w, r, err)
		return
	}
	old, err := s.channel(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c, err := s.Meta.UpdateChannel(r.Context(), o.ID, old.ID, meta.ChannelChange{
		By: callerOf(r.Context()).name, Label: f.Label, Active: f.Active, Config: f.Config.config(), NewSecret: f.RotateSecret,
	})
	s.Alerts.Wake()
	s.answerChannel(w, r, http.StatusOK, &c, c.Secret != old.Secret, err)
}

func (s *server) deleteChannel(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	if err := s.Meta.DeleteChannel(r.Context(), o.ID, chi.URLParam(r, "channel_id")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) testChannel(w http.ResponseWriter, r *http.Request, o meta.Organization) {
	c, err := s.channel(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.test(w, r, &c)
}

// testConfig tries a channel before it is saved.
func (s *server) testConfig(w http.ResponseWriter, r *http.Request, _ meta.Organization) {
	var f channelFields
	if err := decodeBody(r, &f); err != nil {
		s.fail(w, r, err)
		return
	}
	c := meta.Channel{}
	set(&c.Label, f.Label)
	set(&c.Config, f.Config.config())
	if err := c.Config.Validate(); err != nil {
		s.fail(w, r, err)
		return
	}
	s.test(w, r, &c)
}

// test answers 200 whatever comes of it: that a receiver refuses is no failure of this request.
func (s *server) test(w http.ResponseWriter, r *http.Request, c *meta.Channel) {
	err := s.Alerts.Test(r.Context(), c)
	refused, ok := errors.AsType[*alert.SendError](err)
	switch {
	case err == nil:
		writeJSON(w, http.StatusOK, map[string]any{"status": meta.Delivered, "detail": "The message was taken."})
	case ok:
		writeJSON(w, http.StatusOK, map[string]any{"status": meta.DeliveryFailed, "detail": sentence(refused.Text)})
	default:
		s.fail(w, r, err)
	}
}
