package alert

import (
	"context"
	"errors"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// SendError says why a message has not reached a channel.
type SendError struct {
	Text  string        // for people; it holds no secret
	Final bool          // another attempt would end the same way
	After time.Duration // how long the receiver asks to be left alone; 0 for no wish
}

// Error returns the text.
func (e *SendError) Error() string { return e.Text }

// Sender makes one attempt to deliver a message. Errors are *SendError, or ctx's.
type Sender interface {
	Send(ctx context.Context, c *meta.Channel, delivery string, n *Notice) error
}

// senders is the Sender of real channels.
type senders struct {
	webhooks *webhooks
	mail     *Mail // nil when there is none
	origin   func() string
}

// Send implements Sender.
func (s *senders) Send(ctx context.Context, c *meta.Channel, delivery string, n *Notice) error {
	if c.Config.Type == meta.EmailChannel {
		return s.mail.send(ctx, c, delivery, Compose(n, s.origin()))
	}
	return s.webhooks.send(ctx, c, delivery, Payload(formatOf(&c.Config), n, s.origin()))
}

// waits are how long after a failed attempt the next one is made: six attempts within three quarters of an hour.
var waits = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute}

// after notes an attempt that ended with err at a time.
func after(d meta.Delivery, err error, at time.Time) meta.Delivery {
	d.Attempts++
	d.AttemptedAt, d.NextAttempt, d.Error = at, time.Time{}, ""
	if err == nil {
		d.Status = meta.Delivered
		return d
	}
	d.Error = err.Error()
	refused, _ := errors.AsType[*SendError](err)
	if refused != nil && refused.Final || d.Attempts > len(waits) {
		d.Status = meta.DeliveryFailed
		return d
	}
	wait := waits[d.Attempts-1]
	if refused != nil {
		wait = max(wait, refused.After)
	}
	d.NextAttempt = at.Add(wait)
	return d
}
