package cli

import (
	"fmt"
	"strconv"
	"time"
)

// unknown is shown for unknown values.
const unknown = "-"

func orDash(text string) string {
	if text == "" {
		return unknown
	}
	return text
}

// count formats a number with thousands separators.
func count(n *int64) string {
	if n == nil {
		return unknown
	}
	digits := strconv.FormatInt(*n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// number formats a number that names something, without separators.
func number(n *int64) string {
	if n == nil {
		return unknown
	}
	return strconv.FormatInt(*n, 10)
}

// size formats a number of bytes with a suitable unit.
func size(n int64) string {
	const units = "KMGTP"
	f, i := float64(n), -1
	for ; f >= 999.5 && i < len(units)-1; i++ {
		f /= 1000
	}
	if i < 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	if f < 9.95 {
		return fmt.Sprintf("%.1f %cB", f, units[i])
	}
	return fmt.Sprintf("%.0f %cB", f, units[i])
}

func memory(used, most *int64) string {
	switch {
	case used == nil:
		return unknown
	case most == nil:
		return size(*used)
	}
	return size(*used) + " of " + size(*most)
}

func percent(r *float64) string {
	if r == nil {
		return unknown
	}
	return fmt.Sprintf("%.1f%%", 100**r)
}

func lag(seconds *float64) string {
	if seconds == nil {
		return unknown
	}
	return duration(time.Duration(*seconds * float64(time.Second)))
}

func uptime(seconds *int64) string {
	if seconds == nil {
		return unknown
	}
	d := time.Duration(*seconds) * time.Second
	if d >= 48*time.Hour {
		return strconv.FormatInt(*seconds/86400, 10) + "d"
	}
	return d.String()
}

// duration formats a duration with at most three digits.
func duration(d time.Duration) string {
	for unit := time.Nanosecond; unit < 10*time.Millisecond; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Second).String()
}
