package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeUnits are the units of sizes, largest first.
var sizeUnits = [...]struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40}, {"TB", 1e12},
	{"GiB", 1 << 30}, {"GB", 1e9},
	{"MiB", 1 << 20}, {"MB", 1e6},
	{"KiB", 1 << 10}, {"KB", 1e3},
	{"B", 1},
}

// ParseSize reads a number of bytes: "268435456", "256MB" (10^6 bytes each), "1.5GiB" (2^30 bytes
// each). Units may be of any case, with a space before them.
func ParseSize(s string) (int64, error) {
	digits, unit := strings.TrimSpace(s), int64(1)
	for _, u := range sizeUnits {
		if n := len(digits) - len(u.name); n > 0 && strings.EqualFold(digits[n:], u.name) {
			digits, unit = strings.TrimSpace(digits[:n]), u.bytes
			break
		}
	}
	n, ok := parseNumber(digits, float64(unit))
	if !ok || n < 0 {
		return 0, fmt.Errorf(`%s is not a size; write bytes or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB, as in "256MB"`, quote(s))
	}
	return n, nil
}

// FormatSize returns the shortest form that ParseSize reads as exactly n.
func FormatSize(n int64) string {
	for _, u := range sizeUnits {
		if n >= u.bytes && n%u.bytes == 0 && u.bytes > 1 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// ParseDuration reads seconds ("30", "0.5") or a number with ms, s, m or h ("30s", "1h30m").
func ParseDuration(s string) (time.Duration, error) {
	if n, ok := parseNumber(s, float64(time.Second)); ok && n >= 0 {
		return time.Duration(n), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf(`%s is not a duration; write seconds or a number with ms, s, m or h, as in "30s"`, quote(s))
}

// parseNumber reads a decimal number, multiplies it by unit and rounds it. It fails beyond int64.
func parseNumber(s string, unit float64) (int64, bool) {
	if s == "" || strings.Trim(s, "+-.eE0123456789") != "" {
		return 0, false // ParseFloat takes Inf, NaN, hexadecimal and underscores too
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && unit == 1 {
		return n, true
	}
	x, err := strconv.ParseFloat(s, 64)
	if x = math.Round(x * unit); err != nil || math.Abs(x) >= 1<<63 {
		return 0, false
	}
	return int64(x), true
}

// shortDuration omits the zero minutes and seconds that Duration.String prints.
func shortDuration(d time.Duration) string {
	s := d.String()
	if t, ok := strings.CutSuffix(s, "m0s"); ok {
		s = t + "m"
	}
	if t, ok := strings.CutSuffix(s, "h0m"); ok {
		s = t + "h"
	}
	return s
}
