package genai

import "time"

// Langfuse: langfuse. attributes with JSON or text.

func isLangfuse(v *view) bool { return v.hasPrefix("langfuse.") || v.scoped("langfuse-sdk") }

func readLangfuse(v *view, r *Record) {
	kind := kindNamed(v.text("langfuse.observation.type"))
	input := v.json("langfuse.observation.input", "langfuse.trace.input")
	if kind.isModelCall() || kind == KindAgent {
		r.Input = messagesOf(input, RoleUser)
		r.Output = outputOf(v.json("langfuse.observation.output", "langfuse.trace.output"))
	}
	r.Tools = toolDefsOf(listOf(objectOf(input)["tools"]))
	r.RequestModel = v.text("langfuse.observation.model.name")
	r.Usage = langfuseUsage(v.object("langfuse.observation.usage_details"))
	if text, ok := v.json("langfuse.observation.completion_start_time").(string); ok {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil && !at.Before(v.Start) {
			seconds := at.Sub(v.Start).Seconds()
			r.TTFTSeconds = &seconds
		}
	}
	if v.text("langfuse.observation.level") == "ERROR" {
		r.ErrorType, r.ErrorMessage = "error", v.text("langfuse.observation.status_message")
	}
}

// langfuseBuckets are the buckets of usage that stand for a count of their own.
var langfuseBuckets = map[string]func(*Usage) **int64{
	"input_cached_tokens": func(u *Usage) **int64 { return &u.CacheRead }, "input_cache_read": func(u *Usage) **int64 { return &u.CacheRead },
	"cache_read_input_tokens": func(u *Usage) **int64 { return &u.CacheRead }, "input_cache_creation": func(u *Usage) **int64 { return &u.CacheWrite },
	"cache_creation_input_tokens": func(u *Usage) **int64 { return &u.CacheWrite }, "output_reasoning_tokens": func(u *Usage) **int64 { return &u.Reasoning },
	"output_reasoning": func(u *Usage) **int64 { return &u.Reasoning }, "input_audio_tokens": func(u *Usage) **int64 { return &u.InputAudio },
	"output_audio_tokens": func(u *Usage) **int64 { return &u.OutputAudio },
}

// langfuseUsage adds up buckets, none of which holds another: what begins with input is input, and so on.
func langfuseUsage(details object) (u Usage) {
	for name, value := range details {
		n := countOf(value)
		if field := langfuseBuckets[name]; field != nil {
			*field(&u) = plus(*field(&u), n)
		}
		switch side(name) {
		case "input":
			u.Input = plus(u.Input, n)
		case "output":
			u.Output = plus(u.Output, n)
		}
	}
	u.Total = countOf(details["total"])
	return u
}

// side tells what a bucket is part of.
func side(bucket string) string {
	for _, known := range []struct{ prefix, side string }{
		{"input", "input"}, {"prompt", "input"}, {"cache_read", "input"}, {"cache_creation", "input"}, {"output", "output"}, {"completion", "output"},
	} {
		if len(bucket) >= len(known.prefix) && bucket[:len(known.prefix)] == known.prefix {
			return known.side
		}
	}
	return ""
}
