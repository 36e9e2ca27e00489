package prices

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// schedule is the prices of a model over time. In JSON it is one price set, or a list of {constraint?, prices}.
type schedule []period

// period is prices and when they hold.
type period struct {
	constraint *constraint // nil: always
	prices     set
}

// at returns the prices at a time: the last that hold then, else the first.
func (s schedule) at(t time.Time) *set {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].constraint.holds(t) {
			return &s[i].prices
		}
	}
	return &s[0].prices
}

// constraint is from a day on, or between two times of each day, in UTC.
type constraint struct {
	from       time.Time // zero: none
	start, end time.Duration
}

func (c *constraint) holds(t time.Time) bool {
	if c == nil {
		return true
	}
	t = t.UTC()
	if !c.from.IsZero() {
		return !t.Before(c.from)
	}
	ofDay := t.Sub(t.Truncate(24 * time.Hour)) // the zero time is a midnight in UTC
	if c.end < c.start {
		return ofDay >= c.start || ofDay < c.end
	}
	return c.start <= ofDay && ofDay < c.end
}

// UnmarshalJSON reads {"start_date": "2026-11-23"} or {"start_time": "16:30:00", "end_time": "00:30:00"}.
func (c *constraint) UnmarshalJSON(text []byte) error {
	var sent struct {
		StartDate string `json:"start_date"`
		StartTime string `json:"start_time"`
		EndTime   string `json:"end_time"`
	}
	if err := strict(text, &sent); err != nil {
		return fmt.Errorf("constraint: %w", err)
	}
	switch {
	case sent.StartDate != "" && sent.StartTime == "" && sent.EndTime == "":
		from, err := time.Parse(time.DateOnly, sent.StartDate)
		c.from = from
		return err
	case sent.StartDate == "" && sent.StartTime != "" && sent.EndTime != "":
		start, errStart := timeOfDay(sent.StartTime)
		end, errEnd := timeOfDay(sent.EndTime)
		c.start, c.end = start, end
		return errors.Join(errStart, errEnd)
	}
	return errors.New("a constraint must have start_date, or start_time and end_time")
}

func timeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse(time.TimeOnly, text)
	return t.Sub(t.Truncate(24 * time.Hour)), err
}

// UnmarshalJSON reads one price set or a list.
func (s *schedule) UnmarshalJSON(text []byte) error {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '{' {
		*s = make(schedule, 1)
		return json.Unmarshal(text, &(*s)[0].prices)
	}
	var sent []struct {
		Constraint *constraint `json:"constraint"`
		Prices     *set        `json:"prices"`
	}
	if err := strict(text, &sent); err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	if len(sent) == 0 {
		return errors.New("prices must not be an empty list")
	}
	for _, p := range sent {
		if p.Prices == nil {
			return errors.New("an element of the list of prices has no prices")
		}
		*s = append(*s, period{p.Constraint, *p.Prices})
	}
	return nil
}

// UnmarshalJSON reads a price set: dollars by the keys of unitOf, each a number or {base, tiers: [{start, price}]}.
func (s *set) UnmarshalJSON(text []byte) error {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(text, &sent); err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	for key, value := range sent {
		if key == "other_units" {
			s.otherUnits = true
			continue
		}
		unit, ok := unitOf[key]
		if !ok {
			return fmt.Errorf("prices cannot have the key %q", key)
		}
		per := 1.0
		if unit == WebSearches || unit == requests {
			per = 1000
		}
		if err := s.rates[unit].read(value, per); err != nil {
			return fmt.Errorf("price %s: %w", key, err)
		}
	}
	return nil
}

// read reads a price; times per it is for a million.
func (r *rate) read(text json.RawMessage, per float64) (err error) {
	var base float64
	var sent struct {
		Base  float64 `json:"base"`
		Tiers []struct {
			Start int64   `json:"start"`
			Price float64 `json:"price"`
		} `json:"tiers"`
	}
	if json.Unmarshal(text, &base) != nil {
		if err := strict(text, &sent); err != nil {
			return errors.New("must be a number of dollars, or {base, tiers}")
		}
		base = sent.Base
	}
	r.set = true
	if r.price, err = pico(base, per); err != nil {
		return err
	}
	for _, t := range sent.Tiers {
		p, err := pico(t.Price, per)
		if err != nil {
			return err
		}
		r.tiers = append(r.tiers, tier{t.Start, p})
	}
	slices.SortStableFunc(r.tiers, func(a, b tier) int { return int(min(max(a.start-b.start, -1), 1)) })
	return nil
}

// pico returns dollars in pico-dollars.
func pico(dollars, per float64) (price, error) {
	p := math.Round(dollars * per * 1e12)
	if !(p >= 0 && p < math.MaxInt64) {
		return 0, fmt.Errorf("%v is not a price", dollars)
	}
	return price(p), nil
}

// strict reads JSON and refuses keys that it does not know.
func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
