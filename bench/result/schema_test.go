package result

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// validate reports how v differs from a schema of the kinds that JSONSchema writes. A field that the schema lacks is a
// difference too.
func validate(s, defs map[string]any, v any, at string) (wrong []string) {
	if ref, ok := s["$ref"].(string); ok {
		s = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	note := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	if c, ok := s["const"]; ok {
		if v != c {
			note("%v, not %v", v, c)
		}
		return wrong
	}
	switch x := v.(type) {
	case map[string]any:
		if s["type"] != "object" {
			note("an object, not %v", s["type"])
			return wrong
		}
		if values, ok := s["additionalProperties"].(map[string]any); ok {
			for k, y := range x {
				wrong = append(wrong, validate(values, defs, y, at+"."+k)...)
			}
			return wrong
		}
		properties := s["properties"].(map[string]any)
		for k, y := range x {
			if p, ok := properties[k].(map[string]any); ok {
				wrong = append(wrong, validate(p, defs, y, at+"."+k)...)
			} else {
				note("%s is not described", k)
			}
		}
		for _, k := range s["required"].([]any) {
			if _, ok := x[k.(string)]; !ok {
				note("%s is missing", k)
			}
		}
	case []any:
		if s["type"] != "array" {
			note("an array, not %v", s["type"])
			return wrong
		}
		for i, y := range x {
			wrong = append(wrong, validate(s["items"].(map[string]any), defs, y, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case string:
		if s["type"] != "string" {
			note("a string, not %v", s["type"])
		}
	case bool:
		if s["type"] != "boolean" {
			note("a boolean, not %v", s["type"])
		}
	case float64:
		if s["type"] != "number" && (s["type"] != "integer" || x != float64(int64(x))) {
			note("%v is no %v", x, s["type"])
		}
	default:
		note("%v, not %v", v, s["type"])
	}
	return wrong
}

// TestSchema: a report with every kind of field is what the schema says, and what is not is found.
func TestSchema(t *testing.T) {
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	full := &Report{Schema: Schema, Title: "t", Started: time.Now(), Command: []string{"x"}, Machine: Machine{Cores: 2, Steal: 0.1}, Interrupted: true, Notes: []string{"n"},
		Runs: []*Run{{Name: "r", Workload: workload.Default, Targets: []*Target{{URL: "u", Steps: []Step{{Rate: 1}},
			Rounds: []*Round{{Seconds: 1, Requests: 2, Errors: map[string]int64{"late": 1}, Reads: &Summary{P50: 3}, Histogram: []byte{1}, Slices: []Slice{{At: 1, Heat: []int{1}}}, Generator: Self{Busy: 0.5}}}}}}}}
	check := func(r any) []string {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		return validate(schema, schema["$defs"].(map[string]any), v, "")
	}
	if wrong := check(full); wrong != nil {
		t.Errorf("%s\n%s", strings.Join(wrong, "\n"), text)
	}
	for name, bad := range map[string]any{
		"another version": map[string]any{"schema": 0}, "a text": "x", "no runs": &struct {
			Schema int    `json:"schema"`
			Runs   string `json:"runs"`
		}{Schema, "none"},
	} {
		if check(bad) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
