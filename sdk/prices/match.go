package prices

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// clause is a condition on a name in lower case. In JSON it is an object with one key: equals, starts_with, ends_with,
// contains or regex with a text, or and lists of conditions, not a condition. A text alone stands for equals.
type clause struct {
	op    string
	text  string
	regex *regexp.Regexp
	parts []clause
}

// UnmarshalJSON reads and checks a condition.
func (c *clause) UnmarshalJSON(text []byte) error {
	var equal string
	if json.Unmarshal(text, &equal) == nil {
		*c = clause{op: "equals", text: strings.ToLower(equal)}
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || len(object) != 1 {
		return errors.New(`a match must be a text, or an object with one key such as {"starts_with": "gpt-"}`)
	}
	for op, value := range object {
		return c.read(op, value)
	}
	return nil
}

func (c *clause) read(op string, value json.RawMessage) (err error) {
	c.op = op
	switch op {
	case "equals", "starts_with", "ends_with", "contains":
		err = json.Unmarshal(value, &c.text)
		c.text = strings.ToLower(c.text)
	case "regex":
		if err = json.Unmarshal(value, &c.text); err == nil {
			c.regex, err = regexp.Compile(c.text)
		}
	case "or", "and":
		err = json.Unmarshal(value, &c.parts)
	case "not":
		c.parts = make([]clause, 1)
		err = json.Unmarshal(value, &c.parts[0])
	default:
		return fmt.Errorf("a match cannot have the key %q", op)
	}
	if err != nil {
		return fmt.Errorf("match %s: %w", op, err)
	}
	return nil
}

// accepts tells whether the condition holds for a name in lower case. A nil clause accepts nothing.
func (c *clause) accepts(name string) bool {
	if c == nil {
		return false
	}
	switch c.op {
	case "equals":
		return name == c.text
	case "starts_with":
		return strings.HasPrefix(name, c.text)
	case "ends_with":
		return strings.HasSuffix(name, c.text)
	case "contains":
		return strings.Contains(name, c.text)
	case "regex":
		return c.regex.MatchString(name)
	case "not":
		return !c.parts[0].accepts(name)
	case "or":
		for i := range c.parts {
			if c.parts[i].accepts(name) {
				return true
			}
		}
		return false
	default: // and
		for i := range c.parts {
			if !c.parts[i].accepts(name) {
				return false
			}
		}
		return true
	}
}
