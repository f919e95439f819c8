package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// sayEvery is the time between two lines about progress where there is no terminal.
const sayEvery = 5 * time.Second

// teller shows progress: as a bar on a terminal, otherwise as lines, and in JSON not at all.
type teller struct {
	s     *session
	plan  *rebalanceResult
	began time.Time
	said  time.Time
	wrong map[string]bool // errors that were shown
}

func (s *session) teller(plan *rebalanceResult) *teller {
	return &teller{s: s, plan: plan, began: time.Now(), said: time.Now(), wrong: map[string]bool{}}
}

// clearLine moves to the beginning of the line and clears it.
const clearLine = "\r\x1b[K"

func (t *teller) tell(p *topology.Progress, f far) {
	if t.s.out.json {
		return
	}
	for _, m := range p.Giving.Moves {
		if text := fmt.Sprintf("%s from %s to %s failed and is tried again: %s", plural(int64(m.Slots), "slot", "slots"), m.From, m.To, m.LastError); m.LastError != "" && !t.wrong[text] {
			t.wrong[text] = true
			t.end()
			fmt.Fprintln(t.s.errs, text) //nolint:errcheck // only progress
		}
	}
	switch {
	case t.s.bars:
		fmt.Fprint(t.s.errs, clearLine+bar(f.slots/float64(max(t.plan.Slots, 1)))+" "+t.line(f)) //nolint:errcheck // only progress
	case time.Since(t.said) >= sayEvery:
		t.said = time.Now()
		fmt.Fprintln(t.s.errs, t.line(f)) //nolint:errcheck // only progress
	}
}

// line says how far the moves are.
func (t *teller) line(f far) string {
	done, all := int64(f.slots), int64(t.plan.Slots)
	text := count(&done) + " of " + count(&all) + " slots"
	if f.rate > 0 {
		text += ", " + size(int64(f.rate)) + "/s"
	}
	if left := t.left(f); left > 0 {
		text += ", about " + duration(left) + " left"
	}
	return text
}

// left is how long the rest takes at the average pace; 0: that is not known.
func (t *teller) left(f far) time.Duration {
	if f.slots <= 0 || f.slots >= float64(t.plan.Slots) {
		return 0
	}
	return max(time.Duration(float64(time.Since(t.began))*(float64(t.plan.Slots)/f.slots-1)).Round(time.Second), time.Second)
}

// bar draws a share from 0 to 1.
func bar(share float64) string {
	const width = 24
	full := int(width * min(max(share, 0), 1))
	return fmt.Sprintf("%3.0f%% |%s%s|", 100*share, strings.Repeat("█", full), strings.Repeat(" ", width-full))
}

// end removes the bar.
func (t *teller) end() {
	if t.s.bars {
		fmt.Fprint(t.s.errs, clearLine) //nolint:errcheck // only progress
	}
}
