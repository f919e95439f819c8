package wire

import (
	"strings"
	"testing"
)

func TestBrief(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"plain":                      "plain",
		"a\r\n+OK\x00é":              `a\x0d\x0a+OK\x00\xc3\xa9`,
		strings.Repeat("x", 512):     strings.Repeat("x", 512),
		strings.Repeat("x", 513):     strings.Repeat("x", 509) + "...",
		strings.Repeat("\r\n", 5000): strings.Repeat(`\x0d\x0a`, 100)[:509] + "...",
	} {
		if got := Brief(in); got != want {
			t.Errorf("Brief(%.20q) is %q, want %q", in, got, want)
		}
	}
}
