package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "7": 7, "7B": 7, "256MB": 256e6, "256 mb": 256e6, "1GiB": 1 << 30, "1.5gib": 3 << 29, "2KB": 2000, "2KiB": 2048,
		"1TB": 1e12, "1TiB": 1 << 40, " 3 ": 3, "1e6": 1e6, "9223372036854775807": 1<<63 - 1,
	} {
		if got, err := ParseSize(s); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "MB", "B", "-1", "1PB", "1M", "1MBs", "inf", "NaN", "0x10", "1_000", "9223372036854775808", "9999999TB", "--1", "."} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("%q passes as %d", s, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"0": 0, "30": 30 * time.Second, "0.5": time.Second / 2, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "5ms": 5 * time.Millisecond,
	} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-1", "-1s", "s", "5 minutes", "1d", "inf", "1e300"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("%q passes as %v", s, got)
		}
	}
}

// TestFormatSize reads back what FormatSize writes.
func TestFormatSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Min(0).Draw(t, "n")
		if rapid.Bool().Draw(t, "round") {
			n = rapid.Int64Range(0, 1<<22).Draw(t, "small") * rapid.SampledFrom([]int64{1e3, 1e6, 1e9, 1e12, 1 << 10, 1 << 20, 1 << 30, 1 << 40}).Draw(t, "unit")
		}
		if got, err := ParseSize(FormatSize(n)); err != nil || got != n {
			t.Fatalf("%d is written %s and read as %d, %v", n, FormatSize(n), got, err)
		}
	})
}
