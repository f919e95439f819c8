package cli

import "testing"

func TestHint(t *testing.T) {
	c := newCatalog()
	for line, want := range map[string]string{
		"":                    "",
		"GE":                  "",
		"BOGUS ":              "",
		"GET":                 " key",
		"get ":                "key",
		"GET k":               "",
		"SETEX k ":            "seconds value",
		"MGET":                " key [key ...]",
		"MGET a ":             "[key ...]",
		"MSET a 1":            " [key value ...]",
		"MSET a 1 b":          " value [key value ...]",
		"EXPIRE k 10 ":        "[NX | XX | GT | LT]",
		"EXPIRE k 10 nx":      "",
		"COPY a b DB":         " destination-db [REPLACE]",
		"COPY a b DB 0 ":      "[REPLACE]",
		"SET k 'v w' GET":     " [NX | XX | IFEQ comparison-value] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		"SCAN 0 MATCH a* ":    "[COUNT count] [TYPE type]",
		"CONFIG ":             "GET pattern | SET name value | RESETSTAT",
		"CONFIG set ":         "name value",
		"CONFIG set a":        " value",
		"CONFIG RESETSTAT":    "",
		"OBJECT ENCODING ":    "key",
		"OBJECT REFCOUNT ":    "key",
		"MEMORY USAGE k ":     "[SAMPLES count]",
		"CLIENT LIST":         "",
		"WATCH ":              "[seconds [count]]",
		"WATCH 2":             " [count]",
		"WATCH 2 3":           "",
		"LOAD x ":             "[NX]",
		"DELETE ":             "key [key ...]",
		"SET 'open":           "",
		"FLUSH ":              "[ASYNC | SYNC]",
		"PING":                " [message]",
		"AUTH ":               "[username] password",
		"LATENCY HISTOGRAM ":  "[command ...]",
		"SET k v IFEQ old ex": " seconds [GET]",
	} {
		if got := c.hint(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestHintAnything tries every command with up to six arguments.
func TestHintAnything(t *testing.T) {
	c := newCatalog()
	for _, name := range c.names() {
		line := name
		for range 7 {
			c.hint(line)
			c.hint(line + " ")
			line += " GET"
		}
	}
}
