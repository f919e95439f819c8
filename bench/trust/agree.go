package trust

import (
	"fmt"
	"math"

	"github.com/cachegopher/cachegopher/bench/result"
)

// use is what a generator made of the server.
type use struct {
	rates, micros, busy []float64 // of rounds: requests a second, the server's CPU a request, cores that the generator used
}

func (u *use) add(rate, micros, busy float64) {
	u.rates, u.micros, u.busy = append(u.rates, rate), append(u.micros, micros), append(u.busy, busy)
}

// near is how far two generators may differ, as a share.
const near = 0.05

// beside are the medians of the ratios of other's rate and of the server's CPU a request to u's.
func (u *use) beside(other *use) (rate, micros float64, alike bool) {
	rate, micros = result.PairedRatio(u.rates, other.rates).Value, result.PairedRatio(u.micros, other.micros).Value
	return rate, micros, math.Abs(rate-1) <= near && math.Abs(micros-1) <= near
}

// agree says how another generator differs from ours, and whether that is explained. ours keeps all connections as full as
// it may, and batches waits for all replies to what a connection has sent, as the other one does if batched.
func agree(ours, batches, theirs use, batched bool) (said string, ok bool) {
	rate, micros, alike := ours.beside(&theirs)
	said = fmt.Sprintf("its rate is %.2f of ours, the server's CPU a request %.2f", rate, micros)
	if alike {
		return said, true
	}
	mine := ours
	if batched {
		mine = batches
		rate, micros, alike = batches.beside(&theirs)
		said = fmt.Sprintf("%s; it sends %d and waits for all replies, and if ours does so too, they are %.2f and %.2f", said, otherDepth, rate, micros)
		if alike {
			return said, true
		}
	}
	full, uneven := 0.9, 0.1
	a, b := result.Median(mine.busy), result.Median(theirs.busy)
	switch {
	case max(a, b) > full:
		return fmt.Sprintf("%s: a generator had no time left (ours used %.2f of a core, the other one %.2f), and a server that waits for requests finds fewer of them at a time", said, a, b), true
	case max(result.Spread(mine.rates), result.Spread(theirs.rates)) > uneven:
		return fmt.Sprintf("%s: the machine was not quiet, rates of the same generator differ by %.0f%% and %.0f%%", said, 200*result.Spread(mine.rates), 200*result.Spread(theirs.rates)), true
	}
	return fmt.Sprintf("%s, and no reason was found (ours used %.2f of a core, the other one %.2f)", said, a, b), false
}
